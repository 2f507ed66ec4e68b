"""Vaccines that are due, in one flag a patient."""

from datetime import date

from ..case import Gap
from ..gap_rule import ROUTINE_GAPS
from ..rule import Rule, Severity, Who, times
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given


def due(case):
    """The open gaps in vaccines, by measure."""
    open_ones = {one.measure: one for one in case.whole.cases if one.measure.startswith("vaccine_") and one.is_open}
    return [open_ones[code] for code in sorted(open_ones)]


def words(case):
    """'Influenza vaccine, Shingles vaccine'."""
    return ", ".join(one.short for one in due(case))


RULE = Rule(
    code="vaccines_due",
    title="Vaccines are due",
    about=Gap,
    protocol="vaccination",
    service_code="90471",
    who=Who.ANYONE,
    when=lambda case: bool(
        case.limits[ROUTINE_GAPS]
        and case.measure.startswith("vaccine_")
        and due(case)
        and due(case)[0].measure == case.measure
    ),
    severity=lambda case: Severity.ROUTINE,
    headline=lambda case: f"{times(len(due(case)), 'vaccine')} due",
    reason=lambda case: f"Not known to be given: {words(case)}.",
    do=lambda case: "Ask the state's registry first, then the patient; give what is due.",
    due_on=lambda case: min(one.last_day for one in due(case)),
    facts=lambda case: [[one.measure for one in due(case)]],
    limits=(ROUTINE_GAPS, REST_DAYS),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("vaccination")),
    source="AIS-E, domain notes on measures 3.2; one flag for all of them is ours.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
