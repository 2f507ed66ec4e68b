"""Diabetes by the CCW rule."""

from datetime import date

from ..condition import Condition

CONDITION = Condition(
    code="diabetes",
    title="Diabetes",
    strong_settings=("inpatient", "snf", "hha"),
    weak_settings=("outpatient", "carrier"),
    look_back_days=730,
    revision=1,
    source="CMS CCW: 1 inpatient, SNF or HHA claim, or 2 outpatient or carrier claims a day apart; 2 years.",
    reviewed_on=date(2026, 11, 21),
    review_due=date(2027, 11, 21),
)
