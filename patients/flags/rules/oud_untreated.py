"""Opioid use disorder without a medicine for it."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who, short_day, times

RULE = gap_rule(
    code="oud_untreated",
    title="No medicine for opioid use disorder",
    measure="oud_start",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    headline=lambda case: f"No medicine for opioid use disorder, by {short_day(case.last_day)}",
    reason=lambda case: (
        f"Opioid use disorder in {times(case.fills, 'claim')} of {case.year}, and no medicine for it. {case.closes}"
    ),
    do="Talk in private: offer naloxone, and a prescriber or treatment programme that can begin a medicine.",
    unless=("pod",),
    source="OUD of the Medicaid adult core set, domain notes on measures 3.2. Labelled as substance use: 42 CFR part 2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
