"""A controller after asthma got worse."""

from datetime import date

from ..kinds.after_event import AFTER_EVENT_YEARS, AfterEvent
from ..measure import EVERY_LINE, Ages, Exclusion, Family, Measure

MEASURE = Measure(
    code="asthma_controller_after",
    title="A controller within 30 days after asthma was treated in hospital or emergency",
    short="Controller after asthma attack",
    kind=AfterEvent(diagnosis="asthma", drugs=("asthma_controllers",)),
    ages=Ages(5, 64),
    exclude=(Exclusion.hospice(),),
    years=AFTER_EVENT_YEARS,
    family=Family.RESPIRATORY,
    lines=EVERY_LINE,
    revision=2,
    closes="One fill of a controller by {last_day}.",
    source="A measure of our own, after the follow-up that GINA (public summary) asks for; not certified.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
