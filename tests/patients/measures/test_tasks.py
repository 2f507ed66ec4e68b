"""From a delivery, and from the clock, to the worklist: each step hands on to the next."""

from datetime import date

import pytest
import time_machine
from django.utils import timezone

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context
from patients.claims.models import Fill, TouchedPatient
from patients.flags.models import Flag
from patients.measures import tasks
from patients.measures.models import MeasureResult, Run
from patients.models import PatientAccess
from patients.programs.models import Enrolment, EnrolmentRun
from tests.conftest import as_owner
from tests.factories.history import drugs, fill, hypertensive

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def world(cast):
    with as_owner():
        Fill.objects.filter(patient=cast.a.patient).delete()
        MeasureResult.objects.all().delete()
        Flag.objects.filter(pk=cast.a.flag.pk).update(status="closed", closed_at=timezone.now())
        drugs()
        hypertensive(cast.a)
        for day in ("2026-01-10", "2026-03-01", "2026-05-15", "2026-10-20"):
            fill(cast.a, day, 30)
    return cast


def touched(cast, patient_ids):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        mine = {"payer": cast.a.payer, "delivery": cast.a.delivery}
        TouchedPatient.objects.bulk_create(TouchedPatient(patient_id=pk, **mine) for pk in patient_ids)
        jobs.hand_on(topic="patients.touched", payer_id=cast.a.payer.pk, subject_id=cast.a.delivery.pk)


def open_flags(cast):
    with as_owner():
        return list(Flag.objects.filter(patient=cast.a.patient, status="open"))


def test_a_delivery_reaches_the_worklist(world):
    touched(world, [world.a.patient.pk])
    assert jobs.drain() == 3
    (flag,) = open_flags(world)
    assert flag.measure == "pdc_rasa" and flag.pharmacy_id == world.a.pharmacy.pk
    with as_owner():
        assert Run.objects.get().cause == f"delivery:{world.a.delivery.pk}"


def test_members_whom_it_did_not_touch_are_left_alone(world):
    touched(world, [])
    jobs.drain()
    assert open_flags(world) == []


def test_a_historical_feed_reaches_the_worklist_with_the_numbers_of_its_last_day(world):
    with as_owner():
        Fill.objects.filter(patient=world.a.patient).delete()
        for day in ("2021-01-10", "2021-03-01", "2021-05-15", "2021-10-20"):
            fill(world.a, day, 30)
    touched(world, [world.a.patient.pk])
    jobs.drain()
    (flag,) = open_flags(world)
    assert (flag.year, flag.evidence["as_of"]) == (2021, "2021-10-20")


def night():
    tasks.begin_night()
    return jobs.drain()


def test_a_night_evaluates_enrols_and_flags_everybody(world):
    with as_owner():
        Enrolment.objects.all().delete()
        PatientAccess.objects.all().delete()
    # The night; for each of two payers: measures, their one shard, rates, scores, programme, flags.
    assert night() == 13
    (flag,) = open_flags(world)
    with as_owner():
        assert Enrolment.objects.get(patient=world.a.patient).pharmacy_id == flag.pharmacy_id == world.a.pharmacy.pk
        assert Run.objects.filter(cause="nightly").count() == 2


def test_several_beats_make_one_night(world):
    night()
    assert night() == 0
    with as_owner():
        assert Outbox.objects.filter(topic="night").count() == 1


def test_a_night_ends_a_programme_that_is_over(world):
    night()
    with as_owner():
        assert EnrolmentRun.objects.exists()
        type(world.program).objects.filter(pk=world.program.pk).update(until=TODAY)
    with time_machine.travel(date(2026, 11, 22), tick=False):
        night()
    assert open_flags(world) == []
    with as_owner():
        one = Enrolment.objects.get(patient=world.a.patient)
        assert (one.days.upper, one.ended_because) == (date(2026, 11, 22), "program_ended")
        assert not PatientAccess.objects.filter(patient=world.a.patient, until=None).exists()
