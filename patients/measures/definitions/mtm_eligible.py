"""Eligible for medication therapy management (Part D)."""

from datetime import date

from ..kinds.therapy_management import THERAPY_YEARS, TherapyManagement
from ..measure import MEDICARE_ALONE, Ages, Family, Measure

MEASURE = Measure(
    code="mtm_eligible",
    title="Eligible for medication therapy management",
    short="MTM eligible",
    kind=TherapyManagement(),
    ages=Ages(18),
    exclude=(),
    years=THERAPY_YEARS,
    family=Family.SAFETY,
    lines=MEDICARE_ALONE,
    unit="US dollars",
    revision=4,
    closes="Nothing to close: the plan offers medication therapy management.",
    source="42 CFR 423.153(d), CMS MTM guidance of 2025 and 2026; thresholds: domain/measures.md (1,623 and 1,276 US dollars), "
    "background knowledge. Own rules: when claims show a disease, and which medicines are taken for long. At risk is who the "
    "eligibility feed says is. Not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
