"""Measures of a calendar year, the slow way: cover, age, exclusions, diabetes, blood pressure. Written from the rules, not from the SQL."""

from datetime import date, timedelta

from .history import PRODUCTS, History, number

DAY = timedelta(days=1)
GLYCEMIC_CODES = {"3044F": 6.999, "3051F": 7.999, "3052F": 9, "3046F": 25}
A1C, IFCC = {"4548-4", "17856-6", "97506-0"}, {"59261-8"}
FRAIL, ILL = {"R54", "E0100"}, {"I509", "N186", "K7460"}


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
    return known in covered_days(history, first, known) and has_one_gap(history, first, known, gap)


def has_one_gap(history, first, last, gap) -> bool:
    """Covered on every day of first..last, save one run of at most `gap` days."""
    covered = covered_days(history, first, last)
    bare = [first + DAY * n for n in range((last - first).days + 1) if first + DAY * n not in covered]
    return not bare or len(bare) == (bare[-1] - bare[0]).days + 1 <= gap


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


KIDNEY_EVER = ("kidney_failure_ever", {"N186", "90999"}, True)
SYSTOLIC_CODES = {"3074F": 129, "3075F": 139, "3077F": 300}
DIASTOLIC_CODES = {"3078F": 79, "3079F": 89, "3080F": 300}


def flag_of_kidneys(history, known) -> bool:
    return any(span.esrd and span.starts <= known for span in history.spans)


def with_kidneys(history, row, known):
    """An enrolment indicator of kidney failure counts as a claim does, after the exclusions that come before it."""
    goes_first = not row["exclusion"] or row["exclusion"] in ("kidney_replaced", "pregnancy")
    if goes_first and flag_of_kidneys(history, known):
        row |= {"exclusion": "kidney_failure_ever", "denominator": False, "numerator": False}
    return row


def with_hypertension(history, year, known):
    """The day of the second visit with I10, from January of the year before to June."""
    first, last = date(year - 1, 1, 1), min(known, date(year, 6, 30))
    days = {c.day for c in history.diagnoses if c.code == "I10" and c.setting not in ("dme", "inpatient", "snf")}
    found = sorted(day for day in days if first <= day <= last)
    return found[1] if len(found) > 1 else None


def blood_pressure(history: History, year: int, as_of: date) -> dict | None:
    """cbp, or None for somebody without hypertension."""
    first, known = date(year, 1, 1), min(date(year, 12, 31), as_of)
    met = with_hypertension(history, year, known)
    if met is None:
        return None
    emergencies = {c.day for c in history.services if c.code == "99283"}

    def counts(day):
        in_hospital = any(s.kind == "inpatient" and s.admission <= day <= s.discharge for s in history.stays)
        return max(first, met) <= day <= known and day not in emergencies and not in_hospital

    numbers = {}
    for seen in history.observations:
        part = {"8480-6": "upper", "8462-4": "lower"}.get(seen.code)
        milli, bound = number(seen.result)
        if part and counts(seen.day) and milli is not None and 20_000 <= milli <= 300_000:
            numbers.setdefault((seen.day, part), []).append(300 if bound == ">" else milli / 1000)
    for claim in history.services:
        for part, codes in (("upper", SYSTOLIC_CODES), ("lower", DIASTOLIC_CODES)):
            if claim.code in codes and claim.setting != "inpatient" and counts(claim.day):
                numbers.setdefault((claim.day, part), []).append(codes[claim.code])
    days = [day for day, part in numbers if part == "upper" and (day, "lower") in numbers]
    last = max(days, default=None)
    is_met = last is not None and min(numbers[last, "upper"]) < 140 and min(numbers[last, "lower"]) < 90
    others = (KIDNEY_EVER, ("kidney_replaced", {"50360"}, True), ("pregnancy", {"Z3400"}, False))
    row = result(
        history, year, as_of, met, is_met, last, None if is_met else last_day_of(year), most=85, elders_over_80=True,
        others=others,
    )  # fmt: skip
    return with_kidneys(history, row, known)


def kidneys(history: History, year: int, as_of: date) -> dict | None:
    """ked, or None for somebody without diabetes."""
    first, known = date(year, 1, 1), min(date(year, 12, 31), as_of)
    met = with_diabetes(history, year, known)
    if met is None:
        return None

    def days(services, labs):
        found = {c.day for c in claims(history, services, first, known)}
        return found | {seen.day for seen in history.observations if seen.code in labs and first <= seen.day <= known}

    rates, ratios = days({"80053"}, {"98979-8"}), days(set(), {"9318-7"})
    albumin, creatinine = days({"82043"}, {"14957-5"}), days({"82570"}, {"2161-8"})
    ratios |= {max(a, c) for a in albumin for c in creatinine if abs((a - c).days) <= 4}
    is_met = bool(rates and ratios)
    row = result(
        history, year, as_of, met, is_met, max(min(rates), min(ratios)) if is_met else None,
        None if is_met else last_day_of(year), most=85, elders_over_80=True, others=(KIDNEY_EVER,),
    )  # fmt: skip
    return with_kidneys(history, row, known)


def eyes(history: History, year: int, as_of: date) -> dict | None:
    """eed, or None for somebody without diabetes."""
    first, known = date(year, 1, 1), min(date(year, 12, 31), as_of)
    met = with_diabetes(history, year, known)
    if met is None:
        return None
    before, eve = date(year - 1, 1, 1), first - DAY
    exams = {c.day for c in claims(history, {"92014", "92229", "2022F", "2023F", "3072F"}, first, known)}
    exams |= {c.day for c in claims(history, {"2023F"}, before, eve)}
    healthy = {c.day for c in claims(history, {"E119"}, before, eve)}
    exams |= {c.day for c in claims(history, {"92014"}, before, eve) if c.day in healthy}
    removed = {
        code: [c.day for c in claims(history, {code}, date(1900, 1, 1), known)]
        for code in ("08T0XZZ", "08T1XZZ", "65101")
    }
    of_any = [day for days in removed.values() for day in days]
    is_apart = any(abs((one - other).days) >= 14 for one in removed["65101"] for other in of_any)
    if removed["08T0XZZ"] and removed["08T1XZZ"] or is_apart:
        exams.add(max(of_any))
    is_met = bool(exams)
    return result(
        history, year, as_of, met, is_met, max(exams, default=None), None if is_met else last_day_of(year)
    )  # fmt: skip


SHOTS = {
    "influenza": ({"140"}, {"G0008"}, {"fluzone"}),
    "td_tdap": ({"115"}, {"90715"}, {"boostrix"}),
    "zoster": ({"187"}, {"90750"}, {"shingrix"}),
    "pneumococcal": ({"33"}, {"90677"}, {"prevnar"}),
    "rsv": ({"305"}, {"90679"}, {"arexvy"}),
    "covid19": ({"309"}, {"90480"}, {"comirnaty"}),
    "hepatitis_b": ({"43", "189"}, {"90746"}, {"engerix", "heplisav"}),
}
"""Codes and products of each vaccine, as generated histories use them."""
AGES = {"influenza": (19, None), "td_tdap": (19, None), "zoster": (50, None), "pneumococcal": (65, None)}
AGES |= {"rsv": (75, None), "covid19": (65, None), "hepatitis_b": (19, 59)}


def shots(history, vaccine, first, last) -> list[date]:
    cvx, services, products = SHOTS[vaccine]
    days = {dose.day for dose in history.vaccines if dose.code in cvx} | dispensed(history, products)
    return sorted(day for day in days | {c.day for c in claims(history, services, first, last)} if first <= day <= last)


def dispensed(history, products) -> set[date]:
    """The days of a claim of a pharmacy; what was paid in cash is none."""
    return {fill.day for fill in history.fills if fill.product in products}


def vaccine(history: History, year: int, as_of: date, *, name: str) -> dict | None:
    """vaccine_<name>, or None for somebody of another age, or without any cover in the year."""
    first, known = date(year, 1, 1), min(date(year, 12, 31), as_of)
    least, most = AGES[name]
    ends = date(year, 6, 30) if name in ("influenza", "covid19") else date(year, 12, 31)
    begins = {"influenza": date(year - 1, 7, 1), "covid19": date(year - 1, 7, 1), "td_tdap": date(year - 9, 1, 1)}
    begins |= {"zoster": date(2017, 10, 1)}
    if history.born:
        age = year - history.born.year - ((history.born.month, history.born.day) > (1, 1))
        if age < least or (most is not None and age > most):
            return None
    if not any(span.starts <= known and (span.ends is None or span.ends >= first) for span in history.spans):
        return None
    days = shots(history, name, begins.get(name, date(1900, 1, 1)), min(ends, known))
    if name == "pneumococcal" and history.born:
        grown = history.born.year + 19, history.born.month, history.born.day
        days = [day for day in days if (day.year, day.month, day.day) >= grown]
    met = days[0] if days else None
    if name == "zoster":
        met = next((day for day in days if (day - days[0]).days >= 28), None)
    if name == "hepatitis_b":
        quick = {dose.day for dose in history.vaccines if dose.code == "189"} | dispensed(history, {"heplisav"})
        quick = sorted(day for day in quick if day <= known)
        ready = days[2:3] + [day for day in quick if (day - quick[0]).days >= 28]
        met = min(ready, default=None)
        ill = [c.day for c in history.diagnoses if c.code == "B181" and c.day <= known]
        met = met or min(ill, default=None)
    row = {
        "index_day": first,
        "exclusion": "hospice" if exclusion(history, year, known) == "hospice" else "",
        "not_in_denominator": outside(history, year, known, least, most, at_end=False),
        "value_day": met,
        "value_milli": len(days) * 1000,
        "last_day": None if met or known >= ends else ends,
    }
    row["denominator"] = not (row["exclusion"] or row["not_in_denominator"])
    return row | {"numerator": row["denominator"] and met is not None}
