"""COPD treated in hospital, no long-acting medicine since."""

from datetime import date

from ..gap_rule import gap_rule
from ..rule import Severity, Who, short_day

RULE = gap_rule(
    code="copd_without_controller",
    title="No controller after a COPD attack",
    measure="copd_controller_after",
    who=Who.PHARMACIST,
    severity=lambda case: Severity.URGENT,
    reason=lambda case: (
        f"COPD was treated in hospital or emergency on {short_day(case.index_on)}; no long-acting medicine was at hand then, or "
        f"filled since. {case.closes}"
    ),
    do="Call now: ask what was prescribed on leaving, and where it was filled; check the technique.",
    source="Controller within 30 days after an attack, as the Medicaid programme of the sources asks; limits are background knowledge.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
