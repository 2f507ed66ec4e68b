"""Antidepressants: the continuation phase."""

from datetime import date

from ..kinds.persistence import PERSISTENCE_YEARS, Persistence
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="antidepressant_continuation",
    title="Staying on a new antidepressant for six months",
    short="Antidepressant, six months",
    kind=Persistence(
        drugs=("antidepressants",),
        diagnosis="major_depression",
        diagnosis_days=60,
        intake_back_days=245,  # 1 May of the year before to 30 April
        history_days=105,
        only_first=True,
        cover_days=232,  # of both phases, so that they are about the same people
        follow_days=232,
        least_days=180,
    ),
    ages=Ages(18),
    exclude=(Exclusion.hospice_or_billed(),),
    years=PERSISTENCE_YEARS,
    family=Family.BEHAVIORAL,
    lines=EVERY_LINE,
    second_words=" days, longest gap {}",
    revision=3,
    closes="Fill by {last_day}.",
    source="Public descriptions of antidepressant medication management (support.clinigence.com: people and cover of both rates); "
    "domain/measures.md 3.2. Age is counted on 1 January, not on 30 April. HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
