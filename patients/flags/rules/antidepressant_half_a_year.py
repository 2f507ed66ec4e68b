"""An antidepressant that may be given up before six months."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who

RULE = gap_rule(
    code="antidepressant_half_a_year",
    title="Antidepressant for six months",
    measure="antidepressant_continuation",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.ROUTINE,
    reason=lambda case: f"An antidepressant is to be taken for six months without a long gap. {case.closes}",
    do="Ask how it works and what would make it easier; no stopping without the prescriber.",
    unless=("antidepressant_acute",),
    source="Antidepressant persistence, HEDIS-like, public descriptions.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
