"""Several anticholinergic medicines at once in older adults."""

from datetime import date

from ..kinds.overlap import OVERLAP_YEARS, Overlap, Track
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="poly_ach",
    title="Two or more anticholinergic medicines at the same time, 65 and older",
    short="Several anticholinergics",
    kind=Overlap(
        who_fill=("anticholinergics",),
        tracks=(Track("anticholinergics"),),
        at_once=2,
        least_days=30,
        same_drug=True,
    ),
    ages=Ages(65),
    exclude=(Exclusion.hospice(),),
    years=OVERLAP_YEARS,
    family=Family.SAFETY,
    lines=EVERY_LINE,
    unit="days",
    lower_is_better=True,
    revision=2,
    closes="Ask the prescriber to stop or replace one of them.",
    source="pqaalliance.org (poly-ach), docslib.org/doc/13233270; domain/measures.md 3.2. PQA-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
