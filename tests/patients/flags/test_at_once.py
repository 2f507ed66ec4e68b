"""Two passes at once, and a pass while a person dismisses: each with a real connection and log-in of its own."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.utils import timezone

from carecoord.kernel.tenancy import context
from patients.care.models import OutreachTry, Snooze
from patients.claims.models import Fill
from patients.flags import actions
from patients.flags.models import Flag, FlagChange
from patients.measures import actions as measures
from patients.measures.models import MeasureResult, Run
from patients.models import PatientAccess
from patients.programs import actions as programs
from patients.programs.models import Decision, Enrolment, EnrolmentRun
from tests.conftest import as_owner
from tests.factories.history import diagnosis, drugs, fill

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs):
    """Each job: (scope, function). Starts them together; returns what they returned or raised."""
    start, answers = Barrier(len(jobs)), [None] * len(jobs)

    def run(place, scope, job):
        try:
            start.wait(10)
            with context.acting_as(scope):
                answers[place] = job()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            answers[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(place, *pair)) for place, pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.fixture
def world(cast):
    """Pat fills too seldom at Ash Street, seen from the last day of the year that counts for them."""
    cast.today = timezone.localdate()
    cast.scope = context.worker_for(cast.a.payer.pk)
    first = cast.today.replace(month=1, day=5)
    with as_owner():
        for model in (OutreachTry, Snooze, Enrolment, PatientAccess, Fill, MeasureResult, FlagChange):
            model.objects.all().delete()
        cast.a.encounter.delete()
        cast.b.encounter.delete()
        Flag.objects.all().delete()
        drugs()
        for gap in (0, 60, 120):
            fill(cast.a, (first + timedelta(days=gap)).isoformat(), 20)
        for ago in (20, 10):
            diagnosis(cast.a, (cast.today - timedelta(days=ago)).isoformat())
    return cast


def enrol(cast):
    return programs.enrol(program=cast.program, payer=cast.a.payer, as_of=cast.today, by=None)


def evaluate(cast):
    return measures.evaluate(payer=cast.a.payer, year=cast.today.year, as_of=cast.today, cause="test")


def flag(cast):
    return actions.raise_and_close(payer=cast.a.payer, as_of=cast.today)


def test_enrolled_at_once_is_enrolled_once(world):
    answers = at_once(*[(world.scope, lambda: enrol(world).counts["enrolled"])] * 3)
    assert answers == [1, 1, 1]
    with as_owner():
        assert (Enrolment.objects.count(), PatientAccess.objects.count(), Decision.objects.count()) == (1, 1, 1)
        assert EnrolmentRun.objects.count() == 3


def test_evaluated_at_once_is_one_result(world):
    answers = at_once(*[(world.scope, lambda: evaluate(world).results)] * 3)
    assert len(set(answers)) == 1 and answers[0] >= 1
    with as_owner():
        assert (MeasureResult.objects.filter(measure="pdc_rasa").count(), Run.objects.count()) == (1, 3)


def test_two_passes_at_once_raise_one_flag(world):
    with context.acting_as(world.scope):
        enrol(world), evaluate(world)
    answers = at_once(*[(world.scope, lambda: flag(world))] * 3)
    assert sorted(answer["raised"] for answer in answers) == [0, 0, 1]
    with as_owner():
        assert Flag.objects.count() == FlagChange.objects.count() == 1


def test_a_dismissal_during_a_pass_is_not_undone_by_it(world):
    with context.acting_as(world.scope):
        enrol(world), evaluate(world), flag(world)
    with as_owner():
        one = Flag.objects.get()
    until = world.today + timedelta(days=9)
    dismiss = (world.alice.scope, lambda: actions.dismiss(flag=one, reason="declined", until=until, by=world.alice))
    answers = at_once((world.scope, lambda: flag(world)), dismiss, (world.scope, lambda: flag(world)))
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    with as_owner():
        assert Flag.objects.get().status == "dismissed"


def test_two_people_dismiss_once(world):
    with context.acting_as(world.scope):
        enrol(world), evaluate(world), flag(world)
    with as_owner():
        one = Flag.objects.get()
    jobs = [
        (user.scope, lambda user=user: actions.dismiss(flag=one, reason="declined", until=None, by=user))
        for user in (world.alice, world.bob)
    ]
    answers = at_once(*jobs)
    refused = [answer for answer in answers if isinstance(answer, actions.CannotChange)]
    assert [str(error) for error in refused] == ["This flag is already dismissed."]
    with as_owner():
        assert FlagChange.objects.filter(to_status="dismissed").count() == 1
