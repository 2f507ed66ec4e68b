"""Two people record the same no, and a no comes in the middle of a run: each with a real connection of their own."""

from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context
from patients.programs import actions, facts, opt_outs
from patients.programs.models import Enrolment, OptOut
from patients.programs.opt_ins import CannotChange
from tests.conftest import as_owner
from tests.factories.history import fill, hypertensive
from tests.patients.flags.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def leave(cast):
    return opt_outs.opt_out(
        member=cast.a.member, program=cast.program, since=timezone.localdate(), how="phone", by=cast.dana
    )


def test_recorded_at_once_by_two_one_is_told(cast):
    answers = at_once(*[(cast.dana.scope, lambda: leave(cast))] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["CannotChange", "OptOut"]
    assert any("already" in str(answer) for answer in answers if isinstance(answer, CannotChange))
    with as_owner():
        assert OptOut.objects.filter(until=None).count() == 1


def test_said_in_the_middle_of_a_run_it_holds_after_it(cast, monkeypatch):
    """The run has read its facts, in which nobody left; the no is recorded; the run enrols; the worker ends it."""
    from_read, today = Event(), timezone.localdate()
    recorded, read = Event(), facts.cases
    with as_owner():
        hypertensive(cast.a)
        for ago in (100, 10):
            fill(cast.a, (today - timedelta(days=ago)).isoformat())
        Enrolment.objects.filter(patient=cast.a.patient).delete()

    def slow(*args):
        found = read(*args)
        from_read.set()
        assert recorded.wait(20)
        return found

    monkeypatch.setattr(facts, "cases", slow)

    def run():
        return actions.enrol(program=cast.program, payer=cast.a.payer, as_of=today, by=None).counts["enrolled"]

    def say():
        assert from_read.wait(20)
        row = leave(cast)
        recorded.set()
        return row

    enrolled, row = at_once((context.worker_for(cast.a.payer.pk), run), (cast.dana.scope, say))
    assert enrolled == 1 and isinstance(row, OptOut), (enrolled, row)
    with as_owner():
        assert Enrolment.objects.get(patient=cast.a.patient).days.upper is None
        Outbox.objects.exclude(topic="member.opted_out").delete()
    jobs.drain(rounds=1)
    with as_owner():
        assert not Enrolment.objects.filter(patient=cast.a.patient, days__upper_inf=True).exists()
