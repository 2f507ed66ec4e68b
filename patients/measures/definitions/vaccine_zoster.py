"""Two doses of the recombinant zoster vaccine, from 50."""

from datetime import date

from ..kinds.vaccination import VACCINE_YEARS, Schedule, Vaccination, Window
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="vaccine_zoster",
    title="Shingles vaccine, two doses",
    short="Shingles vaccine",
    kind=Vaccination((Schedule("zoster", doses=2, apart_days=28),), Window.EVER, since_day=17_440),
    ages=Ages(50),
    exclude=(Exclusion.hospice_or_billed(),),
    years=VACCINE_YEARS,
    family=Family.PREVENTION,
    lines=EVERY_LINE,
    unit="doses",
    revision=2,
    closes="Two doses of the recombinant zoster vaccine, at least 28 days apart, by {last_day}; pharmacy claims count.",
    source="Public descriptions of AIS-E: providernews.anthem.com, hopkinsmedicine.org, read 2026-11-27; domain/measures.md "
    "3.2. Doses since 1 October 2017 (day 17,440). That pharmacy claims count as doses (by NDC, on the day of the fill) is a "
    "reading of our own. HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
