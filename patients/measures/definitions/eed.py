"""Eye exam of people with diabetes."""

from datetime import date

from ..kinds.diabetes import CLINICAL_YEARS, WITH_DIABETES
from ..kinds.eye_exam import EyeExam
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="eed",
    title="Eye exam in diabetes",
    short="Eye exam",
    kind=EyeExam(WITH_DIABETES),
    ages=Ages(18, 75, at_year_end=True),
    exclude=(
        Exclusion.hospice_or_billed(),
        Exclusion.palliative(),
        Exclusion.institutional(),
        Exclusion.frail_and_ill(),
    ),
    years=CLINICAL_YEARS,
    family=Family.CHRONIC,
    lines=EVERY_LINE,
    revision=2,
    closes="An exam of the retina by an eye care professional, or automated imaging, by {last_day}.",
    source="Public descriptions of EED: versanthealth.com, vibrahealthplan.com, horizonblue.com, bcbsri.com, read 2026-11-27; "
    "domain/measures.md 3.2. HEDIS-like from administrative data, not certified; claims do not say who examined.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
