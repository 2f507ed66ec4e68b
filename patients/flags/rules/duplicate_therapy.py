"""Two medicines of one class."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="duplicate_therapy",
    title="Two medicines of one class",
    measure="duplicate_therapy",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.ROUTINE,
    reason=lambda case: f"Two medicines of one therapeutic class overlapped on {case.value}.",
    do="Ask what the patient takes; ask the prescriber which of the two is meant.",
    source="Duplicate therapy, domain notes on measures; the limit is ours.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
