"""What the page of one delivery shows: how far it is, counts that add up, sums, what the file lacks, what is unlike before,
and its rejects in groups."""

from dataclasses import dataclass, replace

from django.db.models import Count, F, Min, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone

from carecoord.faces.components.tables import Column, headings
from carecoord.kernel import money
from carecoord.kernel.accounts.permissions import Permission as P
from patients.claims import comparison, documentation, odd_dates, storage
from patients.claims.models import Delivery, Reject

from .templatetags.pbm_site import spoken

State = Delivery.State
UNDER_WAY = (State.RECEIVED, State.LOADING)
MOST_LOOKS = 40
"""How often a page asks by itself: two minutes, so that a page left open does not keep its screen from locking."""
MOST_GROUPS = 100
EXAMPLES = 3
COUNTS = {
    "loaded": "taken over",
    "waiting": "for their member's eligibility",
    "repeated": "said before",
    "rejected": "cannot be read",
    "conflicting": "same key, other words",
}
TOTAL_COLUMNS = (Column("Kind"), Column("Rows", css="num"), Column("Units", css="num"), Column("Paid", css="num"))
NOTE_COLUMNS = (Column("What was noted"), Column("Lines", css="num"))
MEASURE_COLUMNS = (Column("Measure"), Column("This delivery", css="num"), Column("Median before", css="num"))
GROUP_COLUMNS = (
    Column("What is wrong"), Column("Field"), Column("Code", css="low"), Column("Lines", css="num"), Column("First lines"),
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Rejects of one code in one field. `lines`: how many lines. `first`: numbers of a few of them. `told_at`: where the
    documentation tells of the field."""

    code: str
    field: str
    lines: int
    message: str
    first: tuple[int, ...]
    told_at: str = ""


def parts(request, delivery):
    """Everything on the page; nothing for a delivery that is not there."""
    if delivery is None:
        return {}
    user, asked = request.user, request.GET
    return {
        **progress(delivery),
        **_counts(delivery),
        **_told(delivery, asked),
        **_unusual(delivery, user, asked),
        **_rejects(delivery, user, asked),
        "conflicts_at": f"{reverse('pbm:conflicts')}?delivery={delivery.public_id}" if user.may(P.ROSTER_VIEW) else "",
        "may_withdraw": user.may(P.DELIVERY_WITHDRAW),
        "may_replay": user.may(P.DELIVERY_WITHDRAW)
        and delivery.may_be_replayed
        and storage.is_kept(delivery.stored_as),
        "replayed_as": Delivery.objects.visible_to(user).filter(replay_of=delivery).order_by("pk"),
    }


def _at_work(delivery):
    """What the middle step is called: with how far the load is, as long as it is under way."""
    if delivery.state == State.RECEIVED:
        return "Waits for a worker"
    if delivery.state != State.LOADING or not delivery.stage:
        return "Read and compared"
    so_far = f", {delivery.lines_so_far:,} lines so far" if delivery.lines_so_far else ""
    return f"{delivery.get_stage_display()}{so_far}"


def progress(delivery, *, looks=0):
    """The steps of a delivery; `look_again` while a worker has still to do with it."""
    is_under_way = delivery.state in UNDER_WAY
    return {
        "steps": _steps(delivery),
        "is_under_way": is_under_way,
        "look_again": looks + 1 if is_under_way and looks < MOST_LOOKS else None,
        "waited": timezone.now() - delivery.received_at,
    }


def _steps(delivery):
    if delivery.state in (State.REFUSED, State.FAILED):
        return [{"label": "Received", "state": "done"}, {"label": delivery.get_state_display(), "state": "failed"}]
    last = "Withdrawn" if delivery.state == State.WITHDRAWN else "Loaded"
    at = 1 if delivery.state in UNDER_WAY else 3
    return [
        {"label": name, "state": "done" if place < at else "now" if place == at else "next"}
        for place, name in enumerate(("Received", _at_work(delivery), last))
    ]


def _counts(delivery):
    found = {name: getattr(delivery, name) for name in COUNTS}
    several = [f"{count:,} {name}" for name, count in found.items() if count]
    return {
        "counted": [(name, spoken(name), count, COUNTS[name]) for name, count in found.items()],
        "sum_says": f"{delivery.lines:,} = {' + '.join(several)}" if len(several) > 1 else "",
    }


def _told(delivery, asked):
    """Sums, notes and header: as the file itself tells them."""
    totals = [
        (spoken(kind), told.get("rows") or 0, _units(told), _paid(told)) for kind, told in delivery.totals.items()
    ]
    return {
        "totals": totals,
        "total_columns": headings(TOTAL_COLUMNS, query=asked),
        "noted": [*comparison.notes(delivery), *_odd_dates(delivery)],
        "note_columns": headings(NOTE_COLUMNS, query=asked),
        "header_notes": [(says, ", ".join(names)) for says, names in comparison.header_notes(delivery)],
    }


def _odd_dates(delivery):
    """Lines that do not fit the life of their member, as far as that is known today."""
    return [(f"{odd_dates.says(code)} ({code})", count) for code, count in odd_dates.counted(delivery).items()]


def _units(told):
    amount = told.get("quantity") or told.get("units")
    if amount is None:
        return "–"
    whole, _, part = str(amount).partition(".")
    return f"{int(whole):,}" + (f".{part}" if part.strip("0") else "")


def _paid(told):
    return "–" if told.get("paid_cents") is None else money.dollars(int(told["paid_cents"]))


def _unusual(delivery, user, asked):
    if delivery.state not in (State.LOADED, State.WITHDRAWN):
        return {}
    compared = comparison.compare(delivery, comparison.before(delivery, visible_to=user))
    return {
        "compared": compared,
        "measures": [
            (one.label, _worded(one, one.now), _worded(one, one.usual), one.says) for one in compared.measures
        ],
        "measure_columns": headings(MEASURE_COLUMNS, query=asked),
    }


def _worded(measure, number):
    return f"{number:.1%}" if measure.is_rate else f"{number:,.0f}"


def _rejects(delivery, user, asked):
    groups, total = reject_groups(Reject.objects.visible_to(user).filter(delivery=delivery))
    return {
        "groups": [replace(group, told_at=told_at(delivery, group.field)) for group in groups],
        "group_count": total,
        "reject_count": delivery.rejected or sum(group.lines for group in groups),
        "group_columns": headings(GROUP_COLUMNS, query=asked),
    }


def told_at(delivery, field):
    """The address at which the format's page tells of a field; '' for a format that is read no more."""
    if documentation.format_named(delivery.format) is None:
        return ""
    place = documentation.place_of(delivery.format, field, delivery.kind.split("+"))
    return reverse("feed_format", args=[delivery.format]) + (f"#{place}" if place else "")


def reject_groups(rejects):
    """([Group], how many there are), the largest first."""
    counted = rejects.order_by().values("code", "field").annotate(lines=Count("line_number", distinct=True))
    counted = list(counted.annotate(says=Min("message")).order_by("-lines", "code", "field")[: MOST_GROUPS + 1])
    numbered = rejects.annotate(
        turn=Window(RowNumber(), partition_by=[F("code"), F("field")], order_by=[F("line_number"), F("pk")])
    )
    first = {}
    for code, name, line in numbered.filter(turn__lte=EXAMPLES).values_list("code", "field", "line_number"):
        first.setdefault((code, name), set()).add(line)
    groups = [
        Group(
            one["code"],
            one["field"],
            one["lines"],
            one["says"],
            tuple(sorted(first.get((one["code"], one["field"]), ()))),
        )
        for one in counted
    ]
    return groups[:MOST_GROUPS], len(groups)
