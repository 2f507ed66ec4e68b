"""A controller after COPD got worse."""

from datetime import date

from ..kinds.after_event import AFTER_EVENT_YEARS, AfterEvent
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="copd_controller_after",
    title="A long-acting medicine within 30 days after COPD was treated in hospital or emergency",
    short="Controller after COPD attack",
    kind=AfterEvent(diagnosis="copd", drugs=("copd_controllers",)),
    ages=Ages(40),
    exclude=(Exclusion.hospice(),),
    years=AFTER_EVENT_YEARS,
    family=Family.RESPIRATORY,
    lines=EVERY_LINE,
    revision=2,
    closes="One fill of a controller by {last_day}.",
    source="Built like the pharmacotherapy of COPD exacerbation (30 days, public description), "
    "with long-acting medicines alone; not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
