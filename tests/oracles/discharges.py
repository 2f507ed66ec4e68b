"""What follows discharges, the slow way: episodes, reconciliation, readmission. Written from the rules, not from the SQL."""

from datetime import date, timedelta

from . import clinical
from .history import History

DIED, STILL_THERE, AGAINST_ADVICE = {"20", "40", "41", "42"}, {"30"}, {"07"}


def episodes(history: History, kinds, known, apart) -> list[dict]:
    """Stays in order, one with the next while it begins no more than `apart` days after the end so far."""
    stays = sorted(
        (s for s in history.stays if s.kind in kinds and s.admission <= known), key=lambda s: (s.admission, s.discharge)
    )
    found = []
    for stay in stays:
        if found and (stay.admission - found[-1]["ends"]).days <= apart:
            one = found[-1]
            # of stays that end on one day, the one that began last tells how it ended
            if stay.discharge >= one["ends"]:
                same = stay.discharge == one["ends"] and stay.admission == one["last_began"]
                one["status"] = min(one["status"], stay.status) if same else stay.status
                one["last_began"] = stay.admission
            one["ends"] = max(one["ends"], stay.discharge)
        else:
            begun = {"begins": stay.admission, "ends": stay.discharge}
            found.append(begun | {"status": stay.status, "last_began": stay.admission})
    return found


def covered_after(history, day, known) -> bool:
    """Every day from the discharge to thirty days later, as far as known."""
    last = min(day + timedelta(days=30), known)
    return len(clinical.covered_days(history, day, last)) == max((last - day).days + 1, 0)


def outside(history, year, known, *, death_counts) -> str:
    if history.born is None:
        return "no_birth_date"
    if clinical.age_at_end(history, year) < 18:
        return "under_age"
    return "died" if death_counts and history.died and date(year, 1, 1) <= history.died <= known else ""


def row_of(history, year, known, counted, met, why, is_met) -> dict:
    row = {
        "exclusion": "hospice" if clinical.exclusion(history, year, known) == "hospice" else "",
        "not_in_denominator": why or ("" if counted else "not_covered_after"),
        "value_milli": met * 1000,
        "second_milli": counted * 1000,
    }
    row["denominator"] = not (row["exclusion"] or row["not_in_denominator"])
    return row | {"numerator": row["denominator"] and is_met}


def of_the_year(found, year, known, without):
    return [
        one
        for one in found
        if date(year, 1, 1) <= one["ends"] <= min(date(year, 12, 1), known) and one["status"] not in without
    ]


def reconciliation(history: History, year: int, as_of: date) -> dict | None:
    """trc_reconciliation, or None for somebody without a discharge."""
    known = min(date(year, 12, 31), as_of)
    home = of_the_year(episodes(history, {"inpatient", "snf"}, known, 30), year, known, DIED | STILL_THERE)
    if not home:
        return None
    days = [c.day for c in history.services if c.code == "1111F" and c.setting != "inpatient" and c.day <= known]
    counted = [one for one in home if covered_after(history, one["ends"], known)]
    until = {one["ends"]: one["ends"] + timedelta(days=30) for one in counted}
    done = [ends for ends, last in until.items() if any(ends <= day <= last for day in days)]
    why = outside(history, year, known, death_counts=True)
    row = row_of(history, year, known, len(counted), len(done), why, len(done) == len(counted))
    waiting = [last for ends, last in until.items() if ends not in done and last > known]
    return row | {"last_day": min(waiting, default=None)}


def readmission(history: History, year: int, as_of: date) -> dict | None:
    """readmission_30, or None for somebody without an index stay."""
    known = min(date(year, 12, 31), as_of)
    found = episodes(history, {"inpatient"}, known, 1)

    def has(one, codes, *, first):
        claims = [c for c in history.diagnoses if c.is_principal] if first else history.services
        inside = (c for c in claims if c.setting == "inpatient" and one["begins"] <= c.day <= min(one["ends"], known))
        return any(c.code in codes for c in inside)

    births = [one for one in found if has(one, {"O80"}, first=True)]
    planned = [one for one in found if has(one, {"Z5111"}, first=True) or has(one, {"0TY00Z0"}, first=False)]
    index = of_the_year(found, year, known, DIED | STILL_THERE | AGAINST_ADVICE)
    index = [one for one in index if one["ends"] > one["begins"] and one not in births]
    if not index:
        return None
    counted = [one for one in index if covered_after(history, one["ends"], known)]
    others = [one for one in found if one not in births + planned]
    back = [
        one for one in counted if any(0 < (other["begins"] - one["ends"]).days <= 30 for other in others)
    ]  # fmt: skip
    why = outside(history, year, known, death_counts=False)
    return row_of(history, year, known, len(counted), len(back), why, bool(back))
