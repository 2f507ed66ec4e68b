"""Treatment of opioid use disorder that may end."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="oud_treatment_gap",
    title="Treatment may end",
    measure="pod",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.URGENT,
    reason=lambda case: f"The treatment is to go on for 180 days without a gap of 8. {case.closes}",
    do="Call today, in private: stopping is dangerous; help with the refill, the ride or the prescriber.",
    source="POD, domain notes on measures 3.2. Labelled as substance use: 42 CFR part 2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
