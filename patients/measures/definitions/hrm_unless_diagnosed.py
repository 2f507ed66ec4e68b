"""High-risk medicines in older adults: antipsychotics and benzodiazepines without a diagnosis for them (the second rate)."""

from datetime import date

from ..kinds.high_risk import UNLESS_DIAGNOSED
from ..kinds.repeated import REPEATED_YEARS, Repeated
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="hrm_unless_diagnosed",
    title="Antipsychotics or benzodiazepines without a diagnosis for them: two or more fills, 67 and older",
    short="High-risk medicine, no diagnosis",
    kind=Repeated(classes=UNLESS_DIAGNOSED),
    ages=Ages(67, at_year_end=True),
    exclude=(Exclusion.hospice_or_billed(), Exclusion.palliative()),
    years=REPEATED_YEARS,
    family=Family.SAFETY,
    lines=EVERY_LINE,
    unit="fills",
    lower_is_better=True,
    revision=2,
    closes="Ask the prescriber what it is for, and about a slow taper.",
    source="eCQM 156 (second rate), read 2026-11; domain/measures.md 3.2. That a diagnosis counts from the year before to the first fill "
    "of the year is that eCQM's rule; code ranges and the medicines of the two classes (without injections) are background knowledge. "
    "HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
