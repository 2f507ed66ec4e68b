"""The asthma medication ratio."""

from datetime import date

from ..kinds.asthma_ratio import AsthmaRatio
from ..kinds.repeated import REPEATED_YEARS
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="amr",
    title="Asthma medication ratio: half or more of the medicines control asthma",
    short="Asthma ratio",
    kind=AsthmaRatio(least_percent=50),
    ages=Ages(5, 64, at_year_end=True),
    exclude=(
        Exclusion.hospice_or_billed(),
        Exclusion("asthma_exclusions", diagnoses="asthma_exclusions", years_back=1),
    ),
    years=REPEATED_YEARS,
    family=Family.RESPIRATORY,
    lines=EVERY_LINE,
    unit="%",
    value_places=0,
    revision=3,
    closes="Fill a controller before the next reliever; ask the prescriber for one where there is none. The year ends on {last_day}.",
    source="BCBSND and Hopkins on AMR; domain/measures.md 3.2. The exclusions are looked for in two years. "
    "That 100 days by mouth are three times dispensed, while they are four units, is NCQA's rule as public code quotes it. HEDIS-like, not "
    "certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
