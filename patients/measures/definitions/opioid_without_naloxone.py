"""Opioids on a regular basis, and no naloxone at home."""

from datetime import date

from ..kinds.presence import PRESENCE_YEARS, Presence
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="opioid_without_naloxone",
    title="Naloxone for people who take opioids",
    short="Opioid without naloxone",
    kind=Presence(who_fill=("opioids",), needs="opioid_reversal", min_period_days=30, needs_back_days=365),
    ages=Ages(18),
    exclude=(
        Exclusion.hospice(),
        Exclusion("cancer", diagnoses="cancer"),
        Exclusion("sickle_cell", diagnoses="sickle_cell"),
        Exclusion("palliative_care", diagnoses="palliative_care"),
    ),
    years=PRESENCE_YEARS,
    family=Family.OPIOIDS,
    lines=EVERY_LINE,
    revision=1,
    closes="One naloxone fill by {last_day}.",
    source="A measure of our own: CDC Clinical Practice Guideline 2022, recommendation 8. "
    "A fill of the year before counts: it is kept for years.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
