"""Kinds of patients that a pharmacist can see together, and weights that a network sets its own way."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection

from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from patients.flags import segments
from patients.flags.case import Events, Happened, Limits, Whole
from patients.flags.happened import DISCHARGE
from patients.flags.judge import judge, numbers
from patients.flags.models import Flag
from patients.flags.rules.emergency_visits import LEAST_VISITS
from patients.flags.worklist import BY_SEVERITY, Severity
from tests.conftest import as_owner

from .test_rules import AS_OF, Defaults, case, first_fill

TABLE = [
    # covered of period, days left, supply in, fills    segments
    (case(251, 315, 30), ["near_miss"]),
    (case(189, 315, 11), ["near_miss"]),  # exactly 60%
    (case(188, 315, 11), []),
    (case(252, 315, 40), []),  # exactly 80%
    (case(150, 315, 5, supply_in=-30), ["abandoned"]),
    (case(150, 315, 5, supply_in=-29), []),
    (case(150, 315, -9, supply_in=-90, ends=AS_OF - timedelta(days=1)), []),  # left the plan
    (first_fill(supply_in=-30), ["abandoned", "first_fill_only"]),
    (first_fill(supply_in=-29), ["first_fill_only"]),
]


@pytest.mark.parametrize("one, expected", TABLE)
def test_segments_of_adherence(one, expected):
    assert segments.of(one) == expected


def test_whoever_came_home_from_hospital_is_in_that_segment_with_every_flag():
    whole = Whole()
    one = case(251, 315, 30, whole=whole)
    whole.cases += [one, event(DISCHARGE, AS_OF - timedelta(days=3), whole=whole)]
    assert segments.of(one) == ["near_miss", "recent_discharge"]


def event(measure, *days, before=0, whole=None):
    happened = tuple(Happened(number, day, day, "emergency") for number, day in enumerate(days))
    return Events(
        payer_id=1, patient_id=2, pharmacy_id=3, program_id=4, measure=measure, year=2026, as_of=AS_OF, limits=Defaults(),
        happened=happened, before=before, whole=whole or Whole(),
    )  # fmt: skip


def visits(count, before):
    return event("emergency_visits", *(AS_OF - timedelta(days=20 * n) for n in range(count, 0, -1)), before=before)


@pytest.mark.parametrize(
    "now, before, rule",
    [
        (1, 0, None),
        (2, 0, "emergency_visits"),
        (3, 0, "rising_emergency_visits"),
        (2, 1, "emergency_visits"),
        (3, 1, "rising_emergency_visits"),
        (3, 2, "emergency_visits"),
        (4, 2, "rising_emergency_visits"),
        (6, 4, "emergency_visits"),
    ],
)
def test_more_emergency_visits_than_before(now, before, rule):
    wanted, _ = judge([visits(now, before)], today=AS_OF)
    assert [one.rule.code for one in wanted.values()] == ([rule] if rule else [])
    if rule == "rising_emergency_visits":
        (one,) = wanted.values()
        assert one.rule.reason(one.case).startswith(
            f"{now} visits to an emergency department in 180 days, {before} in the 180 days before: "
        )


@pytest.mark.parametrize("days, points", [(0, 0), (10, 50), (29, 145)])
def test_the_last_day_for_a_review_after_a_discharge_presses_as_any_other(days, points):
    """Thirty days after the discharge: the nearer that day, the more points."""
    home = event(DISCHARGE, AS_OF - timedelta(days=days))
    (wanted,) = judge([home], today=AS_OF)[0].values()
    values = numbers(wanted, 0)
    assert values["due_on"] == AS_OF + timedelta(days=30 - days)
    left = [[f"{30 - days} day{'' if days == 29 else 's'} to act", points]] if points else []
    assert values["arithmetic"][1:] == left and values["rank"] == values["arithmetic"][0][1] + points


@pytest.mark.django_db
def test_a_network_weighs_for_itself_and_nobody_else():
    urgent = BY_SEVERITY[Severity.URGENT]
    with as_owner():
        ParameterValue.objects.create(
            code=urgent.code, scope="network:7", value=900, since=date(2026, 1, 1), reason="x"
        )
        ParameterValue.objects.create(code=urgent.code, value=600, since=date(2026, 6, 1), reason="x")
        ParameterValue.objects.create(
            code=LEAST_VISITS.code, scope="network:7", value=9, since=date(2026, 1, 1), reason="not by network"
        )
        ours, others, before = Limits(AS_OF, 7), Limits(AS_OF, 8), Limits(date(2025, 12, 31), 7)
        assert [limits[urgent] for limits in (ours, others, before)] == [900, 600, 500]
        assert ours[LEAST_VISITS] == LEAST_VISITS.default


@pytest.mark.django_db
def test_a_flag_about_substance_use_is_for_those_who_may_see_such_records(cast):
    """By both walls: the query, and the database."""
    with as_owner():
        Flag.objects.filter(pk=cast.a.flag.pk).update(sensitivity=1)
    for sees in (False, True):
        who = replace(cast.alice.scope, sees_substance_use=sees)
        with context.acting_as(who):
            assert Flag.objects.visible_to(who).filter(pk=cast.a.flag.pk).exists() is sees
            with connection.cursor() as cursor:
                cursor.execute("select count(*) from flags_flag where id = %s", [cast.a.flag.pk])
                assert cursor.fetchone() == (int(sees),)


def test_what_is_about_substance_use_says_so():
    labelled = case(224, 315, 9, is_about_substance_use=True)
    for one, expected in ((labelled, 1), (replace(labelled, is_about_substance_use=False), 0)):
        (wanted,) = judge([one], today=AS_OF)[0].values()
        assert numbers(wanted, 0)["sensitivity"] == expected
