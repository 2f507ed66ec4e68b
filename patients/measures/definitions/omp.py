"""Opioids from many prescribers and many pharmacies."""

from datetime import date

from ..kinds.overlap import OVERLAP_YEARS
from ..kinds.prescribers import Prescribers
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="omp",
    title="Opioids from four or more prescribers and four or more pharmacies",
    short="Opioids from many hands",
    kind=Prescribers(prescribers=4, pharmacies=4, window_days=180),
    ages=Ages(18),
    exclude=(
        Exclusion.hospice(),
        Exclusion("cancer", diagnoses="cancer"),
        Exclusion("sickle_cell", diagnoses="sickle_cell"),
    ),
    years=OVERLAP_YEARS,
    family=Family.OPIOIDS,
    lines=EVERY_LINE,
    second_words=" prescribers, {} pharmacies",
    lower_is_better=True,
    revision=1,
    closes="Agree with the member and the prescribers on one prescriber and one pharmacy.",
    source="pqaalliance.org (omp); domain/measures.md 3.2. PQA-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
