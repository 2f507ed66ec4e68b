"""Adherence to statins of people with cardiovascular disease: the second rate of spc."""

from datetime import date

from ..kinds.diabetes import CLINICAL_YEARS
from ..kinds.heart_disease import EXCLUDED
from ..kinds.pdc import Pdc
from ..kinds.statin_adherence import StatinAdherence
from ..measure import EVERY_LINE, Ages, Family, Measure
from . import spc

MEASURE = Measure(
    code="spc_adherence",
    title="Adherence to statins in cardiovascular disease (moderate or high intensity)",
    short="Statin kept up in heart disease",
    kind=StatinAdherence(
        spc.MEASURE.kind,
        Pdc(drugs="statins_moderate_or_high", threshold_bp=8000, min_period_days=1, least_fill_days=1),
    ),
    ages=Ages(21, 75, at_year_end=True),
    exclude=EXCLUDED,
    years=CLINICAL_YEARS,
    family=Family.STATINS,
    lines=EVERY_LINE,
    revision=2,
    closes="Fill by {last_day}; {days_left} more days may be missed this year.",
    source="hopkinsmedicine.org on SPC, read 2026-11 (those who meet the first rate; from the first fill to the end of the year; 80%); "
    "domain/measures.md 3.2. How early refills are carried over is the rule of the PDC family, as hospital days count. HEDIS-like from "
    "administrative data, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
