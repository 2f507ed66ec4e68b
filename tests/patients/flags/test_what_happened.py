"""Home from hospital, emergency visits, diabetes without a statin: raised from claims, closed by them."""

from datetime import date, timedelta

import pytest
import time_machine

from carecoord.kernel.drugs.models import DrugSetMember
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.claims.models import Fill, Service, ServiceGiven, Stay
from patients.flags import actions, segments
from patients.flags.models import Flag
from patients.measures import actions as measures
from patients.measures.models import MeasureResult
from patients.models import PatientAccess
from patients.programs import actions as programs
from patients.programs.models import Enrolment
from tests.conftest import as_owner
from tests.factories.history import NDC, drugs, fill, hypertensive

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def world(cast):
    """Pat is enrolled at Ash Street and takes lisinopril every day: nothing to flag yet."""
    with as_owner():
        Flag.objects.filter(patient=cast.a.patient).update(status="closed", closed_at="2026-11-01T00:00Z")
        for model in (Enrolment, PatientAccess, Fill, Stay, Service, MeasureResult):
            model.objects.filter(patient=cast.a.patient).delete()
        drugs()
        hypertensive(cast.a)
        for day in ("2026-01-10", "2026-05-10", "2026-09-05"):
            fill(cast.a, day, 120)
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        programs.enrol(program=cast.program, payer=cast.a.payer, as_of=TODAY, by=None)
    return cast


def run(cast, as_of=TODAY):
    payer = cast.a.payer
    with time_machine.travel(as_of, tick=False), context.acting_as(context.worker_for(payer.pk)):
        measures.evaluate(payer=payer, year=as_of.year, as_of=as_of, cause="test")
        return actions.raise_and_close(payer=payer, as_of=as_of)


def open_flags(cast, rule):
    with as_owner():
        return list(Flag.objects.filter(patient=cast.a.patient, rule=rule, status="open").order_by("pk"))


def stay(cast, first, after, kind="inpatient", event=1):
    with as_owner():
        Stay.objects.create(
            payer=cast.a.payer,
            patient=cast.a.patient,
            event_id=event,
            kind=kind,
            from_day=day_number(date.fromisoformat(first)),
            to_day=day_number(date.fromisoformat(after)),
        )


def visit(cast, day, code="99284", event=1):
    with as_owner():
        Service.objects.create(
            payer=cast.a.payer,
            patient=cast.a.patient,
            event_id=event,
            code=code,
            setting="outpatient",
            day=day_number(date.fromisoformat(day)),
        )


def test_a_discharge_is_urgent_in_the_first_week_and_then_high(world):
    stay(world, "2026-11-12", "2026-11-16", event=71)
    run(world)
    (flag,) = open_flags(world, "recent_discharge")
    assert (flag.severity, flag.due_on, flag.measure) == ("urgent", date(2026, 12, 16), "discharge")
    assert flag.headline == "Home for 5 days, review by 16 Dec"
    assert flag.reason == "Came home on 16 Nov after 4 nights in hospital or a nursing facility, by claims."
    assert flag.evidence["claims"] == [
        {"event_id": 71, "first_on": "2026-11-12", "last_on": "2026-11-16", "what": "hospital"}
    ]
    run(world, as_of=TODAY + timedelta(days=5))
    (later,) = open_flags(world, "recent_discharge")
    assert (later.pk, later.severity, later.evidence_key) == (flag.pk, "high", flag.evidence_key)


@pytest.mark.parametrize(
    ("stays", "home"),
    [
        ([("2026-11-12", "2026-11-20")], "2026-11-20"),
        ([("2026-11-12", "2026-11-22")], None),  # not home on the as-of day
        ([("2026-10-12", "2026-10-22")], "2026-10-22"),  # thirty days ago
        ([("2026-10-12", "2026-10-21")], None),
        ([("2026-10-01", "2026-10-10"), ("2026-10-10", "2026-11-15", "snf")], "2026-11-15"),  # moved on, then home
        ([("2026-11-01", "2026-11-10"), ("2026-11-10", "2026-12-15", "snf")], None),
        ([("2026-11-01", "2026-11-10", "snf")], None),  # a facility alone is no hospital
        ([("2026-11-01", "2026-11-10", "hospice")], None),
    ],
)
def test_home_is_the_last_day_of_stays_that_follow_each_other(world, stays, home):
    for event, one in enumerate(stays):
        stay(world, *one, event=event)
    run(world)
    assert [flag.evidence["claims"][0]["last_on"] for flag in open_flags(world, "recent_discharge")] == [home][
        : bool(home)
    ]


def test_two_emergency_visits_in_half_a_year_are_a_flag_and_lines_of_one_day_are_one_visit(world):
    visit(world, "2026-05-25")  # 180 days ago: out
    visit(world, "2026-10-03", event=81)
    visit(world, "2026-10-03", code="REV0450", event=82)
    visit(world, "2026-10-05", code="99213")
    run(world)
    assert open_flags(world, "emergency_visits") == []
    visit(world, "2026-11-01", code="REV0450", event=83)
    run(world)
    (flag,) = open_flags(world, "emergency_visits")
    assert flag.headline == "2 emergency visits, newest 1 Nov"
    assert flag.reason == "2 visits to an emergency department in 180 days: 3 Oct, 1 Nov."
    assert [claim["event_id"] for claim in flag.evidence["claims"]] == [81, 83]
    run(world, as_of=TODAY + timedelta(days=150))
    assert open_flags(world, "emergency_visits") == []


def test_a_dismissal_is_respected_until_the_next_visit(world):
    visit(world, "2026-02-03"), visit(world, "2026-03-03")  # before the half year: no more now than then
    visit(world, "2026-10-03"), visit(world, "2026-11-01")
    run(world)
    (flag,) = open_flags(world, "emergency_visits")
    with context.acting_as(world.alice.scope):
        actions.dismiss(flag=flag, reason="already_done", until=None, by=world.alice)
    assert run(world)["respected"] == 1 and open_flags(world, "emergency_visits") == []
    visit(world, "2026-11-20")
    assert run(world)["reopened"] == 1


def test_diabetes_without_a_statin_closes_with_the_first_fill(world):
    with as_owner():
        world.a.patient.born_on = date(1960, 5, 5)
        world.a.patient.save()
        for day in ("2026-02-01", "2026-05-01"):
            fill(world.a, day, 300, "metformin")
    run(world)
    (flag,) = open_flags(world, "statin_gap")
    assert (flag.headline, flag.due_on) == ("No statin in 2026, fill by 31 Dec", date(2026, 12, 31))
    assert flag.reason == "2 fills for diabetes since 1 Feb, and no statin in 2026; 40 days left."
    assert segments.title(flag.measure) == "Diabetes without statin"
    with as_owner():
        fill(world.a, "2026-11-20", 90, "atorvastatin")
    run(world)
    assert open_flags(world, "statin_gap") == []


def test_a_review_just_given_keeps_it_quiet(world):
    stay(world, "2026-11-12", "2026-11-16")
    with as_owner():
        ServiceGiven.objects.create(
            payer=world.a.payer,
            patient=world.a.patient,
            pharmacy=world.a.pharmacy,
            protocol="medication_review",
            given_on=TODAY,
            encounter_ref=world.a.patient.public_id,
        )
    run(world)
    assert open_flags(world, "recent_discharge") == []


def test_who_is_not_enrolled_has_no_flag(world):
    stay(world, "2026-11-12", "2026-11-16")
    with as_owner():
        Enrolment.objects.filter(patient=world.a.patient).delete()
    run(world)
    assert open_flags(world, "recent_discharge") == []


def controlled(cast, day, days, drug, by):
    """A fill of lisinopril's or the statin's package that counts as the controlled medicine here."""
    with as_owner():
        fill(cast.a, day, days, drug, by=by)


@pytest.fixture
def controlled_drugs(world):
    """The packages of the statin and of metformin stand for an opioid and a benzodiazepine."""
    with as_owner():
        for drug, code in (("atorvastatin", "opioids"), ("metformin", "benzodiazepines")):
            DrugSetMember.objects.filter(ndc11=NDC[drug]).update(set_code=code)
    return world


@pytest.mark.parametrize(
    "second, days, by, severity",
    [
        ("2026-11-05", 30, "D2", "urgent"),
        ("2026-11-05", 30, "D1", None),  # one prescriber
        ("2026-11-05", 30, "", None),  # nobody knows who
        ("2026-10-30", 2, "D2", None),  # used up the day before
        ("2026-10-30", 3, "D2", "urgent"),
    ],
)
def test_controlled_medicines_of_two_prescribers(controlled_drugs, second, days, by, severity):
    controlled(controlled_drugs, "2026-11-01", 30, "atorvastatin", "D1")
    controlled(controlled_drugs, second, days, "metformin", by)
    run(controlled_drugs)
    found = open_flags(controlled_drugs, "two_prescribers")
    assert [one.severity for one in found] == ([severity] if severity else [])
    for one in found:
        assert one.headline == "2 prescribers, opioid and benzodiazepine" and one.who == "pharmacist"
        assert {claim["by"] for claim in one.evidence["claims"]} == {"D1", "D2"}


def test_two_prescribers_of_one_opioid_are_less_urgent(controlled_drugs):
    controlled(controlled_drugs, "2026-11-01", 30, "atorvastatin", "D1")
    controlled(controlled_drugs, "2026-11-10", 30, "atorvastatin", "D2")
    run(controlled_drugs)
    (one,) = open_flags(controlled_drugs, "two_prescribers")
    assert (one.severity, one.headline) == ("high", "2 prescribers, opioid")
