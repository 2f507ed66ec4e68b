"""Asthma treated in hospital, no controller since."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who, short_day

RULE = gap_rule(
    code="asthma_without_controller",
    title="No controller after an asthma attack",
    measure="asthma_controller_after",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.URGENT,
    reason=lambda case: (
        f"Asthma was treated in hospital or emergency on {short_day(case.index_on)}; no controller was at hand then, or filled "
        f"since. {case.closes}"
    ),
    do="Call now: ask what was prescribed on leaving, and where it was filled; ask the prescriber for a controller.",
    source="Controller within 30 days after an attack, as the Medicaid programme of the sources asks; limits are background knowledge.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
