"""What stands behind one result, as tables that one can redo by hand: made from measures.queries.explain."""

from datetime import date

from carecoord.kernel.drugs import sets
from patients.measures import code_lists
from patients.measures.kinds import sources
from patients.measures.reasons import EXCLUSION, NOT_COMPUTED, NOT_IN_DENOMINATOR
from patients.models import LineOfBusiness

LIMITS = {
    "drugs": "Medicines",
    "who_fill": "Medicines that ask for it",
    "needs": "Medicines that are asked for",
    "needs_back_days": "Days before the year in which they count, too",
    "threshold_bp": "Goal",
    "min_period_days": "Fewest days from the first fill to the end",
    "least_fill_days": "Fewest days with a fill",
    "track_fill_days": "Fewest days with a fill of each",
    "least_supply_days": "Fewest days of supply in all",
    "least_episode_days": "Fewest days from the first to the last supply",
    "least_days": "Fewest days that count",
    "window_days": "Days that are looked at together",
    "follow_days": "Days that are followed",
    "history_days": "Days before without a fill",
    "intake_back_days": "Days before the year's end by which a treatment begins",
    "diagnosis_days": "Days from the first fill within which the diagnosis is coded",
    "longest_gap_days": "Longest gap that is allowed, days",
    "at_once": "Medicines at hand on one day",
    "limit_mme": "Limit, morphine milligram equivalents a day",
    "systolic_milli": "Systolic pressure below",
    "diastolic_milli": "Diastolic pressure below",
    "least_milli": "At least",
    "most_milli": "Below",
    "least_age": "Youngest age",
    "most_age": "Oldest age",
    "enrolment_gap_days": "Longest gap in cover, days",
    "pharmacy_share_bp": "Share from which a member counts to a pharmacy",
    "stay_adjustment": "Hospital days leave the period",
    "stay_includes_discharge_day": "The day of discharge is a hospital day",
}
RESULT = {
    "denominator": "Counts in the measure",
    "numerator": "In the numerator",
    "exclusion": "Excluded by",
    "not_in_denominator": "Not in the measure",
    "not_computed": "Not computed",
    "covered_days": "Covered days to date",
    "period_days": "Days of the period to date",
    "full_period_days": "Days of the whole period",
    "stay_days": "Hospital days taken out",
    "threshold_bp": "Goal",
    "index_day": "First day",
    "period_end_day": "Last day of the period",
    "last_day": "Last day to act",
    "days_left": "Days that may still be missed",
    "supply_ends_day": "Supply ends",
    "next_refill_day": "Next refill due",
    "fills": "Claims that it begins with",
    "value_milli": "Value",
    "second_milli": "Second value",
    "limit_milli": "Limit",
    "value_day": "Day of the value",
    "value_event_id": "Event of the value",
}
ROLES = {
    "asks": "puts into the measure",
    "meets": "meets it",
    "value": "gives the value",
    "reason": "is a reason for it",
}
MORE = {
    "uncovered": "Days without a medicine",
    "gaps": "Days without a medicine",
    "overlaps": "Days with several medicines at hand",
    "window": "The days that count most",
    "episode": "From the first to the last day of supply",
    "classes": "By class of medicine",
    "medicines": "Each medicine",
    "fills": "What was dispensed",
    "doses": "Doses billed as a service",
}
"""Parts of the evidence that only some measures have. Amounts are in the unit that the name says."""
PARTIES = (("pharmacy", "pharmacy_ref"), ("prescriber", "prescriber_ref"))
NOT_SAID = {"patient_id", "pharmacy_id", "event_id", "ndc", "strength_ng", "state"}
HIDDEN = {"patient_id"}


def tables(explained):
    """The evidence as the template wants it: `result` and `limits` as (words, value), `claims`, `exclusions`, `coverage` as
    rows with dates, `more` as (title, lines of words). Of adherence, `claims` are its fills, `pharmacies` who dispensed what share
    of them, and `with_cash` what fills paid in cash would add, which is for the pharmacist."""
    return {
        "result": [
            (RESULT.get(name, _plain(name)), _amount(name, value)) for name, value in _facts(explained["result"] or {})
        ],
        "limits": [
            (LIMITS.get(name, _plain(name)), _amount(name, value)) for name, value in explained["limits"].items()
        ],
        "claims": [_claim(row) for row in explained.get("claims") or ()]
        or [_fill(row) for row in explained.get("fills", ())],
        "exclusions": [row | {"day": _day(row["day"])} for row in explained["exclusions"]],
        "coverage": [
            row | {"starts_on": _day(row["starts_on"]), "ends_on": _day(row["ends_on"]), "line": _line(row)}
            for row in explained["coverage"]
        ],
        "stays": [
            row | {"admitted_on": _day(row["admitted_on"]), "discharged_on": _day(row["discharged_on"])}
            for row in explained.get("stays", ())
        ],
        "pharmacies": [_place(row) for row in explained.get("pharmacies", ())],
        "with_cash": _with_cash(explained) if explained.get("with_cash") else None,
        "more": [
            (title, list(_lines(explained, name)))
            for name, title in MORE.items()
            if explained.get(name) and (name != "fills" or explained.get("claims"))
        ],
    }


def _lines(explained, name):
    """Each row of a part of the evidence that only some measures have, in words."""
    rows = explained[name]
    if name == "fills":
        yield from map(_dispensed, rows)
        return
    for row in [rows] if isinstance(rows, dict) else rows:
        facts = ((_plain(key).lower(), _value(value)) for key, value in row.items() if key not in NOT_SAID)
        yield ", ".join(f"{key} {_words(value)}" for key, value in facts if value not in (None, "", []))


def _dispensed(fill):
    """'17 Jan 2026: Metformin, quantity 90 for 90 days, pharmacy 1000000186, prescriber 1000010250, covers ...'."""
    supply = "days' supply not known" if fill.get("days_supply") is None else f"{fill['days_supply']} days"
    parts = [fill["product"], f"quantity {fill['quantity']} for {supply}" if fill.get("quantity") else supply]
    parts += [f"{word} {fill[name]}" for word, name in PARTIES if fill.get(name)]
    if fill.get("covers_from"):
        parts.append(f"covers {_words(_day(fill['covers_from']))} to {_words(_day(fill['covers_to']))}")
    return f"{_words(_day(fill['day']))}: {', '.join(parts)}"


def _words(value):
    return f"{value:%-d %b %Y}" if isinstance(value, date) else value


def _facts(result):
    return ((name, value) for name, value in result.items() if name not in HIDDEN and value not in (None, ""))


def _claim(row):
    return row | {"day": _day(row["day"]), "role": ROLES.get(row["role"], row["role"])}


def _fill(row):
    moved = f"covers {row['starts_on']} to {row['ends_on']}" if row.get("starts_on") else ""
    carried = f", {row['carried_days']} days carried over" if row.get("carried_days") else ""
    return {
        "role": f"{moved}{carried}" or "puts into the measure",
        "day": _day(row["day"]),
        "event_id": row["event_id"],
        "what": f"{row['product']}, {row['ingredient']}, {row['days_supply']} days",
        "code": row["ndc"],
        "doubt": row["doubt"],
    }


def _place(row):
    share = "" if row["share_bp"] is None else f"{row['share_bp'] / 100:.2f}%"
    return row | {
        "name": row["name"] or row["pharmacy_ref"] or "A pharmacy that the feed does not name",
        "share": share,
    }


def _with_cash(explained):
    """`percent` with the cash fills and `plan_percent` without them, cut off, their days, and the cash fills in words."""
    found, covered = explained["with_cash"], explained["result"]["covered_days"]
    days = found["period_days"]
    return {
        "percent": 100 * found["covered_days"] // days,
        "plan_percent": 100 * covered // days,
        "covered_days": found["covered_days"],
        "plan_covered_days": covered,
        "period_days": days,
        "fills": [_cash_fill(fill) for fill in found["fills"]],
    }


def _cash_fill(fill):
    supply = f"{fill['days_supply']} days" if fill["days_supply"] else "days' supply not known, so not counted"
    what = f"{fill['product']}, {fill['ingredient']}, {supply}"
    return {"day": _day(fill["day"]), "what": what, "code": fill["ndc"], "doubt": fill["doubt"]}


def _plain(name):
    return name.replace("_", " ").capitalize()


def _line(row):
    line = row["line_of_business"]
    return LineOfBusiness(line).label if line in LineOfBusiness else line


def _amount(name, value):
    """The value of a fact or limit as people write it: shares in percent, thousandths as numbers, codes by their titles."""
    if name == "exclusion":
        return EXCLUSION.get(value, value)
    if name == "not_in_denominator":
        return NOT_IN_DENOMINATOR.get(value, value)
    if name == "not_computed":
        return NOT_COMPUTED.get(value, value)
    if isinstance(value, int) and name.endswith("_bp"):
        return f"{value / 100:g}%"
    if isinstance(value, int) and name.endswith("_milli"):
        return f"{value / 1000:g}"
    if isinstance(value, list | tuple):
        return "; ".join(str(_titled(one)) for one in value)
    return _value(_titled(value))


def _titled(code):
    """What a drug set or code list is called; anything else as it is."""
    if not isinstance(code, str) or not code:
        return code
    if code in sets.every():
        return sets.title(code)
    return code_lists.title(sources.path(code)) if sources.path(code).exists() else code


def _value(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return _day(value) if _is_day(value) else value


def _is_day(value):
    return isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-"


def _day(text):
    return text and date.fromisoformat(text)
