"""The first page: what waits, in numbers that lead to their rows."""

from django.http import HttpResponseRedirect
from django.urls import reverse

from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.money import dollars
from patients.claims.models import Delivery
from patients.programs.models import Enrolment, Participation, Program
from pharmacies.billing.queries import totals_by_status
from pharmacies.models import NetworkMembership, Pharmacy
from pharmacies.queries import in_force

from ..roster import enrolled_on, today
from ..site import HERE, render_page


@requires(*HERE)
def index(request):
    may = request.user.may
    if may(P.AUDIT_VIEW):
        return HttpResponseRedirect(reverse("pbm:audit"))
    tiles = []
    if may(P.CLAIM_VIEW):
        tiles += _claims(request.user)
    if may(P.ROSTER_VIEW):
        enrolled = enrolled_on(Enrolment.objects.visible_to(request.user), today()).count()
        tiles.append(_tile("Members enrolled today", f"{enrolled:,}", "pbm:roster"))
    if may(P.PROGRAM_VIEW):
        tiles += _programmes(request.user)
    if may(P.DELIVERY_VIEW):
        tiles += _feeds(request.user)
    if may(P.NETWORK_VIEW):
        tiles += _network(request.user)
    return render_page(request, "pbm/home.html", {"tiles": tiles, "section": "home"})


def _tile(label, value, name, query="", note="", tone=""):
    return {"label": label, "value": value, "href": reverse(name) + query, "note": note, "tone": tone}


def _claims(user):
    wanted = {"submitted": "to adjudicate", "approved": "to pay", "held": "with pharmacies", "paid": "paid"}
    return [
        _tile(
            f"Service claims {wanted[total.status]}",
            f"{total.claims:,}",
            "pbm:claims",
            f"?status={total.status}",
            dollars(total.paid_cents if total.status == "paid" else total.charge_cents),
        )
        for total in totals_by_status(user)
        if total.status in wanted
    ]


def _programmes(user):
    programs = Program.objects.visible_to(user).filter(in_force(today())).count()
    opted_in = Participation.objects.visible_to(user).filter(in_force(today())).count()
    return [
        _tile("Programmes running", f"{programs:,}", "pbm:programs_program_changelist"),
        _tile("Clients opted in", f"{opted_in:,}", "pbm:programs_participation_changelist"),
    ]


def _feeds(user):
    newest = Delivery.objects.visible_to(user).order_by("-pk").first()
    troubled = Delivery.objects.visible_to(user).filter(state__in=("refused", "failed")).count()
    note = f"newest {newest.received_at:%-d %b %Y, %H:%M} UTC" if newest else "none yet"
    return [
        _tile(
            "Deliveries refused or failed",
            f"{troubled:,}",
            "pbm:claims_delivery_changelist",
            note=note,
            tone="urgent" if troubled else "",
        )
    ]


def _network(user):
    members = NetworkMembership.objects.visible_to(user).filter(in_force(today()))
    here = members.values("pharmacy").distinct().count()
    return [
        _tile(
            "Pharmacies in a network",
            f"{here:,}",
            "pbm:pharmacies_pharmacy_changelist",
            note=f"of {Pharmacy.objects.count():,} in the directory",
        )
    ]
