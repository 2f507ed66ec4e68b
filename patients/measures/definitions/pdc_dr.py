"""Adherence to diabetes medicines other than insulin."""

from datetime import date

from ..kinds.pdc import PDC_YEARS, Pdc
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="pdc_dr",
    title="Adherence to diabetes medicines (without insulin)",
    short="Diabetes medicines",
    kind=Pdc(drugs="diabetes_non_insulin", threshold_bp=8000, min_period_days=91, pharmacy_share_bp=5100),
    ages=Ages(18),
    exclude=(Exclusion.hospice(), Exclusion.esrd(), Exclusion.any_fill("insulins", code="insulin")),
    years=PDC_YEARS,
    family=Family.ADHERENCE,
    lines=EVERY_LINE,
    revision=1,
    closes="Fill by {last_day}; {days_left} more days may be missed this year.",
    source="pqaalliance.org measure page, Ursa Health, Hopkins, AHRQ NQMC 009246. Pharmacy level: pqa.memberclicks.net "
    "(pdc-sta-ph). PQA-like, not certified.",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)
