"""An antidepressant that may be given up before six months."""

from datetime import date

from ..gap_rule import gap_rule
from ..persistence import asked, headline, so_far
from ..rule import Severity, Who

RULE = gap_rule(
    code="antidepressant_half_a_year",
    title="Antidepressant for six months",
    measure="antidepressant_continuation",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.ROUTINE,
    reason=lambda case: f"A new antidepressant is to {asked(case)}. {so_far(case)}{case.closes}",
    headline=headline,
    do="Ask how it works and what would make it easier; no stopping without the prescriber.",
    unless=("antidepressant_acute",),
    source="Antidepressant persistence, HEDIS-like, public descriptions.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
