"""What the doctors send: visits that prove a condition, rule-outs that do not, stays, hospice, dialysis, readings."""

from dataclasses import dataclass

from .chance import below, between, happens, pick

CODES = {
    "htn": ("I10", "I10", "I10", "I119", "I110"),
    "dm": ("E119", "E1165", "E1142", "E1122", "E1169"),
    "lipids": ("E785", "E782", "E7800"),
}
ESRD_CODES = ("N186", "Z992")
# Where a visit happens: claim type, place of service, bill type, revenue code, HCPCS, charge in cents.
OFFICE = ("professional", "11", "", "", "99214", 14_800)
HOSPITAL_CLINIC = ("institutional", "", "131", "0510", "G0463", 19_500)
DIALYSIS = ("professional", "65", "", "", "90960", 38_200)
HOSPICE = ("institutional", "", "811", "0651", "Q5001", 21_800)
EMERGENCY_ROOM = ("institutional", "", "131", "0450", "99284", 92_000)
WARD = {"inpatient": ("111", "0120", 310_000), "snf": ("211", "0191", 52_000)}


@dataclass(frozen=True, slots=True)
class Stay:
    """Nights away: from the day of admission to the day before discharge. kind: inpatient or snf."""

    admitted: int
    discharged: int
    kind: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One medical claim. `place` as OFFICE; `stay` for inpatient and SNF claims."""

    first: int
    last: int
    place: tuple
    codes: tuple
    stay: Stay | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything but fills. `exclusions`: hospice, esrd, as far as something that was sent in the year says so."""

    visits: list
    stays: list
    exclusions: tuple


def _insured_day(roll, member, low, high):
    """A day from low to high on which the member is covered, or None when five draws find none."""
    for _ in range(5):
        day = between(roll, low, high)
        if high >= low and member.plan_on(day):
            return day
    return None


def chart(roll, member, today):
    """Draw the Chart of a member."""
    visits = []
    stays = _stays(roll, member, today)
    known = [pick(roll, CODES[name]) for name in sorted(member.conditions)]
    for stay in stays:
        codes = (pick(roll, ("J189", "N390", "S72001A", "I639")), *known)
        visits.append(Visit(stay.admitted, stay.discharged, OFFICE, codes, stay))
    for name in sorted(member.conditions):
        visits += _proof(roll, member, CODES[name], today)
    for name in sorted(member.rule_outs):
        day = _insured_day(roll, member, today - 330, today)
        if day is not None:
            visits.append(Visit(day, day, OFFICE, (pick(roll, CODES[name]),)))
    if member.heart_failure:
        visits += _proof(roll, member, ("I5022",), today)
    hospice, esrd = _hospice(roll, member, today), _dialysis(roll, member, today)
    exclusions = []
    if hospice or member.hospice == "flag":
        exclusions.append("hospice")
    if esrd or member.esrd == "flag":
        exclusions.append("esrd")
    return Chart(visits + hospice + esrd + _emergencies(roll, member, today), stays, tuple(exclusions))


def _proof(roll, member, codes, today):
    """Two outpatient claims days apart in the last eleven months, when the coverage leaves room for both."""
    first = _insured_day(roll, member, today - 330, today - 45)
    if first is None:
        return []
    second = first + between(roll, 10, 44)
    days = [first, second] if member.plan_on(second) else [first]
    places = (OFFICE, OFFICE, OFFICE, HOSPITAL_CLINIC)
    return [Visit(day, day, pick(roll, places), (pick(roll, codes),)) for day in days]


def _stays(roll, member, today):
    """Hospital stays, some followed by a nursing facility, a few with a return to hospital from there."""
    if not happens(roll, 165):
        return []
    end = today if member.died is None else min(today, member.died)
    admitted = _insured_day(roll, member, -8, end)
    if admitted is None:
        return []
    nights = 0 if happens(roll, 40) else between(roll, 1, 9)
    stays = [Stay(admitted, admitted + nights, "inpatient")]
    if happens(roll, 320):
        leaving = admitted + nights + between(roll, 6, 28)
        stays.append(Stay(admitted + nights, leaving, "snf"))
        if happens(roll, 150):
            back = leaving - between(roll, 1, 5)
            stays.append(Stay(back, back + between(roll, 2, 8), "inpatient"))
    return [stay for stay in stays if stay.discharged <= end]


def _emergencies(roll, member, today):
    """Visits to an emergency room: one for some members, two or three for a few."""
    count = between(roll, 2, 3) if happens(roll, 50) else int(happens(roll, 100))
    end = today if member.died is None else min(today, member.died)
    days = {_insured_day(roll, member, today - 300, end) for _ in range(count)} - {None}
    return [Visit(day, day, EMERGENCY_ROOM, (pick(roll, ("R0789", "R42", "S0990XA")),)) for day in sorted(days)]


def _hospice(roll, member, today):
    if member.hospice != "claim":
        return []
    first = _insured_day(roll, member, 0, today)
    if first is None:
        return []
    last = min(first + below(roll, 25), today, today if member.died is None else member.died)
    return [Visit(first, last, HOSPICE, (pick(roll, ("C3490", "G309", "C259")),))]


def _dialysis(roll, member, today):
    if member.esrd != "claim":
        return []
    days = [_insured_day(roll, member, 0, today) for _ in range(3)]
    return [Visit(day, day, DIALYSIS, ESRD_CODES) for day in sorted({day for day in days if day is not None})]


def readings(roll, member, today):
    """(day, systolic, diastolic) of members with hypertension."""
    if "htn" not in member.conditions:
        return []
    days = {_insured_day(roll, member, today - 300, today) for _ in range(between(roll, 0, 2))} - {None}
    return [(day, between(roll, 112, 168), between(roll, 62, 98)) for day in sorted(days)]


def a1c_results(roll, member, today):
    """(day, tenths of a percent) of members with diabetes."""
    if "dm" not in member.conditions:
        return []
    days = {_insured_day(roll, member, today - 300, today) for _ in range(between(roll, 0, 2))} - {None}
    return [(day, between(roll, 56, 108)) for day in sorted(days)]


def vaccinations(roll, member, today):
    """(day, CVX code)."""
    given = []
    for codes, share in ((("140", "158", "185", "197"), 380), (("187",), 90), (("216",), 70)):
        if happens(roll, share):
            day = _insured_day(roll, member, today - 330, today)
            if day is not None:
                given.append((day, pick(roll, codes)))
    return given
