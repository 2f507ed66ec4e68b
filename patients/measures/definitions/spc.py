"""Statin therapy for people with cardiovascular disease."""

from datetime import date

from ..kinds.diabetes import CLINICAL_YEARS
from ..kinds.statin_therapy import StatinTherapy
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="spc",
    title="Statin in cardiovascular disease (moderate or high intensity)",
    short="Statin in heart disease",
    kind=StatinTherapy("statins_moderate_or_high", women_later=19),
    ages=Ages(21, 75, at_year_end=True),
    exclude=(
        Exclusion.hospice_or_billed(),
        Exclusion.palliative(),
        Exclusion.institutional(),
        Exclusion.frail_and_ill(),
        Exclusion("pregnancy", diagnoses="pregnancy", years_back=1),
        Exclusion(
            "kidney_failure",
            diagnoses="esrd_or_dialysis",
            services="dialysis_services",
            coverage_flag="is_esrd",
            years_back=1,
        ),
        Exclusion("cirrhosis", diagnoses="cirrhosis", years_back=1),
        Exclusion("muscle_pain", diagnoses="muscle_pain"),
        Exclusion("fertility", drugs="fertility", years_back=1),
    ),
    years=CLINICAL_YEARS,
    family=Family.STATINS,
    lines=EVERY_LINE,
    revision=1,
    closes="One fill of a statin at moderate or high intensity by {last_day}.",
    source="Public descriptions of SPC: hopkinsmedicine.org, scanhealthplan.com, fchcinc.org, read 2026-11; statin intensity: NCQA "
    "heart and stroke programme, Humana; domain/measures.md 3.2. The first rate only; in vitro fertilisation is not read. "
    "HEDIS-like from administrative data, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
