"""High-risk medicines in older adults."""

from datetime import date

from ..kinds.repeated import REPEATED_YEARS, Class, Repeated
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

CLASSES = (
    "hrm_alpha_agonists", "hrm_antidepressants", "hrm_antihistamines", "hrm_antiparkinson", "hrm_antispasmodics",
    "hrm_antithrombotics", "hrm_barbiturates", "hrm_cardiovascular", "hrm_digoxin", "hrm_doxepin", "hrm_endocrine", "hrm_estrogens",
    "hrm_hypnotics", "hrm_meprobamate", "hrm_muscle_relaxants", "hrm_pain", "hrm_reserpine", "hrm_sulfonylureas",
    "hrm_vasodilators",
)  # fmt: skip

MEASURE = Measure(
    code="hrm",
    title="High-risk medicines in older adults: two or more fills of one class, 67 and older",
    short="High-risk medicine",
    kind=Repeated(classes=(*map(Class, CLASSES), Class("hrm_nitrofurantoin", over_days=90))),
    ages=Ages(67, at_year_end=True),
    exclude=(Exclusion.hospice(), Exclusion("palliative_care", diagnoses="palliative_care")),
    years=REPEATED_YEARS,
    family=Family.SAFETY,
    lines=EVERY_LINE,
    unit="fills",
    lower_is_better=True,
    revision=1,
    closes="Ask the prescriber for a safer medicine before the next fill.",
    source="Public descriptions of high-risk medication measures (docslib.org/doc/3938645 and 9508609, eCQM 156 overview); "
    "domain/measures.md 3.2. The first rate (without benzodiazepines and antipsychotics, which ask for diagnoses). "
    "HEDIS-like, not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
