"""Blood pressure as a pharmacy measures it: which readings count, what they come to, when it is an emergency, the target."""

from dataclasses import dataclass, replace

from carecoord.kernel.parameters.parameter import Parameter
from patients.flags.case import Limits

from .models import Goal
from .protocol import Measured, number

SYSTOLIC, DIASTOLIC, PULSE = "8480-6", "8462-4", "8867-4"
"""LOINC numbers."""
MOST_READINGS = 4
GUIDELINE = "2017 ACC/AHA guideline for high blood pressure in adults"


def _mmhg(name, default, low, high, why):
    return Parameter(f"care.bp_{name}", default=default, unit="mmHg", low=low, high=high, why=why)


READINGS_NEEDED = Parameter(
    "care.bp_readings_needed",
    default=2,
    unit="readings",
    low=1,
    high=MOST_READINGS,
    why=f"One reading says little: at least two are averaged ({GUIDELINE}, section on measurement).",
)
MINUTES_APART = Parameter(
    "care.bp_minutes_apart",
    default=1,
    unit="minutes",
    low=0,
    high=30,
    why=f"Readings are repeated after one to two minutes ({GUIDELINE}).",
)
FIRST_DROPPED_FROM = Parameter(
    "care.bp_first_reading_dropped_from",
    default=3,
    unit="readings",
    low=2,
    high=99,
    why="The first reading is usually the highest; with three or more it is left out (2018 ESC/ESH guideline). 99: never.",
)
ANOTHER_IF_APART = _mmhg("another_if_apart", 10, 1, 50, "Two readings further apart ask for a third (2018 ESC/ESH).")
CRISIS_SYSTOLIC = _mmhg("crisis_systolic", 180, 140, 250, f"Hypertensive crisis ({GUIDELINE}).")
CRISIS_DIASTOLIC = _mmhg("crisis_diastolic", 120, 90, 150, f"Hypertensive crisis ({GUIDELINE}).")
CONTROL = "Below 140/90 is what the measure of controlled blood pressure asks for (domain/measures.md 3.2, CBP)."
TARGET_SYSTOLIC = _mmhg("target_systolic", 140, 100, 180, f"{CONTROL} A goal agreed with the patient comes first.")
TARGET_DIASTOLIC = _mmhg("target_diastolic", 90, 60, 110, f"{CONTROL} A goal agreed with the patient comes first.")
LOW_SYSTOLIC = _mmhg("low_systolic", 90, 60, 120, "Below 90/60 is low, and asks about dizziness and falls.")
LOW_DIASTOLIC = _mmhg("low_diastolic", 60, 40, 80, "Below 90/60 is low, and asks about dizziness and falls.")
JUDGED_BY = (READINGS_NEEDED, MINUTES_APART, FIRST_DROPPED_FROM, CRISIS_SYSTOLIC, CRISIS_DIASTOLIC)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One reading of a form, in its order. `pulse` and `minutes` (after the one before) may be None."""

    number: int
    systolic: int
    diastolic: int
    pulse: int | None
    minutes: int | None


@dataclass(frozen=True, kw_only=True)
class Target:
    """The band to stay in: at least `low`, below `systolic` and `diastolic`. `why`: where it comes from."""

    systolic: int
    diastolic: int
    low_systolic: int
    low_diastolic: int
    why: str

    def __str__(self):
        return f"below {self.systolic}/{self.diastolic}"


def usual_target(day):
    """The Target in force on a day for whom no goal of their own was agreed."""
    limits = Limits(day)
    return Target(
        systolic=limits[TARGET_SYSTOLIC],
        diastolic=limits[TARGET_DIASTOLIC],
        low_systolic=limits[LOW_SYSTOLIC],
        low_diastolic=limits[LOW_DIASTOLIC],
        why="the usual target",
    )


def target_of(who, *, patient, day):
    """The Target of a patient: the newest goal that was agreed with them here, else the usual one."""
    usual = usual_target(day)
    goals = Goal.objects.visible_to(who).filter(
        patient__in=patient.records, kind=Goal.Kind.BLOOD_PRESSURE, status=Goal.Status.ACTIVE
    )
    goal = goals.order_by("-opened_at", "-id").first()
    if goal is None:
        return usual
    return replace(
        usual,
        systolic=goal.systolic,
        diastolic=goal.diastolic,
        low_systolic=min(usual.low_systolic, goal.systolic - 10),
        low_diastolic=min(usual.low_diastolic, goal.diastolic - 10),
        why="agreed with the patient",
    )


def taken(answers):
    """The whole readings of a form: those with both numbers."""
    found = []
    for n in range(1, MOST_READINGS + 1):
        values = {name: number(answers.get(f"{name}_{n}")) for name in ("systolic", "diastolic", "pulse", "minutes")}
        if values["systolic"] and values["diastolic"]:
            found.append(Taken(number=n, **values))
    return tuple(found)


def counted(readings, limits):
    """Those that count: far enough from the one before, and without the first where there are enough of them."""
    apart = tuple(
        each
        for place, each in enumerate(readings)
        if place == 0 or (each.minutes is not None and each.minutes >= limits[MINUTES_APART])
    )
    return apart[1:] if len(apart) >= limits[FIRST_DROPPED_FROM] else apart


def crisis(readings, limits):
    """The readings in the crisis range, whether they count or not."""
    return tuple(
        each
        for each in readings
        if each.systolic >= limits[CRISIS_SYSTOLIC] or each.diastolic >= limits[CRISIS_DIASTOLIC]
    )


def result(answers, service_on):
    """{"systolic", "diastolic", "pulse" (None when not taken), "counted": their numbers, "is_crisis", "limits"}, or {}."""
    limits, readings = Limits(service_on), taken(answers)
    chosen = counted(readings, limits)
    if not chosen:
        return {}
    pulses = [each.pulse for each in chosen if each.pulse]
    return {
        "systolic": _average([each.systolic for each in chosen]),
        "diastolic": _average([each.diastolic for each in chosen]),
        "pulse": _average(pulses) if pulses else None,
        "counted": [each.number for each in chosen],
        "is_crisis": bool(crisis(readings, limits)),
        "limits": {each.code: limits[each] for each in JUDGED_BY},
    }


def measured(answers, result):
    """Every reading, and as number 0 what they come to."""
    rows = [(each.number, each.systolic, each.diastolic, each.pulse) for each in taken(answers)]
    if result:
        rows.insert(0, (0, result["systolic"], result["diastolic"], result["pulse"]))
    for n, systolic, diastolic, pulse in rows:
        yield Measured(code=SYSTOLIC, value=systolic, unit="mm[Hg]", number=n)
        yield Measured(code=DIASTOLIC, value=diastolic, unit="mm[Hg]", number=n)
        if pulse:
            yield Measured(code=PULSE, value=pulse, unit="/min", number=n)


def _average(values):
    """To the nearest whole number, a half upwards: nobody is rounded below a limit that they reach."""
    return (2 * sum(values) + len(values)) // (2 * len(values))
