"""Home from hospital, with diabetes, and nobody knows the A1c."""

from datetime import date

from ..case import Events
from ..happened import DISCHARGE, DISCHARGE_DAYS
from ..rule import Rule, Severity, Who, days, short_day
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given
from .recent_discharge import last_day, nights

A1C, DIABETES = "gsd_poor_control", "diabetes"


def has_no_a1c(case):
    """Diabetes by claims, in the denominator of blood sugar control, and no result this year."""
    gap = case.whole.gap(A1C)
    return DIABETES in case.whole.conditions and gap is not None and gap.value_milli is None


RULE = Rule(
    code="discharged_diabetes_no_a1c",
    title="Home from hospital with diabetes and no A1c",
    about=Events,
    protocol="medication_review",
    service_code="99606",
    who=Who.PHARMACIST,
    when=lambda case: case.measure == DISCHARGE and has_no_a1c(case),
    severity=lambda case: Severity.URGENT,
    headline=lambda case: f"Home for {days(case.days_since)}, diabetes, no A1c in {case.year}",
    reason=lambda case: (
        f"Came home on {short_day(case.newest.last_on)} after {nights(case)} in hospital or a nursing facility; diabetes in claims "
        f"(last {short_day(case.whole.conditions[DIABETES])}), and no A1c known in {case.year}."
    ),
    do=lambda case: (
        "Compare the discharge list with what is taken and filled, insulin above all; ask the prescriber for an A1c."
    ),
    due_on=last_day,
    facts=lambda case: [True],
    beside=lambda case: {"conditions": [DIABETES], "measures": [A1C]},
    limits=(DISCHARGE_DAYS, REST_DAYS),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("medication_review")),
    source="Combination named by the programme of the sources; TRC-MRP and GSD, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
