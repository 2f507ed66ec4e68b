"""Pharmacotherapy for opioid use disorder that goes on."""

from datetime import date

from ..kinds.persistence import PERSISTENCE_YEARS, Persistence
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="pod",
    title="Staying on a medicine for opioid use disorder for six months",
    short="Opioid use disorder, six months",
    kind=Persistence(
        drugs=("moud_buprenorphine", "moud_naltrexone"),
        diagnosis="opioid_use_disorder",
        diagnosis_days=181,  # from 1 July back to 1 January of the year before, which is as far as is read
        intake_back_days=184,  # 1 July of the year before to 30 June
        history_days=31,
        by_supply=True,
        follow_days=180,
        least_days=0,
        longest_gap_days=7,
        is_early=False,
        given="moud_services",
    ),
    ages=Ages(16, at_year_end=True),
    exclude=(Exclusion.hospice_or_billed(),),
    years=PERSISTENCE_YEARS,
    family=Family.BEHAVIORAL,
    lines=EVERY_LINE,
    second_words=" days, longest gap {}",
    is_about_substance_use=True,
    revision=3,
    closes="A fill or a dose by {last_day}.",
    source="Public descriptions of pharmacotherapy for opioid use disorder; domain/measures.md 3.2. The first new treatment of the intake. "
    "Doses billed as a service count with days of their own (kinds/codes/moud_services.csv: partly background knowledge), one bundle or "
    "injection a claim, as units are not known. HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
