"""One dose of an RSV vaccine, from 75."""

from datetime import date

from ..kinds.vaccination import VACCINE_YEARS, Schedule, Vaccination, Window
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="vaccine_rsv",
    title="RSV vaccine",
    short="RSV vaccine",
    kind=Vaccination((Schedule("rsv"),), Window.EVER),
    ages=Ages(75),
    exclude=(Exclusion.hospice_or_billed(),),
    years=VACCINE_YEARS,
    family=Family.PREVENTION,
    lines=EVERY_LINE,
    unit="doses",
    revision=2,
    closes="One dose of an RSV vaccine by {last_day}; pharmacy claims count.",
    source="CDC recommendation of one dose for everybody of 75 and older (2024), background knowledge: a rule of our own, no "
    "public measure. That pharmacy claims count as doses (by NDC, on the day of the fill) is a reading of our own. Not "
    "certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
