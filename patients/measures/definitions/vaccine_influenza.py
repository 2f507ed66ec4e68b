"""Influenza vaccine of the season, from 19."""

from datetime import date

from ..kinds.vaccination import VACCINE_YEARS, Schedule, Vaccination, Window
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="vaccine_influenza",
    title="Influenza vaccine",
    short="Influenza vaccine",
    kind=Vaccination((Schedule("influenza"),), Window.SEASON),
    ages=Ages(19),
    exclude=(Exclusion.hospice_or_billed(),),
    years=VACCINE_YEARS,
    family=Family.PREVENTION,
    lines=EVERY_LINE,
    unit="doses",
    revision=2,
    closes="An influenza vaccine from 1 July of the year before to {last_day}; pharmacy claims count.",
    source="Public descriptions of AIS-E: providernews.anthem.com, hopkinsmedicine.org, read 2026-11-27; domain/measures.md "
    "3.2. That pharmacy claims count as doses (by NDC, on the day of the fill) is a reading of our own. HEDIS-like, not "
    "certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
