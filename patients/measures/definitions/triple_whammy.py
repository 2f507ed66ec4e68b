"""ACE inhibitor or ARB, diuretic and NSAID at once: a risk of acute kidney injury."""

from datetime import date

from ..kinds.overlap import OVERLAP_YEARS, Overlap, Track
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="triple_whammy",
    title="ACE inhibitor or ARB, diuretic and NSAID at the same time",
    short="ACE/ARB, diuretic, NSAID",
    kind=Overlap(
        who_fill=("ace_inhibitors", "arbs"),
        tracks=(
            Track("ace_inhibitors", name="ace_or_arb"),
            Track("arbs", name="ace_or_arb"),
            Track("diuretics", name="diuretic"),
            Track("nsaids", name="nsaid"),
        ),
        at_once=3,
        least_days=14,
        track_fill_days=1,
    ),
    ages=Ages(18),
    exclude=(Exclusion.hospice(), Exclusion.esrd()),
    years=OVERLAP_YEARS,
    family=Family.SAFETY,
    lines=EVERY_LINE,
    unit="days",
    lower_is_better=True,
    revision=1,
    closes="Replace the NSAID, or check kidney function within a month.",
    source="A measure of our own: FDA labels of NSAIDs (kidney toxicity with ACE inhibitors, ARBs and diuretics); "
    "Lapi, BMJ 2013;346:e8525. Fourteen days keep a short course out.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
