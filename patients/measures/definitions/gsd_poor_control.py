"""Glycemic status of people with diabetes: the last result of the year is above 9%, or there is none."""

from datetime import date

from ..kinds.diabetes import A1C_POOR, CLINICAL_YEARS
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="gsd_poor_control",
    title="Blood sugar out of control (A1c above 9%, or none)",
    short="A1c above 9%",
    kind=A1C_POOR,
    ages=Ages(18, 75, at_year_end=True),
    exclude=(
        Exclusion.hospice_or_billed(),
        Exclusion.palliative(),
        Exclusion.institutional(),
        Exclusion.frail_and_ill(),
    ),
    years=CLINICAL_YEARS,
    family=Family.CHRONIC,
    lines=EVERY_LINE,
    unit="%",
    lower_is_better=True,
    revision=1,
    closes="A hemoglobin A1c (or glucose management indicator) of at most 9% that is the last of the year, by {last_day}.",
    source="Public descriptions of GSD and HBD: selecthealth.org, capbluecross.com, hopkinsmedicine.org, "
    "providernews.anthem.com, read 2026-11-27; domain/measures.md 3.2. HEDIS-like from administrative data, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
