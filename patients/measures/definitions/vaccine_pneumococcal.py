"""A pneumococcal vaccine as an adult, from 65."""

from datetime import date

from ..kinds.vaccination import VACCINE_YEARS, Schedule, Vaccination, Window
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="vaccine_pneumococcal",
    title="Pneumococcal vaccine",
    short="Pneumococcal vaccine",
    kind=Vaccination((Schedule("pneumococcal"),), Window.EVER, least_age=19),
    ages=Ages(65),
    exclude=(Exclusion.hospice_or_billed(),),
    years=VACCINE_YEARS,
    family=Family.PREVENTION,
    lines=EVERY_LINE,
    unit="doses",
    revision=3,
    closes="A pneumococcal vaccine by {last_day}; pharmacy claims count.",
    source="Public descriptions of AIS-E: providernews.anthem.com, hopkinsmedicine.org, read 2026-11-27; domain/measures.md "
    "3.2. On or after the 19th birthday is background knowledge. That pharmacy claims count as doses (by NDC, on the day of "
    "the fill) is a reading of our own. HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
