"""Measures of a calendar year, the slow way: cover, age, exclusions, diabetes, blood pressure. Written from the rules, not from the SQL."""

from datetime import date, timedelta

from .history import PRODUCTS, History, number

DAY = timedelta(days=1)
GLYCEMIC_CODES = {"3044F": 6.999, "3051F": 7.999, "3052F": 9, "3046F": 25}
A1C, IFCC = {"4548-4", "17856-6", "97506-0"}, {"59261-8"}
FRAIL, ILL = {"R54", "E0100"}, {"I509"}


def years_earlier(day: date, years: int) -> date:
    return date(day.year - years, day.month, day.day)


def age_at_end(history, year) -> int:
    return year - history.born.year


def covered_days(history, first, known) -> set[date]:
    """The days of first..known on which there is cover of any kind."""
    found = set()
    for span in history.spans:
        day, last = max(first, span.starts), min(known, span.ends or known)
        while day <= last:
            found.add(day)
            day += DAY
    return found


def is_covered(history, first, known, gap) -> bool:
    """Every day, save one run of at most `gap` days that does not hold the last day known."""
    covered = covered_days(history, first, known)
    if known not in covered:
        return False
    runs, day, length = [], first, 0
    while day <= known:
        if day in covered:
            runs, length = (runs + [length], 0) if length else (runs, 0)
        else:
            length += 1
        day += DAY
    return len(runs) <= 1 and all(run <= gap for run in runs)


def outside(history, year, known, least, most, *, at_end=True) -> str:
    """Why somebody is not in the denominator of a measure of a calendar year."""
    first = date(year, 1, 1)
    if history.born is None:
        return "no_birth_date"
    age = age_at_end(history, year)
    if not at_end and (history.born.month, history.born.day) > (1, 1):
        age -= 1
    if age < least:
        return "under_age"
    if most is not None and age > most:
        return "over_age"
    if history.died and history.died <= known:
        return "died"
    return "" if is_covered(history, first, known, 45) else "no_full_coverage"


def claims(history, codes, first, last):
    return [c for c in history.diagnoses + history.services if c.code in codes and first <= c.day <= last]


def fills(history, sets, first, last) -> list[date]:
    known = [fill for fill in history.fills if first <= fill.day <= last]
    return [fill.day for fill in known if any(code in sets for code, _ in PRODUCTS.get(fill.product, []))]


def exclusion(history, year, known, *, elders_over_80=False, others=()) -> str:
    """The first exclusion that holds; others: (name, codes, ever) after the common ones."""
    first = date(year, 1, 1)

    def flagged(name):
        spans = [span for span in history.spans if getattr(span, name)]
        return any(span.starts <= known and (span.ends is None or span.ends >= first) for span in spans)

    def days(codes, since):
        return {claim.day for claim in claims(history, codes, since, known)}

    in_hospice = any(c.setting == "hospice" and first <= c.day <= known for c in history.diagnoses + history.services)
    stays = any(s.kind == "hospice" and s.admission <= known and s.discharge >= first for s in history.stays)
    if flagged("hospice") or in_hospice or stays or days({"G9473"}, first):
        return "hospice"
    if days({"Z515"}, first):
        return "palliative_care"
    age = age_at_end(history, year) if history.born else None
    if age is not None and age >= 66 and flagged("institutional"):
        return "institutional"
    is_frail = len(days(FRAIL, first)) >= 2
    is_ill = len(days(ILL, date(year - 1, 1, 1))) >= 2 or fills(
        history, {"dementia_medicines"}, date(year - 1, 1, 1), known
    )
    if age is not None and age >= 66 and is_frail and is_ill:
        return "frailty_and_illness"
    if elders_over_80 and age is not None and age >= 81 and is_frail:
        return "frailty"
    for name, codes, is_ever in others:
        if days(codes, date(1900, 1, 1) if is_ever else first):
            return name
    return ""


def with_diabetes(history, year, known):
    """The day on which claims first showed diabetes, or None; without durable equipment."""
    since = date(year - 1, 1, 1)
    found = sorted(
        {c.day for c in history.diagnoses if c.code == "E119" and c.setting != "dme" and since <= c.day <= known}
    )
    medicines = sorted(fills(history, {"diabetes_non_insulin", "insulins"}, since, known))
    options = found[1:2] + ([max(found[0], medicines[0])] if found and medicines else [])
    return min(options, default=None)


def result(history, year, as_of, met, is_met, met_day, last_day, least=18, most=75, **elders) -> dict:
    """The columns that every kind has."""
    known = min(date(year, 12, 31), as_of)
    row = {
        "index_day": max(met, date(year, 1, 1)),
        "exclusion": exclusion(history, year, known, **elders),
        "not_in_denominator": outside(history, year, known, least, most),
        "value_day": met_day,
        "last_day": last_day if known < last_day_of(year) else None,
    }
    row["denominator"] = not (row["exclusion"] or row["not_in_denominator"])
    return row | {"numerator": row["denominator"] and is_met}


def last_day_of(year):
    return date(year, 12, 31)


def glycemic(history: History, year: int, as_of: date, *, is_poor: bool) -> dict | None:
    """gsd_control and gsd_poor_control, or None for somebody without diabetes. Values are per cent."""
    first, known = date(year, 1, 1), min(date(year, 12, 31), as_of)
    met = with_diabetes(history, year, known)
    if met is None:
        return None
    tests = []
    for seen in history.observations:
        if seen.code in A1C | IFCC and first <= seen.day <= known:
            tests.append((seen.day, percent(seen)))
    tests += [(c.day, GLYCEMIC_CODES.get(c.code)) for c in claims(history, {*GLYCEMIC_CODES, "83036"}, first, known)]
    last = max((day for day, _ in tests), default=None)
    told = [(day, value) for day, value in tests if value is not None and day >= last - timedelta(days=7)]
    newest = max((day for day, _ in told), default=None)
    value = min((value for day, value in told if day == newest), default=None)
    is_met = (value is None or value > 9) if is_poor else value is not None and value < 8
    is_good = is_met != is_poor
    return result(history, year, as_of, met, is_met, newest, None if is_good else last_day_of(year))


def percent(seen):
    """The most that a result can be, in per cent; None when it is no number, or no likely one."""
    milli, bound = number(seen.result)
    if milli is None:
        return None
    if seen.code in IFCC or seen.units.lower().startswith("mmol"):
        milli = int((milli * 0.09148 + 2152) / 100 + 0.5) * 100
    if bound == ">":
        return 25
    return milli / 1000 if 2000 <= milli <= 25000 else None
