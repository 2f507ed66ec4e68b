"""Hepatitis B vaccine, from 19 to 59."""

from datetime import date

from ..kinds.vaccination import VACCINE_YEARS, Schedule, Vaccination, Window
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="vaccine_hepatitis_b",
    title="Hepatitis B vaccine",
    short="Hepatitis B vaccine",
    kind=Vaccination(
        (Schedule("hepatitis_b", doses=3), Schedule("hepatitis_b_two_doses", doses=2, apart_days=28)),
        Window.EVER,
        illness="hepatitis_b_illness",
        has_most_age=True,
    ),
    ages=Ages(19, 59),
    exclude=(Exclusion.hospice_or_billed(),),
    years=VACCINE_YEARS,
    family=Family.PREVENTION,
    lines=EVERY_LINE,
    unit="doses",
    revision=2,
    closes="Three doses of a hepatitis B vaccine (two of the adjuvanted one, 28 days apart) by {last_day}; pharmacy claims count.",
    source="Public descriptions of AIS-E: providernews.anthem.com, hopkinsmedicine.org, read 2026-11-27; domain/measures.md "
    "3.2. Doses and intervals are background knowledge; a past hepatitis B suffices; serology is not read. That pharmacy "
    "claims count as doses (by NDC, on the day of the fill) is a reading of our own. HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
