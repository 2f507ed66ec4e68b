"""Two anticholinergic medicines at the same time."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="anticholinergics",
    title="Several anticholinergic medicines",
    measure="poly_ach",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.ROUTINE,
    reason=lambda case: f"Two or more anticholinergic medicines overlapped on {case.value}; 30 are the limit.",
    do="Ask about confusion, falls, dry mouth; ask the prescriber to stop or replace one.",
    source="Poly-ACH, domain notes on measures 3.2.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
