"""Adherence to antipsychotics in schizophrenia."""

from datetime import date

from ..kinds.pdc import Pdc
from ..kinds.persistence import PERSISTENCE_YEARS
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="pdc_antipsychotics",
    title="Adherence to antipsychotics in schizophrenia",
    short="Antipsychotics",
    kind=Pdc(
        drugs="antipsychotics",
        also=("antipsychotics_long_acting",),
        diagnosis="schizophrenia",
        threshold_bp=8000,
        min_period_days=1,
    ),
    ages=Ages(18),
    exclude=(Exclusion.hospice_or_billed(), Exclusion("dementia", diagnoses="dementia_any")),
    years=PERSISTENCE_YEARS,
    family=Family.BEHAVIORAL,
    lines=EVERY_LINE,
    revision=2,
    closes="Fill by {last_day}; {days_left} more days may be missed this year.",
    source="Public descriptions of adherence to antipsychotics for people with schizophrenia; domain/measures.md 3.2. "
    "An injection that is billed as a service is not seen. HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
