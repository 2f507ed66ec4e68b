"""Comprehensive medication review of those eligible for medication therapy management."""

from datetime import date

from ..kinds.therapy_management import THERAPY_YEARS, TherapyManagement
from ..measure import MEDICARE_ALONE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="cmr_completion",
    title="Comprehensive medication review held",
    short="Medication review",
    kind=TherapyManagement(asks_review=True),
    ages=Ages(18),
    exclude=(Exclusion.hospice_or_billed(),),
    years=THERAPY_YEARS,
    family=Family.SAFETY,
    lines=MEDICARE_ALONE,
    unit="US dollars",
    revision=4,
    closes="A comprehensive medication review, with its summary sent and safe disposal explained, by {last_day}.",
    source="Public description of CMR completion (pqa.memberclicks.net, cmr.js.txt), read 2026-11; domain/measures.md 3.2. Who "
    "the plan enrolled, and for 60 days, no feed tells: those eligible stand in for them. PQA-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
