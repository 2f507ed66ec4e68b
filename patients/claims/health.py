"""How each feed is doing: whether it comes as often as it used to, and whether what comes can be used. Worst first.

A feed is what one sender of a payer sends in one format. Its rhythm is the median of the days between the days on which
something came; it is late when it has been quiet for LATE times as long, and for two days more than usual at least.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from django.db.models import F, Sum, Window
from django.db.models.functions import RowNumber

from carecoord.kernel.parameters.parameter import Parameter

from .models import Delivery

State = Delivery.State
LOOK_BACK = 10
OF_RHYTHM = 100
"""Deliveries that tell the rhythm: a sender may send a dozen files a day."""
LATE = 1.5
FEWEST_DAYS = 3
MANY_REJECTED = 0.05
MANY_IN_CONFLICT = 0.01
WAITING_DAYS = Parameter(
    "claims.waiting_days",
    default=14,
    unit="days",
    low=1,
    high=365,
    why="Eligibility comes monthly at the latest, and mostly within days of the claims; two weeks are worth a question. House rule.",
)


@dataclass(frozen=True)
class Feed:
    """`client` None: files loaded by hand. Rates are shares of the lines of the last deliveries. `says`: sentences, the
    gravest first; `worry`: 0 none, 1 look at it, 2 act now."""

    payer: object
    client: object
    format: str
    last: Delivery
    rhythm_days: float | None
    quiet_days: int
    is_late: bool
    reject_rate: float
    conflict_rate: float
    waiting: int
    refused: int
    says: tuple[str, ...]
    worry: int


def feeds(*, visible_to, today: date):
    """Every feed as it stands today, the most worrying first."""
    rows = Delivery.objects.visible_to(visible_to)
    numbered = rows.annotate(
        turn=Window(
            RowNumber(),
            partition_by=[F("payer"), F("client"), F("format")],
            order_by=[F("received_at").desc(), F("pk").desc()],
        )
    )
    by_feed = {}
    for one in numbered.filter(turn__lte=OF_RHYTHM).select_related("payer", "client").order_by("turn"):
        by_feed.setdefault((one.payer_id, one.client_id, one.format), []).append(one)
    old = today - timedelta(days=WAITING_DAYS.on(today))
    waiting = rows.filter(state=State.LOADED, received_at__date__lt=old).values("payer", "client", "format").order_by()
    waiting = {(w["payer"], w["client"], w["format"]): w["n"] for w in waiting.annotate(n=Sum("waiting"))}
    found = [_feed(deliveries, waiting.get(key) or 0, today) for key, deliveries in by_feed.items()]
    return sorted(found, key=lambda feed: (-feed.worry, -len(feed.says), feed.payer.name, feed.format))


def _feed(deliveries, waiting, today):
    last, recent = deliveries[0], deliveries[:LOOK_BACK]
    days = sorted({one.received_at.date() for one in deliveries})
    gaps = [(later - earlier).days for earlier, later in zip(days, days[1:], strict=False)]
    rhythm = median(gaps) if len(days) >= FEWEST_DAYS else None
    quiet = max(0, (today - days[-1]).days)
    is_late = rhythm is not None and quiet > max(rhythm * LATE, rhythm + 2)
    lines = sum(one.lines for one in recent) or 1
    told = {
        "rhythm_days": rhythm,
        "quiet_days": quiet,
        "is_late": is_late,
        "reject_rate": sum(one.rejected for one in recent) / lines,
        "conflict_rate": sum(one.conflicting for one in recent) / lines,
        "waiting": waiting,
        "refused": sum(one.state in (State.REFUSED, State.FAILED) for one in recent),
    }
    grave, light = list(_grave(last, told)), list(_light(last, told))
    worry = 2 if grave else 1 if light else 0
    return Feed(last.payer, last.client, last.format, last, **told, says=(*grave, *light), worry=worry)


def _grave(last, told):
    if told["is_late"]:
        yield f"Nothing came for {told['quiet_days']} days; usual are {told['rhythm_days']:g}."
    if last.state in (State.REFUSED, State.FAILED):
        yield f"The last file was {'refused' if last.state == State.REFUSED else 'not loaded'}."


def _light(last, told):
    if told["reject_rate"] >= MANY_REJECTED:
        yield f"{told['reject_rate']:.1%} of the lines cannot be read."
    if told["conflict_rate"] >= MANY_IN_CONFLICT:
        yield f"{told['conflict_rate']:.1%} of the lines are in conflict."
    before = told["refused"] - (last.state in (State.REFUSED, State.FAILED))
    if before:
        yield f"{before} of the files before it {'was' if before == 1 else 'were'} refused or not loaded."
    if told["waiting"]:
        yield f"{told['waiting']:,} {'line waits' if told['waiting'] == 1 else 'lines wait'} for a member for too long."
