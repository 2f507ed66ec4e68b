"""Opioids and benzodiazepines at once, and no naloxone at home."""

from datetime import date

from ..kinds.overlap import OVERLAP_YEARS, Overlap, Track
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="opioid_benzo_no_naloxone",
    title="Opioid and benzodiazepine at the same time without naloxone",
    short="Opioid, benzodiazepine, no naloxone",
    kind=Overlap(
        who_fill=("opioids",),
        tracks=(Track("opioids", name="opioid"), Track("benzodiazepines", name="benzodiazepine")),
        at_once=2,
        least_days=1,
        track_fill_days=1,
        unless="opioid_reversal",
    ),
    ages=Ages(18),
    exclude=(Exclusion.hospice(),),
    years=OVERLAP_YEARS,
    family=Family.OPIOIDS,
    lines=EVERY_LINE,
    unit="days",
    lower_is_better=True,
    revision=1,
    closes="Offer naloxone: one fill in the last year closes it.",
    source="A measure of our own: CDC Clinical Practice Guideline 2022, recommendations 8 and 11 (offer naloxone with a benzodiazepine).",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
