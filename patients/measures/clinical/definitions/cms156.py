"""High-risk medications in older adults: ordered twice; antipsychotics and benzodiazepines without a reason; either."""

from datetime import date
from decimal import Decimal

from ..criteria import age, either, every, exists, finished, found, holds, ordered, verified, without
from ..measure import ClinicalMeasure, Group
from ..moments import Moment, Span, days, months_later, overlaps_instants, within_instants
from ..records import Coding
from ..shared import HOSPICE, PALLIATIVE
from ..terminology import CPT, RXNORM
from .visits import OUTPATIENT

OLDER = "Potentially Harmful {} for Older Adults"
TWICE = (
    *(OLDER.format(name) for name in ("Antihistamines", "Antiparkinsonian Agents", "Gastrointestinal Antispasmodics")),
    "Dipyridamole Medications",
    "Guanfacine Medications",
    "Nifedipine Medications",
    *(OLDER.format(name) for name in ("Antidepressants", "Barbiturates")),
    Coding(RXNORM, "318179"),  # ergoloid mesylates 1 mg
    "Meprobamate Medications",
    *(OLDER.format(name) for name in ("Estrogens", "Sulfonylureas")),
    "Desiccated Thyroid Medications",
    *(OLDER.format(name) for name in ("Nonbenzodiazepine Hypnotics", "Skeletal Muscle Relaxants", "Pain Medications")),
    "Megestrol Medications",
    "Meperidine Medications",
)
ANTIINFECTIVES = OLDER.format("Antiinfectives")
ANTIPSYCHOTICS = OLDER.format("Antipsychotics")
BENZODIAZEPINES = OLDER.format("Benzodiazepines")
ANTIINFECTIVE_DAYS = 90
# mg of a unit, by RxNorm number; `mL` where the unit is a millilitre. RxNorm names, U.S. National Library of Medicine.
DIGOXIN = {"245273": ("0.0625", ""), "197604": ("0.125", ""), "197606": ("0.25", "")}
DIGOXIN |= {"393245": ("0.05", "mL"), "204504": ("0.1", "mL"), "104208": ("0.25", "mL")}
DOXEPIN = {
    "966787": ("3", ""),
    "966793": ("6", ""),
    "1000048": ("10", ""),
    "1000070": ("25", ""),
    "1000076": ("50", ""),
}
DOXEPIN |= {"1000097": ("75", ""), "1000058": ("100", ""), "1000064": ("150", ""), "1000054": ("10", "mL")}
DAILY_LIMITS = (
    (DIGOXIN, Decimal("0.125"), "digoxin above 0.125 mg a day"),
    (DOXEPIN, Decimal(6), "doxepin above 6 mg a day"),
)


def in_period(case, order):
    return within_instants(order.when, case.year)


def twice(case, orders):
    """Of the orders of the period, those that are refilled, or that another one of another day, or of another first day of
    supply, repeats."""
    mine = [one for one in orders if in_period(case, one)]
    return [one for one in mine if one.refills >= 1 or any(_repeats(case, one, other) for other in mine)]


def _repeats(case, one, other):
    if one.when.starts.day != other.when.starts.day:
        return True
    if one.supply is None or other.supply is None or one.supply.starts == other.supply.starts:
        return False
    return all(within_instants(Span(each.supply.starts, each.supply.starts), case.year) for each in (one, other))


def _twice_of(code):
    return lambda case: twice(case, case.of("MedicationRequest", [code], ordered))


def _name(code):
    return code if isinstance(code, str) else str(code)


def _anti_infectives(case):
    found_days = [one.supply_days for one in _twice_of(ANTIINFECTIVES)(case) if one.supply_days is not None]
    return sum(found_days) > ANTIINFECTIVE_DAYS, f"{sum(found_days)} days"


def _strong(strengths, limit):
    """Orders, made twice, of more than the limit a day on average."""
    codes = [Coding(RXNORM, code) for code in strengths]

    def find(case):
        orders = case.of("MedicationRequest", codes, ordered)
        return twice(case, [one for one in orders if (_daily(one, strengths) or 0) > limit])

    return find


def _daily(order, strengths):
    """mg a day: quantity by strength over the days supplied; None when it cannot be told."""
    strength, unit = next((strengths[one.code] for one in order.codes if one.code in strengths), ("", ""))
    if not strength or order.quantity is None or not order.supply_days:
        return None
    if unit and order.quantity.unit != unit:
        return None
    return order.quantity.value * Decimal(strength) / order.supply_days


def _no_reason(title, drugs, diagnoses):
    """More than one order, and no diagnosis from a year before the period until the first order of it."""

    def reasons(case):
        orders = [one for one in case.of("MedicationRequest", [drugs], ordered) if in_period(case, one)]
        first = min((one.when.starts for one in orders), default=None)
        if first is None:
            return []
        start = days(months_later(case.first_day, -12), case.last_day).starts
        window = Span(Moment(start.low, start.low), first)
        return [one for one in case.of("Condition", diagnoses, verified) if overlaps_instants(one.when, window)]

    return every(
        f"{title} more than once, without a reason",
        found(f"{title} more than once", _twice_of(drugs)),
        without(found(f"a reason for {title}", reasons)),
    )


FIRST = either(
    "high-risk medication",
    *(found(f"more than once: {_name(code)}", _twice_of(code)) for code in TWICE),
    holds("anti-infectives of more than 90 days", _anti_infectives),
    *(found(label, _strong(strengths, limit)) for strengths, limit, label in DAILY_LIMITS),
)
SECOND = either(
    "antipsychotic or benzodiazepine without a reason",
    _no_reason("antipsychotic", ANTIPSYCHOTICS, ("Schizophrenia", "Bipolar Disorder")),
    _no_reason(
        "benzodiazepine",
        BENZODIAZEPINES,
        (
            "Seizure Disorder",
            "REM Sleep Behavior Disorder",
            "Benzodiazepine Withdrawal",
            "Alcohol Withdrawal",
            "Generalized Anxiety Disorder",
        ),
    ),
)


def in_period_visit(case, encounter):
    return within_instants(encounter.when, case.year)


VISITS = (
    *OUTPATIENT,
    "Ophthalmological Services",
    "Discharge Services Nursing Facility",
    "Nursing Facility Visit",
    "Care Services in Long Term Residential Facility",
    "Virtual Encounter",
    Coding(CPT, "99211"),
)
INITIAL = every(
    "65 or older with a visit", age(65, 200), exists("visit", "Encounter", VISITS, finished, in_period_visit)
)
EXCLUDED = either("excluded", HOSPICE, PALLIATIVE)

MEASURE = ClinicalMeasure(
    code="cms156",
    report="CMS156FHIRHighRiskMedsElderly",
    title="Use of high-risk medications in older adults",
    groups=(
        Group("high-risk medications", INITIAL, FIRST, exclusion=EXCLUDED),
        Group("antipsychotics and benzodiazepines", INITIAL, SECOND, exclusion=EXCLUDED),
        Group("either", INITIAL, either("either", FIRST, SECOND), exclusion=EXCLUDED),
    ),
    claims="hrm",
    source="eCQM CMS156 for the 2026 performance period, eCQI Resource Center; rules in our words.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
