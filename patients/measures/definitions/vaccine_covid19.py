"""COVID-19 vaccine of the season, from 65."""

from datetime import date

from ..kinds.vaccination import VACCINE_YEARS, Schedule, Vaccination, Window
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="vaccine_covid19",
    title="COVID-19 vaccine",
    short="COVID-19 vaccine",
    kind=Vaccination((Schedule("covid19"),), Window.SEASON),
    ages=Ages(65),
    exclude=(Exclusion.hospice_or_billed(),),
    years=VACCINE_YEARS,
    family=Family.PREVENTION,
    lines=EVERY_LINE,
    unit="doses",
    revision=2,
    closes="A COVID-19 vaccine from 1 July of the year before to {last_day}; pharmacy claims count.",
    source="domain/measures.md 3.2 (AIS-E, from 65). The window is a rule of our own, that of influenza: the public "
    "descriptions read do not tell it. That pharmacy claims count as doses (by NDC, on the day of the fill) is a reading of "
    "our own. Not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
