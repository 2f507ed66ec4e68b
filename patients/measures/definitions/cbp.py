"""Controlling high blood pressure."""

from datetime import date

from ..kinds.blood_pressure import BloodPressure
from ..kinds.diabetes import CLINICAL_YEARS
from ..kinds.diagnosed import Diagnosed
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="cbp",
    title="Blood pressure under control (below 140/90)",
    short="Blood pressure",
    kind=BloodPressure(
        Diagnosed("essential_hypertension", not_settings=("dme", "inpatient", "snf"), until_june=True),
        systolic=140,
        diastolic=90,
    ),
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
        Exclusion("kidney_replaced", diagnoses="kidney_transplant_history", services="kidney_procedures", is_ever=True),
        Exclusion("pregnancy", diagnoses="pregnancy"),
    ),
    years=CLINICAL_YEARS,
    family=Family.CHRONIC,
    lines=EVERY_LINE,
    unit="mmHg",
    revision=1,
    closes="A blood pressure below 140/90 that is the last of the year, outside emergency department and hospital, by {last_day}.",
    source="Public descriptions of CBP (Ursa Health, payer guides), domain/measures.md 3.2; details are background knowledge: two "
    "visits with I10 from 1 January of the year before to 30 June, readings from the second on. HEDIS-like from "
    "administrative data, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
