"""Controlled medicines of several prescribers: fills whose supplies overlap, and nobody who wrote one of them wrote the other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from carecoord.kernel.drugs.models import DrugSetMember
from carecoord.kernel.parameters.parameter import Parameter
from carecoord.kernel.periods import date_of, day_number
from patients.claims.models import Fill

from .case import Happened, Limits

PRESCRIBERS = "two_prescribers"
CONTROLLED = {"opioids": "opioid", "benzodiazepines": "benzodiazepine"}
"""Drug set -> its word."""
PRESCRIBERS_LOOK_BACK_DAYS = Parameter(
    "flags.prescribers_look_back_days",
    default=90,
    unit="days",
    low=30,
    high=366,
    why="Three monthly fills of each: one pair may be a hand-over, a quarter shows two treatments.",
)


def together(payer, as_of: date, people: Iterable[int], limits: Limits) -> Iterator[tuple[int, tuple[Happened, ...]]]:
    """(patient, fills oldest first) of everybody with controlled medicines of two prescribers in use on the same day.

    Only fills that take part in such an overlap are there. Fills without a prescriber or days supply prove nothing.
    """
    controlled = DrugSetMember.objects.filter(set_code__in=CONTROLLED)
    day = day_number(as_of)
    rows = Fill.objects.filter(payer=payer, patient__in=list(people), days_supply__gt=0)
    rows = rows.filter(day__lte=day, day__gt=day - limits[PRESCRIBERS_LOOK_BACK_DAYS]).exclude(prescriber_ref="")
    rows = rows.filter(ndc__in=controlled.values("ndc11")).order_by("patient_id", "day", "event_id")
    columns = ("patient_id", "event_id", "day", "days_supply", "ndc", "prescriber_ref")
    found = list(rows.values_list(*columns))
    packages = {ndc for *_, ndc, _ in found}
    words = dict(controlled.filter(ndc11__in=packages).values_list("ndc11", "set_code"))
    fills: dict[int, list[Happened]] = defaultdict(list)
    for patient_id, event_id, number, supply, ndc, prescriber in found:
        first = date_of(number)
        last = first + timedelta(days=supply - 1)
        fills[patient_id].append(Happened(event_id, first, last, CONTROLLED[words[ndc]], prescriber))
    for patient_id, ones in fills.items():
        if found := tuple(one for one in ones if any(_clash(one, other) for other in ones)):
            yield patient_id, found


def _clash(one: Happened, other: Happened) -> bool:
    return one.by != other.by and one.first_on <= other.last_on and other.first_on <= one.last_on
