"""High-risk medicines in older adults: those to avoid (the first rate)."""

from datetime import date

from ..kinds.high_risk import TO_AVOID
from ..kinds.repeated import REPEATED_YEARS, Repeated
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="hrm",
    title="High-risk medicines in older adults: two or more fills of one class, 67 and older",
    short="High-risk medicine",
    kind=Repeated(classes=TO_AVOID),
    ages=Ages(67, at_year_end=True),
    exclude=(Exclusion.hospice_or_billed(), Exclusion.palliative()),
    years=REPEATED_YEARS,
    family=Family.SAFETY,
    lines=EVERY_LINE,
    unit="fills",
    lower_is_better=True,
    revision=3,
    closes="Ask the prescriber for a safer medicine before the next fill.",
    source="Public descriptions of high-risk medication measures (docslib.org/doc/3938645 and 9508609, eCQM 156 overview); "
    "domain/measures.md 3.2. The first rate. HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
