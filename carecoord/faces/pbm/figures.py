"""The figures of the first page, room by room: each leads to the rows behind it and says how old it is."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.money import dollars
from carecoord.kernel.webhooks.models import EndpointHealth
from patients.claims.models import Delivery
from patients.flags.models import Flag
from patients.programs.models import Enrolment, EnrolmentRun, Participation, Program
from pharmacies import readiness
from pharmacies.billing.queries import totals_by_status
from pharmacies.models import NetworkMembership, PbmParticipation, Pharmacy
from pharmacies.queries import in_force

from .roster import enrolled_on, today

A_MONTH = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Figures that belong together. `age` says as of when they are, where that is not now."""

    title: str
    tiles: list
    age: str = ""


def groups_of(user, ending):
    """The groups that the person may see; `ending` are the papers that run out, as `readiness.running_out` tells them."""
    made = (
        (P.ROSTER_VIEW, _members),
        (P.PROGRAM_VIEW, _programmes),
        (P.DELIVERY_VIEW, _feeds),
        (P.CLAIM_VIEW, _money),
        (P.NETWORK_VIEW, partial(_network, ending=ending)),
    )
    return [group(user) for permission, group in made if user.may(permission)]


def tile(label, value, name, query="", note="", tone=""):
    return {"label": label, "value": value, "href": reverse(name) + query, "note": note, "tone": tone}


def _moment(at):
    return f"{at:%-d %b %Y, %-I:%M %p} UTC"


def _members(user):
    enrolled = enrolled_on(Enrolment.objects.visible_to(user), today()).count()
    flags = Flag.objects.visible_to(user).filter(status=Flag.Status.OPEN)
    counts = dict(flags.values_list("severity").annotate(Count("pk")).order_by())
    late = flags.filter(due_on__lt=today()).count()
    urgent = counts.get(Flag.Severity.URGENT, 0)
    newest = flags.order_by("-pk").values_list("raised_at", flat=True).first()
    return Group(
        title="Members and flags",
        age=f"newest flag {_moment(newest)}" if newest else "",
        tiles=[
            tile("Members enrolled", f"{enrolled:,}", "pbm:roster"),
            tile("Open flags", f"{sum(counts.values()):,}", "pbm:flags_by_pharmacy"),
            tile("Urgent", f"{urgent:,}", "pbm:flags_by_pharmacy", "?sort=-urgent", tone="urgent" if urgent else ""),
            tile("Past their day", f"{late:,}", "pbm:flags_by_pharmacy", "?sort=-late"),
        ],
    )


def _programmes(user):
    programs = Program.objects.visible_to(user).filter(in_force(today())).count()
    opted_in = Participation.objects.visible_to(user).filter(in_force(today())).values("client").distinct().count()
    run = EnrolmentRun.objects.visible_to(user).order_by("-pk").first()
    return Group(
        title="Programmes",
        age=f"last enrolment run {_moment(run.ran_at)}, as of {run.as_of:%-d %b %Y}" if run else "no enrolment run yet",
        tiles=[
            tile("Programmes running", f"{programs:,}", "pbm:programs_program_changelist"),
            tile("Clients opted in", f"{opted_in:,}", "pbm:clients"),
        ],
    )


def _feeds(user):
    rows = Delivery.objects.visible_to(user)
    newest = rows.order_by("-pk").values_list("received_at", flat=True).first()
    troubled = rows.filter(state__in=("refused", "failed")).count()
    month = rows.filter(received_at__gte=timezone.now() - A_MONTH).exclude(state="withdrawn")
    sums = month.aggregate(lines=Sum("lines"), rejected=Sum("rejected"))
    return Group(
        title="Feeds",
        age=f"newest delivery {_moment(newest)}" if newest else "no delivery yet",
        tiles=[
            tile("Lines in 30 days", f"{sums['lines'] or 0:,}", "pbm:claims_delivery_changelist"),
            tile(
                "Lines rejected in 30 days",
                f"{sums['rejected'] or 0:,}",
                "pbm:claims_delivery_changelist",
                "?trouble=rejects",
            ),
            tile(
                "Refused or failed",
                f"{troubled:,}",
                "pbm:claims_delivery_changelist",
                "?trouble=failed",
                tone="urgent" if troubled else "",
            ),
            *_webhooks(user),
        ],
    )


def _webhooks(user):
    """Nothing while every receiver takes its messages."""
    failing = EndpointHealth.objects.visible_to(user).filter(endpoint__is_on=True, endpoint__removed_at=None)
    failing = failing.exclude(gave_up_at=None).count()
    return [tile("Webhook endpoints failing", f"{failing:,}", "pbm:webhooks", tone="urgent")] if failing else []


def _money(user):
    wanted = {"submitted": "To adjudicate", "approved": "To pay", "held": "With pharmacies", "paid": "Paid"}
    return Group(
        title="Service claims",
        tiles=[
            tile(
                wanted[total.status],
                f"{total.claims:,}",
                "pbm:claims",
                f"?status={total.status}",
                dollars(total.paid_cents if total.status == "paid" else total.charge_cents),
            )
            for total in totals_by_status(user)
            if total.status in wanted
        ],
    )


def _network(user, *, ending):
    members = NetworkMembership.objects.visible_to(user).filter(in_force(today()))
    ours = PbmParticipation.objects.visible_to(user).filter(in_force(today())).values("pharmacy").distinct().count()
    days = readiness.STEPS_DAYS[0]
    expired = len({each.pharmacy_ref for each in ending if each.days_left < 0})
    soon = len({each.pharmacy_ref for each in ending if 0 <= each.days_left <= days})
    directory = "pbm:pharmacies_pharmacy_changelist"
    in_network = members.values("pharmacy").distinct().count()
    return Group(
        title="Network",
        tiles=[
            tile("In a network", f"{in_network:,}", "pbm:pharmacies_network_changelist"),
            *([tile("In our own network", f"{ours:,}", directory, "?ours=yes")] if ours else []),
            tile("In the directory", f"{Pharmacy.objects.count():,}", directory),
            tile(
                "Papers run out",
                f"{expired:,}",
                directory,
                "?papers=expired",
                "pharmacies",
                "urgent" if expired else "",
            ),
            tile(f"Run out in {days} days", f"{soon:,}", directory, f"?papers={days}", "pharmacies"),
        ],
    )
