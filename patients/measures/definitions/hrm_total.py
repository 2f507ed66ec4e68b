"""High-risk medicines in older adults: either rate (the total)."""

from datetime import date

from ..kinds.high_risk import TO_AVOID, UNLESS_DIAGNOSED
from ..kinds.repeated import REPEATED_YEARS, Repeated
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="hrm_total",
    title="High-risk medicines in older adults, of either kind: two or more fills of one class, 67 and older",
    short="High-risk medicine, total",
    kind=Repeated(classes=(*TO_AVOID, *UNLESS_DIAGNOSED)),
    ages=Ages(67, at_year_end=True),
    exclude=(Exclusion.hospice_or_billed(), Exclusion.palliative()),
    years=REPEATED_YEARS,
    family=Family.SAFETY,
    lines=EVERY_LINE,
    unit="fills",
    lower_is_better=True,
    revision=2,
    closes="Ask the prescriber for a safer medicine before the next fill.",
    source="eCQM 156 (third rate: either of the two), read 2026-11; domain/measures.md 3.2. HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
