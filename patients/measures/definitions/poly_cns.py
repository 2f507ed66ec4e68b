"""Several medicines that act on the central nervous system at once in older adults."""

from datetime import date

from ..kinds.overlap import OVERLAP_YEARS, Overlap, Track
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="poly_cns",
    title="Three or more medicines that act on the central nervous system at the same time, 65 and older",
    short="Several CNS medicines",
    kind=Overlap(
        who_fill=("cns_active",),
        tracks=(Track("cns_active"),),
        at_once=3,
        least_days=30,
        same_drug=True,
    ),
    ages=Ages(65),
    exclude=(Exclusion.hospice(), Exclusion("seizure_disorder", diagnoses="seizure_disorder")),
    years=OVERLAP_YEARS,
    family=Family.SAFETY,
    lines=EVERY_LINE,
    unit="days",
    lower_is_better=True,
    revision=1,
    closes="Ask the prescriber to taper or stop one of them.",
    source="pqaalliance.org (poly-cns), outcomes.com on multiple CNS-active agents; domain/measures.md 3.2. PQA-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
