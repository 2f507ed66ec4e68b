"""Statin therapy for people with cardiovascular disease."""

from datetime import date

from ..kinds.diabetes import CLINICAL_YEARS
from ..kinds.heart_disease import EXCLUDED, HeartDisease
from ..kinds.statin_therapy import StatinTherapy
from ..measure import EVERY_LINE, Ages, Family, Measure

MEASURE = Measure(
    code="spc",
    title="Statin in cardiovascular disease (moderate or high intensity)",
    short="Statin in heart disease",
    kind=StatinTherapy(HeartDisease(women_later=19), statins="statins_moderate_or_high"),
    ages=Ages(21, 75, at_year_end=True),
    exclude=EXCLUDED,
    years=CLINICAL_YEARS,
    family=Family.STATINS,
    lines=EVERY_LINE,
    revision=3,
    closes="One fill of a statin at moderate or high intensity by {last_day}.",
    source="Public descriptions of SPC: hopkinsmedicine.org, scanhealthplan.com, fchcinc.org, read 2026-11; statin intensity: NCQA "
    "heart and stroke programme, Humana; domain/measures.md 3.2. The first rate. HEDIS-like from "
    "administrative data, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
