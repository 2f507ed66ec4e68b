"""Opioids at 90 and more morphine milligram equivalents a day."""

from datetime import date

from ..kinds.opioid_dose import OpioidDose
from ..kinds.overlap import OVERLAP_YEARS
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="ohd",
    title="Opioids at 90 or more morphine milligram equivalents a day on average",
    short="Opioid dose of 90 MME",
    kind=OpioidDose(limit_mme=90),
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
    source="pqaalliance.org (ohd), agedcareconsortium.com (indpc0643), CDC 2022 and 2016 for the factors; domain/measures.md 3.2, 3.3. "
    "PQA-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
