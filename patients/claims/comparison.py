"""A delivery beside those that came before it: what its columns and its rates do differently, in sentences.

Before means: the last LOOK_BACK loaded deliveries of the same payer, client, format and kind. A rate jumps when it is at
least FOLD times the median and POINTS percentage points away from it; a number of lines when it is FOLD times the median or
less than one in FOLD of it. House rules: a feed that arrives whole varies by a fifth from month to month, not by half.
"""

from dataclasses import dataclass
from statistics import median

from .models import Delivery
from .records import NOTES

LOOK_BACK = 10
ENOUGH = 3
"""Earlier deliveries below which nothing is called unusual."""
FOLD = 2
POINTS = 0.02

HEADER = {
    "missing": "Documented columns that the file lacks",
    "unknown": "Columns that no document of the format names: they are not read",
    "duplicated": "Columns that the header names more than once",
    "reordered": "Columns that stand in another place than documented: they are read by name",
}


@dataclass(frozen=True)
class Measure:
    """One number of a delivery and its median before. Rates are shares of its lines. `says` is '' when nothing is unusual."""

    label: str
    now: float
    usual: float | None
    is_rate: bool = True
    says: str = ""


@dataclass(frozen=True)
class Comparison:
    """`columns`: sentences about columns that appeared, vanished or moved. `of`: how many earlier deliveries there are."""

    of: int
    columns: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()

    @property
    def is_enough(self):
        return self.of >= ENOUGH

    @property
    def unusual(self):
        return [*self.columns, *(measure.says for measure in self.measures if measure.says)]


def before(delivery, *, visible_to):
    """The deliveries to compare with, newest first."""
    alike = Delivery.objects.visible_to(visible_to).filter(
        payer_id=delivery.payer_id, client_id=delivery.client_id, format=delivery.format, kind=delivery.kind
    )
    return list(alike.filter(state=Delivery.State.LOADED, pk__lt=delivery.pk).order_by("-pk")[:LOOK_BACK])


def compare(delivery, earlier):
    """A loaded delivery against `earlier`, as `before` gives them."""
    if not earlier:
        return Comparison(of=0)
    return Comparison(len(earlier), tuple(_columns(delivery, earlier)), tuple(_measures(delivery, earlier)))


def header_notes(delivery):
    """(sentence, columns) for each way in which the header differs from the documented one."""
    return [(f"{HEADER[how]}.", names) for how, names in delivery.drift.items() if how in HEADER and names]


def notes(delivery):
    """(sentence, lines) for each thing that the lines lack."""
    return [(NOTES.get(code, code), count) for code, count in delivery.notes.items()]


def _columns(delivery, earlier):
    """What is in the header now and never was before, and the other way round; from what each header differed in."""
    lacked, strange, moved = (
        [set(one.drift.get(how, ())) for one in (delivery, *earlier)] for how in ("missing", "unknown", "reordered")
    )
    came = strange[0] - set().union(*strange[1:]) | (set.intersection(*lacked[1:]) - lacked[0])
    went = lacked[0] - set().union(*lacked[1:]) | (set.intersection(*strange[1:]) - strange[0])
    place = moved[0] - set().union(*moved[1:]) - came
    if came:
        yield f"Columns that none of the last {len(earlier)} had: {', '.join(sorted(came))}."
    if went:
        yield f"Columns that all of the last {len(earlier)} had, and this one lacks: {', '.join(sorted(went))}."
    if place:
        yield f"Columns that moved: {', '.join(sorted(place))}."


RATES = {
    "Rejected": ("rejected", "lines are rejected"),
    "Repeated": ("repeated", "lines repeat what came before"),
    "Conflicting": ("conflicting", "lines are in conflict"),
    "Waiting": ("waiting", "lines wait for their member"),
}


def _measures(delivery, earlier):
    yield _number(delivery, earlier)
    for label, (name, words) in RATES.items():
        yield _rate(label, words, delivery, earlier, lambda one, name=name: getattr(one, name))
    if "pharmacy_claim" in delivery.kinds:
        of_fills = "lines have no days supply"
        yield _rate(
            "Without a days supply", of_fills, delivery, earlier, lambda one: one.notes.get("no_days_supply", 0)
        )


def _number(delivery, earlier):
    usual, says = median(one.lines for one in earlier), ""
    if len(earlier) >= ENOUGH and delivery.lines * FOLD <= usual:
        says = f"{delivery.lines:,} lines are less than half of the usual {usual:,.0f}."
    elif len(earlier) >= ENOUGH and usual and delivery.lines >= usual * FOLD:
        says = f"{delivery.lines:,} lines are more than twice the usual {usual:,.0f}."
    return Measure("Lines", delivery.lines, usual, is_rate=False, says=says)


def _rate(label, words, delivery, earlier, count):
    now, usual = _share(delivery, count), median(_share(one, count) for one in earlier)
    is_jump = abs(now - usual) >= POINTS and max(now, usual) >= FOLD * min(now, usual)
    says = f"{now:.1%} of {words}; usual are {usual:.1%}." if is_jump and len(earlier) >= ENOUGH else ""
    return Measure(label, now, usual, says=says)


def _share(delivery, count):
    return count(delivery) / delivery.lines if delivery.lines else 0.0
