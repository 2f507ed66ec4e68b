"""Controlled medicines from prescribers who may not know of each other."""

from datetime import date

from ..case import Events
from ..prescribers import PRESCRIBERS, PRESCRIBERS_LOOK_BACK_DAYS
from ..rule import Rule, Severity, Who, short_day
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given


def kinds(case):
    """'opioid and benzodiazepine', 'opioid'."""
    return " and ".join(sorted({one.what for one in case.happened}, reverse=True))


def writers(case):
    """How many prescribers."""
    return len({one.by for one in case.happened})


RULE = Rule(
    code="two_prescribers",
    title="Several prescribers of controlled medicines",
    about=Events,
    protocol="medication_review",
    service_code="99606",
    who=Who.PHARMACIST,
    when=lambda case: case.measure == PRESCRIBERS,
    severity=lambda case: Severity.URGENT if len({one.what for one in case.happened}) > 1 else Severity.HIGH,
    headline=lambda case: f"{writers(case)} prescribers, {kinds(case)}",
    reason=lambda case: (
        f"{len(case.happened)} fills ({kinds(case)}) of {writers(case)} prescribers whose supplies overlap, "
        f"{short_day(case.happened[0].first_on)} to {short_day(max(one.first_on for one in case.happened))}."
    ),
    do=lambda case: (
        "Look in the state's prescription monitoring programme; tell each prescriber of the others; offer naloxone."
    ),
    due_on=lambda case: None,
    limits=(PRESCRIBERS_LOOK_BACK_DAYS, REST_DAYS),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("medication_review")),
    source="Narcotic alert of the sources, domain notes on workflows 7; the overlap rule is ours.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
