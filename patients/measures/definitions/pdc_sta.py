"""Adherence to statins."""

from datetime import date

from ..kinds.pdc import PDC_YEARS, Pdc
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="pdc_sta",
    title="Adherence to cholesterol medicines (statins)",
    short="Statins",
    kind=Pdc(drugs="statins", threshold_bp=8000, min_period_days=91, pharmacy_share_bp=5100),
    ages=Ages(18),
    exclude=(Exclusion.hospice(), Exclusion.esrd()),
    years=PDC_YEARS,
    family=Family.ADHERENCE,
    lines=EVERY_LINE,
    revision=1,
    closes="Fill by {last_day}; {days_left} more days may be missed this year.",
    source="pqaalliance.org measure page (pdc-sta). Pharmacy level: pqa.memberclicks.net (pdc-sta-ph). PQA-like, not certified.",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)
