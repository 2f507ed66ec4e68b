"""Opioids and benzodiazepines at once."""

from datetime import date

from ..kinds.overlap import OVERLAP_YEARS, Overlap, Track
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="cob",
    title="Opioids and benzodiazepines at the same time",
    short="Opioid and benzodiazepine",
    kind=Overlap(
        who_fill=("opioids",),
        tracks=(Track("opioids", name="opioid"), Track("benzodiazepines", name="benzodiazepine")),
        at_once=2,
        least_days=30,
        least_supply_days=15,
    ),
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
    unit="days",
    lower_is_better=True,
    revision=1,
    closes="Ask both prescribers whether one of the two can be tapered.",
    source="p4qm.org measure 3389, pqaalliance.org (cob), Ursa Health; domain/measures.md 3.2. PQA-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
