"""Opioids at 50 and more morphine milligram equivalents a day."""

from datetime import date

from ..kinds.opioid_dose import OpioidDose
from ..kinds.overlap import OVERLAP_YEARS
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="opioid_50_mme",
    title="Opioids at 50 or more morphine milligram equivalents a day on average",
    short="Opioid dose of 50 MME",
    kind=OpioidDose(limit_mme=50),
    ages=Ages(18),
    exclude=(
        Exclusion.hospice(),
        Exclusion("cancer", diagnoses="cancer"),
        Exclusion("sickle_cell", diagnoses="sickle_cell"),
        Exclusion("palliative_care", diagnoses="palliative_care"),
    ),
    years=OVERLAP_YEARS,
    family=Family.OPIOIDS,
    lines=EVERY_LINE,
    unit="MME a day",
    second_words=" (highest day {})",
    lower_is_better=True,
    revision=1,
    closes="Ask the prescriber about the dose and a slow taper; offer naloxone.",
    source="A measure of our own, built like ohd: CDC Clinical Practice Guideline 2022 names 50 MME a day as the dose to pause at.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
