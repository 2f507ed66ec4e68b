"""Kidney health evaluation of people with diabetes."""

from datetime import date

from ..kinds.diabetes import CLINICAL_YEARS, WITH_DIABETES
from ..kinds.kidney_health import KidneyHealth
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="ked",
    title="Kidneys tested in diabetes (eGFR and albumin-creatinine ratio)",
    short="Kidney tests",
    kind=KidneyHealth(WITH_DIABETES),
    ages=Ages(18, 85, at_year_end=True),
    exclude=(
        Exclusion.hospice_or_billed(),
        Exclusion.palliative(),
        Exclusion.institutional(),
        Exclusion.frail_and_ill(),
        Exclusion.frail(),
        Exclusion(
            "kidney_failure_ever",
            diagnoses="esrd_or_dialysis",
            services="dialysis_services",
            coverage_flag="is_esrd",
            is_ever=True,
        ),
    ),
    years=CLINICAL_YEARS,
    family=Family.CHRONIC,
    lines=EVERY_LINE,
    unit="tests",
    revision=1,
    closes="An eGFR, and a urine albumin-creatinine ratio or both of its parts within 4 days, by {last_day}.",
    source="Public descriptions of KED: hopkinsmedicine.org, BCBSND, BCBSRI, read 2026-11-27; domain/measures.md 3.2. HEDIS-like "
    "from administrative data, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
