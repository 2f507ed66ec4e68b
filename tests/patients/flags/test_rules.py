"""When each rule speaks, what it says, and how the rank is added up. Tables, no database."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from patients.flags import rules
from patients.flags.case import Adherence, FirstFill
from patients.flags.judge import evidence_key, judge, numbers
from patients.flags.models import Flag
from patients.flags.rule import supply_words
from patients.flags.worklist import rank

AS_OF = date(2026, 11, 21)


class Defaults:
    """Parameters as they are declared, without a database."""

    def __getitem__(self, parameter):
        return parameter.default


def case(covered, period, left, *, supply_in=5, act_in=None, ends=date(2026, 12, 31), **more):
    """`left`: days that may still be missed; `supply_in`, `act_in`: days from the as-of day."""
    act_in = (max(supply_in, 0) + left + 1) if act_in is None and left >= 0 else act_in
    facts = {
        "payer_id": 1, "patient_id": 2, "pharmacy_id": 3, "program_id": 4, "measure": "pdc_rasa", "measure_title": "Hypertension medicines",
        "version": "2026.1", "year": 2026, "as_of": AS_OF, "in_denominator": True, "covered_days": covered, "period_days": period,
        "threshold_bp": 8000, "days_left": left, "last_day": None if act_in is None else AS_OF + timedelta(days=act_in),
        "index_on": date(2026, 1, 10), "period_ends_on": ends, "supply_ends_on": AS_OF + timedelta(days=supply_in), "fills": 4,
        "limits": Defaults(),
    }  # fmt: skip
    return Adherence(**facts | more)


def first_fill(*, supply_in, ends=date(2026, 12, 31), **more):
    """Somebody who filled once; `supply_in`: days from the as-of day."""
    facts = {
        "payer_id": 1, "patient_id": 2, "pharmacy_id": 3, "program_id": 4, "measure": "pdc_sta", "measure_title": "Statins", "year": 2026,
        "version": "2026.1", "as_of": AS_OF, "index_on": AS_OF + timedelta(days=supply_in - 29), "period_ends_on": ends,
        "supply_ends_on": AS_OF + timedelta(days=supply_in), "fills": 1, "limits": Defaults(),
    }  # fmt: skip
    return FirstFill(**facts | more)


def key(one):
    return evidence_key(one, rules.every()["low_adherence"])


def speaking(one):
    return [wanted.rule.code for wanted in judge([one], today=AS_OF)[0].values()]


CASES = [
    # covered of period, days left          rule             severity   headline
    (case(224, 315, 9, supply_in=2), "about_to_fail", "urgent", "PDC 71%, 9 days left, act by 3 Dec"),
    (case(250, 315, 1, supply_in=0), "about_to_fail", "urgent", "PDC 79%, 1 day left, act by 23 Nov"),
    (case(250, 315, 0, supply_in=-3), "about_to_fail", "urgent", "PDC 79%, 0 days left, act by 22 Nov"),
    (case(280, 315, 10, supply_in=1), "about_to_fail", "urgent", "PDC 88%, 10 days left, act by 3 Dec"),
    (case(280, 315, 11, supply_in=1), None, None, None),
    (case(200, 315, 11, supply_in=1), "low_adherence", "high", "PDC 63%, 11 days left, act by 4 Dec"),
    (case(200, 315, -4), "low_adherence", "routine", "PDC 63%, cannot reach 80% this year"),
    (case(252, 315, 40), None, None, None),  # exactly 80%
    (case(251, 315, 30), "low_adherence", "high", "PDC 79%, 30 days left, act by 27 Dec"),
    (case(251, 315, 40), None, None, None),  # below today, yet enough at hand for the year
    (case(280, 315, 9, supply_in=60), None, None, None),  # reaches the goal though nothing more is filled
    (case(200, 315, 9, supply_in=2, in_denominator=False), None, None, None),
]


@pytest.mark.parametrize(
    "one, speaks",
    [
        (first_fill(supply_in=-7), True),
        (first_fill(supply_in=-6), False),
        (first_fill(supply_in=-60, ends=AS_OF - timedelta(days=1)), False),  # left the plan
        (first_fill(supply_in=-60, died_on=AS_OF), False),
    ],
)
def test_who_filled_once_is_asked_when_supply_has_ended_for_a_week(one, speaks):
    assert speaking(one) == (["first_fill_only"] if speaks else [])
    if speaks:
        (wanted,) = judge([one], today=AS_OF)[0].values()
        values = numbers(wanted, 2500)
        assert values["headline"] == "One fill, on 16 Oct; none since"
        assert values["reason"] == ("Statins: filled once in 2026, on 16 Oct; supply ended on 14 Nov, 7 days ago.")
        assert values["evidence"]["fills"] == 1 and values["segments"] == ["first_fill_only"]


@pytest.mark.parametrize("one, rule, severity, headline", CASES, ids=lambda v: v if isinstance(v, str) else "")
def test_one_rule_speaks_for_a_measure(one, rule, severity, headline):
    assert speaking(one) == ([rule] if rule else [])
    if rule:
        (wanted,) = judge([one], today=AS_OF)[0].values()
        values = numbers(wanted, 2500)
        assert (values["severity"], values["headline"]) == (severity, headline)
        assert len(values["headline"]) <= Flag._meta.get_field("headline").max_length


def test_the_sentences():
    (wanted,) = judge([case(224, 315, 9, supply_in=-1)], today=AS_OF)[0].values()
    values = numbers(wanted, 0)
    assert values["reason"] == (
        "Hypertension medicines: PDC 71% (224 of 315 days); 9 days may still be missed this year; supply ended 20 Nov."
    )
    assert values["do"] == "Call before 1 Dec; offer synchronisation or delivery."
    (lost,) = judge([case(200, 315, -1)], today=AS_OF)[0].values()
    assert "goal 80%; 1 day too many missed for this year's goal; supply ends 26 Nov." in numbers(lost, 0)["reason"]


def test_the_rank_is_a_sum_that_can_be_checked():
    (wanted,) = judge([case(224, 315, 9, supply_in=-1)], today=AS_OF)[0].values()
    values = numbers(wanted, 2500)
    assert values["arithmetic"] == [
        ["Urgent", 500],
        ["10 days to act", 100],
        ["Out of supply", 30],
        ["Value of the service", 12],
    ]
    assert values["rank"] == rank(values["arithmetic"]) == 642


def test_no_sum_lifts_a_lower_severity_over_a_higher_one():
    worst_high = case(200, 315, 11, supply_in=-20, act_in=0)
    mildest_urgent = case(280, 315, 10, supply_in=29, act_in=40)
    high, urgent = (
        numbers(next(iter(judge([c], today=AS_OF)[0].values())), v)
        for c, v in ((worst_high, 5000), (mildest_urgent, 0))
    )
    assert high["rank"] < urgent["rank"]


SILENT = [
    ("died", {"died_on": date(2026, 11, 1)}, "deceased"),
    ("in hospice", {"in_hospice": True}, "hospice"),
    ("declined", {"has_declined": True}, "opted_out"),
    ("called yesterday", {"contacts": {"adherence_call": AS_OF - timedelta(days=1)}}, "service_given"),
    ("called six days ago", {"contacts": {"adherence_call": AS_OF - timedelta(days=6)}}, "service_given"),
    ("called a week ago", {"contacts": {"adherence_call": AS_OF - timedelta(days=7)}}, None),
    ("vaccinated yesterday", {"contacts": {"vaccination": AS_OF - timedelta(days=1)}}, None),
]


@pytest.mark.parametrize("title, facts, code", SILENT, ids=[row[0] for row in SILENT])
def test_when_to_keep_silent(title, facts, code):
    wanted, suppressed = judge([case(224, 315, 9, **facts)], today=AS_OF)
    assert bool(wanted) == (code is None)
    assert [why for why, _ in suppressed.values()] == ([code] if code else [])


def test_a_call_made_today_silences_a_historical_feed_for_a_week():
    old = replace(case(224, 315, 9), as_of=date(2021, 10, 1), contacts={"adherence_call": AS_OF - timedelta(days=3)})
    old = replace(old, supply_ends_on=date(2021, 10, 3), last_day=date(2021, 10, 13), period_ends_on=date(2021, 12, 31))
    assert judge([old], today=AS_OF)[0] == {}
    assert judge([old], today=AS_OF + timedelta(days=4))[0] != {}


def test_the_evidence_changes_with_claims_and_not_with_the_calendar():
    today = case(224, 315, 9, supply_in=5)
    in_three_days = replace(today, as_of=AS_OF + timedelta(days=3), covered_days=227, period_days=318)
    after_the_supply = replace(today, as_of=AS_OF + timedelta(days=9), covered_days=229, period_days=324, days_left=5)
    assert key(today) == key(in_three_days) == key(after_the_supply)
    refilled = replace(today, fills=5, supply_ends_on=AS_OF + timedelta(days=35))
    corrected = replace(today, covered_days=210)
    assert len({key(one) for one in (today, refilled, corrected)}) == 3


def test_rules_are_reviewed_and_come_after_those_they_yield_to():
    every = rules.every()
    order = list(every)
    assert all(order.index(one) < order.index(code) for code, rule in every.items() for one in rule.yields_to)
    for rule in every.values():
        assert rule.source and rule.reviewed_on < rule.review_due


def test_the_end_of_supply_says_its_year_where_it_is_another():
    assert supply_words(case(200, 315, -4, supply_in=83)) == "supply ends 12 Feb 2027"
    assert supply_words(case(200, 315, -4, supply_in=-3)) == "supply ended 18 Nov"
