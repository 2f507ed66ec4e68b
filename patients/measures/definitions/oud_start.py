"""Pharmacotherapy for opioid use disorder: begun or going on in the year."""

from datetime import date

from ..kinds.diabetes import CLINICAL_YEARS
from ..kinds.diagnosed import Diagnosed
from ..kinds.treated import Treated
from ..measure import EVERY_LINE, Ages, Family, Measure

MEASURE = Measure(
    code="oud_start",
    title="A medicine for opioid use disorder in the year",
    short="Opioid use disorder, medicine",
    kind=Treated(
        Diagnosed("opioid_use_disorder", least_days=1, this_year=True),
        drugs=("moud_buprenorphine", "moud_naltrexone"),
        given="moud_services",
    ),
    ages=Ages(18, 64),
    exclude=(),
    years=CLINICAL_YEARS,
    family=Family.BEHAVIORAL,
    lines=EVERY_LINE,
    is_about_substance_use=True,
    revision=1,
    closes="One fill or dose of buprenorphine, naltrexone or methadone by {last_day}.",
    source="Medicaid adult core set, OUD, the total rate: medicaidquality.nh.gov and p4qm.org 3400, read 2026-11; domain/measures.md 3.2. "
    "One diagnosis in the year, age on 1 January and cover all year are not told there: background knowledge, to be "
    "verified. Not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
