"""Opioids without naloxone."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="naloxone_missing",
    title="Opioid without naloxone",
    measure="opioid_without_naloxone",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH if case.whole.gap("opioid_50_mme") else Severity.ROUTINE,
    reason=lambda case: f"{case.fills} opioid fills this year, and no naloxone. {case.closes}",
    do="Offer naloxone, under the standing order where there is one.",
    unless=("opioid_benzo_no_naloxone",),
    source="CDC 2022 on opioids.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
