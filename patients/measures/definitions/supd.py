"""Statin use in people with diabetes."""

from datetime import date

from ..kinds.presence import PRESENCE_YEARS, Presence
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="supd",
    title="Statin use in diabetes",
    short="Diabetes without statin",
    kind=Presence(who_fill=("diabetes_non_insulin", "insulins"), needs="statins", min_period_days=90),
    ages=Ages(40, 75),
    exclude=(
        Exclusion.hospice(),
        Exclusion("kidney_failure", diagnoses="kidney_failure", services="dialysis_services", coverage_flag="is_esrd"),
        Exclusion("muscle_disease", diagnoses="muscle_disease"),
        Exclusion("cirrhosis", diagnoses="cirrhosis"),
        Exclusion("polycystic_ovaries", diagnoses="polycystic_ovaries"),
        Exclusion("prediabetes", diagnoses="prediabetes"),
        Exclusion("pregnancy", diagnoses="pregnancy"),
        Exclusion.any_fill("fertility"),
    ),
    years=PRESENCE_YEARS,
    family=Family.STATINS,
    lines=EVERY_LINE,
    revision=1,
    closes="One statin fill by {last_day}.",
    source="Public descriptions of SUPD: info.5y1.org, SCAN, Hopkins, Ursa Health; domain/measures.md 3.2. PQA-like, "
    "not certified. Intolerance code T46.6X5A is left out until it is verified.",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
