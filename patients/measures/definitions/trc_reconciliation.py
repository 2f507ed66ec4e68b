"""Medicines reconciled within 30 days after discharge."""

from datetime import date

from ..kinds.discharges import DISCHARGE_YEARS, Reconciliation
from ..measure import EVERY_LINE, SHARE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="trc_reconciliation",
    title="Medicines reconciled after discharge",
    short="Reconciliation",
    kind=Reconciliation(),
    ages=Ages(18, at_year_end=True),
    exclude=(Exclusion.hospice_or_billed(),),
    years=DISCHARGE_YEARS,
    family=Family.TRANSITIONS,
    lines=EVERY_LINE,
    unit="discharges",
    second_words=SHARE,
    revision=1,
    closes="Medicines reconciled, and billed as such (1111F, 99495, 99496, 99483), by {last_day}.",
    source="Public descriptions of TRC-MRP: Hopkins, McLaren, read 2026-11; domain/measures.md 3.2. A row is a patient, not a "
    "discharge; what a pharmacy documents without a claim is not read. HEDIS-like from administrative data, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
