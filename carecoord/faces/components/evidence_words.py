"""What the facts and limits behind a result are called, and how their values are written."""

from datetime import date

from carecoord.kernel.drugs import sets
from patients.measures import code_lists
from patients.measures.kinds import sources
from patients.measures.kinds.persistence import ANY_GAP
from patients.measures.reasons import EXCLUSION, NOT_COMPUTED, NOT_IN_DENOMINATOR

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
    "cover_days": "Days from the first fill with cover",
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
    "least_days_with_diagnosis": "Fewest days with the diagnosis",
    "or_one_and_medicines": "Or on one, and a fill of",
    "least_diseases": "Fewest core diseases",
    "least_drugs": "Fewest medicines taken for long",
    "least_cents": "Least cost of medicines",
    "use_days": "Days that are looked back on",
    "apart_days": "Most days between the parts of a test",
    "same_test_days": "Days within which results are one test",
    "is_poor": "Counts those who are out of control",
    "over_days": "More days of supply than",
    "least_percent": "Least share of controllers, percent",
    "within_days": "Days to act in",
    "act_days": "Days to act in",
    "merge_days": "Most days between stays that are one",
    "women_later": "Women begin so many years later",
    "limit_milli": "Limit",
    "schedules": "Doses that are asked for",
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
    "limit_milli": "Limit",
    "value_day": "Day of the value",
    "value_event_id": "Event of the value",
}
CODED = {"exclusion": EXCLUSION, "not_in_denominator": NOT_IN_DENOMINATOR, "not_computed": NOT_COMPUTED}


def amount(name, value):
    """The value of a fact or limit as people write it: shares in percent, thousandths as numbers, codes by their titles."""
    if name in CODED:
        return CODED[name].get(value, value)
    if name == "schedules":
        return "; ".join(_schedule(*one) for one in value)
    if name == "longest_gap_days" and value == ANY_GAP:
        return "any"
    unit = name.rpartition("_")[2]
    if unit in WRITTEN and isinstance(value, int):
        return WRITTEN[unit].format(value / (1000 if unit == "milli" else 100))
    return _value(value)


WRITTEN = {"bp": "{:g}%", "milli": "{:g}", "cents": "${:,.2f}"}
"""How a number is written whose name ends so; it is kept in hundredths, or thousandths."""


def plain(name):
    """A name that has no words of its own."""
    return name.replace("_", " ").capitalize()


def day_of(text):
    """The date of an ISO text; nothing for nothing."""
    return text and date.fromisoformat(text)


def _schedule(code, doses, days):
    return f"{plain(code)}: {doses}" + (f", over at least {days} days" if days else "")


def _value(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{_titled(code)}: {one}" for code, one in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(str(_titled(one)) for one in value)
    if isinstance(value, str):
        return day_of(value) if _is_day(value) else _titled(value)
    return value


def _titled(code):
    """What a drug set or code list is called; anything else as it is."""
    if not isinstance(code, str) or not code:
        return code
    if code in sets.every():
        return sets.title(code)
    path = sources.path(code)
    return code_lists.title(path) if path.exists() else code


def _is_day(text):
    return len(text) == 10 and text[4] == text[7] == "-"
