"""Unplanned readmission within 30 days."""

from datetime import date

from ..kinds.discharges import DISCHARGE_YEARS, Readmission
from ..measure import EVERY_LINE, SHARE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="readmission_30",
    title="Back in hospital within 30 days, unplanned",
    short="Readmission",
    kind=Readmission(),
    ages=Ages(18, at_year_end=True),
    exclude=(Exclusion.hospice_or_billed(),),
    years=DISCHARGE_YEARS,
    family=Family.TRANSITIONS,
    lines=EVERY_LINE,
    unit="stays",
    second_words=SHARE,
    lower_is_better=True,
    revision=2,
    closes="No unplanned stay until {last_day}: follow up after the discharge.",
    source="domain/measures.md 3.2 (index acute stay, unplanned, 30 days; planned stays, transfers, against advice left out); details "
    "are background knowledge. A row is a patient, not a stay; not risk-adjusted. A public rule of our own, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
