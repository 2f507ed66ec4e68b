"""A new antidepressant that may be given up."""

from datetime import date

from ..gap_rule import gap_rule
from ..persistence import asked, headline, so_far
from ..rule import Severity, Who

RULE = gap_rule(
    code="new_antidepressant",
    title="New antidepressant",
    measure="antidepressant_acute",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.HIGH,
    reason=lambda case: f"A new antidepressant is to {asked(case)}. {so_far(case)}{case.closes}",
    headline=headline,
    do="Ask about side effects and what the patient expects; most work after weeks; offer a call in two weeks.",
    source="Antidepressant persistence, HEDIS-like, public descriptions.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
