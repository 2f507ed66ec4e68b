"""What happened to members, from claims: stays in hospital that ended, and visits to an emergency department."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from carecoord.kernel.parameters.parameter import Parameter
from carecoord.kernel.periods import date_of, day_number
from patients.claims.models import Service, Stay
from patients.measures.code_lists import emergency_services

from . import prescribers
from .case import Case, Events, Happened, Limits
from .prescribers import PRESCRIBERS

DISCHARGE, EMERGENCY = "discharge", "emergency_visits"
TITLES = {
    DISCHARGE: "Home from hospital",
    EMERGENCY: "Emergency visits",
    PRESCRIBERS: "Controlled medicines",
}
"""What a flag's `measure` says when no measure is behind it, and its words."""
DISCHARGE_DAYS = Parameter(
    "flags.discharge_days",
    default=30,
    unit="days",
    low=7,
    high=90,
    why="Medicines are to be reconciled on the day of discharge or in the 30 days after it (TRC-MRP).",
)
EMERGENCY_LOOK_BACK_DAYS = Parameter(
    "flags.emergency_look_back_days", default=180, unit="days", low=30, high=366, why="Half a year shows a pattern."
)
LONGEST_STAY_DAYS = 400  # a stay that began longer ago is looked up no more


def events(
    payer, as_of: date, people: Iterable[int], limits: Limits
) -> Iterator[tuple[int, type[Case], dict[str, Any]]]:
    """(patient, Events, {"measure", "happened"}) for everybody with a recent discharge, or any emergency visit."""
    people = list(people)
    for patient_id, home in _discharges(payer, as_of, people, limits):
        yield patient_id, Events, {"measure": DISCHARGE, "happened": (home,)}
    for patient_id, visits in _emergency_visits(payer, as_of, people, limits).items():
        look_back = timedelta(days=limits[EMERGENCY_LOOK_BACK_DAYS])
        recent = tuple(one for one in visits if one.first_on > as_of - look_back)
        if recent:
            earlier = len(visits) - len(recent)
            yield patient_id, Events, {"measure": EMERGENCY, "happened": recent, "before": earlier}
    for patient_id, fills in prescribers.together(payer, as_of, people, limits):
        yield patient_id, Events, {"measure": PRESCRIBERS, "happened": fills}


def _discharges(payer, as_of, people, limits) -> Iterator[tuple[int, Happened]]:
    """The newest time at home after a hospital: stays that follow each other without a day between are one."""
    day = day_number(as_of)
    rows = Stay.objects.filter(payer=payer, patient__in=people, kind__in=["inpatient", "snf"])
    rows = rows.filter(from_day__lte=day, from_day__gte=day - LONGEST_STAY_DAYS).order_by(
        "patient_id", "from_day", "to_day"
    )
    merged: dict[int, Happened] = {}
    for patient_id, event_id, first, after, kind in rows.values_list(
        "patient_id", "event_id", "from_day", "to_day", "kind"
    ):
        stay = Happened(event_id, date_of(first), date_of(after), "hospital" if kind == "inpatient" else "facility")
        before = merged.get(patient_id)
        if before and stay.first_on <= before.last_on:
            what = "hospital" if "hospital" in (before.what, stay.what) else "facility"
            ends = max(before.last_on, stay.last_on)
            newest = stay.event_id if stay.last_on >= before.last_on else before.event_id
            stay = Happened(newest, before.first_on, ends, what)
        merged[patient_id] = stay
    for patient_id, stay in merged.items():
        if stay.what == "hospital" and 0 <= (as_of - stay.last_on).days <= limits[DISCHARGE_DAYS]:
            yield patient_id, stay


def _emergency_visits(payer, as_of, people, limits) -> dict[int, list[Happened]]:
    """Patient -> visits of the look-back and of as long a time before it, oldest first; lines of one day are one visit."""
    day = day_number(as_of)
    rows = Service.objects.filter(payer=payer, patient__in=people, code__in=emergency_services())
    rows = rows.filter(day__lte=day, day__gt=day - 2 * limits[EMERGENCY_LOOK_BACK_DAYS]).order_by(
        "patient_id", "day", "event_id"
    )
    found: dict[int, list[Happened]] = defaultdict(list)
    for patient_id, event_id, number in rows.values_list("patient_id", "event_id", "day"):
        on, visits = date_of(number), found[patient_id]
        if not visits or visits[-1].first_on != on:
            visits.append(Happened(event_id, on, on, "emergency"))
    return found
