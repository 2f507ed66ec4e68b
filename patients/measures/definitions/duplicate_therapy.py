"""Two medicines of one therapeutic class at once."""

from datetime import date

from ..kinds.overlap import OVERLAP_YEARS, Overlap, Track
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

CLASSES = (
    "ace_inhibitors", "arbs", "benzodiazepines", "beta_blockers", "dpp4_inhibitors", "glp1_agonists", "h2_blockers",
    "nsaids", "oral_anticoagulants", "proton_pump_inhibitors", "sglt2_inhibitors", "snris", "ssris", "statins", "sulfonylureas",
    "tricyclics", "z_drugs",
)  # fmt: skip

MEASURE = Measure(
    code="duplicate_therapy",
    title="Two medicines of one therapeutic class at the same time",
    short="Duplicate therapy",
    kind=Overlap(
        who_fill=CLASSES,
        tracks=tuple(Track(code, group=code) for code in CLASSES),
        at_once=2,
        least_days=30,
    ),
    ages=Ages(18),
    exclude=(Exclusion.hospice(),),
    years=OVERLAP_YEARS,
    family=Family.SAFETY,
    lines=EVERY_LINE,
    unit="days",
    lower_is_better=True,
    revision=1,
    closes="Ask the prescriber which of the two is meant.",
    source="A measure of our own: drug utilisation review of therapeutic duplication (42 CFR 456.705). Two fill days of each "
    "and thirty days keep a change of medicine out.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
