"""Tests of the year that nobody knows of, in one flag a patient."""

from datetime import date

from ..case import Gap
from ..gap_rule import ROUTINE_GAPS
from ..rule import Rule, Severity, Who
from ..suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given

TESTS = {"cbp": "blood pressure", "eed": "eye exam", "gsd_poor_control": "A1c", "ked": "kidney tests"}


def missing(case):
    """The measures whose test is not known, in the order of TESTS."""
    gaps = ((code, case.whole.gap(code)) for code in TESTS)
    return [code for code, gap in gaps if gap and (gap.value_milli is None or code in ("eed", "ked"))]


def words(case):
    """'A1c, kidney tests'."""
    return ", ".join(TESTS[code] for code in missing(case))


RULE = Rule(
    code="tests_missing",
    title="Tests of the year are missing",
    about=Gap,
    protocol="medication_review",
    service_code="99606",
    who=Who.ANYONE,
    when=lambda case: bool(case.limits[ROUTINE_GAPS] and case.measure in TESTS and missing(case)[:1] == [case.measure]),
    severity=lambda case: Severity.ROUTINE,
    headline=lambda case: f"Not known: {words(case)}"[:80],
    reason=lambda case: f"Claims and results of {case.year} do not tell: {words(case)}.",
    do=lambda case: "Ask whether it was done elsewhere; measure what you can; ask the prescriber for the rest.",
    due_on=lambda case: case.last_day,
    facts=lambda case: [missing(case)],
    limits=(ROUTINE_GAPS, REST_DAYS),
    suppress=(DECEASED, HOSPICE, DECLINED, service_given("medication_review")),
    source="CBP, GSD, KED and EED, domain notes on measures 3.2; one flag for all of them is ours.",
    reviewed_on=date(2026, 11, 27),
    review_due=date(2027, 11, 27),
)
