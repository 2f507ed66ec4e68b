"""What people do with a flag: assign, dismiss, reopen, resolve. Every status knows where it may go."""

from datetime import timedelta

import pytest
from django.utils import timezone

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.flags import actions
from patients.flags.models import Flag, FlagChange
from patients.models import PatientAccess
from tests.conftest import as_owner

pytestmark = pytest.mark.django_db
Status = Flag.Status


def today():
    return timezone.localdate()


def alone(cast, do, **more):
    """As Alice, at Ash Street."""
    with context.acting_as(cast.alice.scope):
        return do(flag=cast.a.flag, by=cast.alice, **more)


def flag_of(cast):
    with as_owner():
        return Flag.objects.get(pk=cast.a.flag.pk)


DO = {
    Status.DISMISSED: lambda cast: alone(cast, actions.dismiss, reason="declined", until=today() + timedelta(days=9)),
    Status.OPEN: lambda cast: alone(cast, actions.reopen),
    Status.CLOSED: lambda cast: alone(cast, actions.resolve, why="Called."),
}


def put(cast, status):
    with as_owner():
        fields = {
            Status.OPEN: {},
            Status.DISMISSED: {"dismissal": "declined"},
            Status.CLOSED: {"closed_at": timezone.now()},
        }
        Flag.objects.filter(pk=cast.a.flag.pk).update(status=status, **fields[status])


def test_every_status_says_where_it_may_go():
    assert set(Flag.TRANSITIONS) == set(Status)


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
def test_transitions(cast, before, after):
    put(cast, before)
    if after in Flag.TRANSITIONS[before]:
        DO[after](cast)
        assert flag_of(cast).status == after
        with as_owner():
            change = FlagChange.objects.filter(flag=cast.a.flag).last()
        assert (change.from_status, change.to_status, change.by_id) == (before, after, cast.alice.pk)
    else:
        with pytest.raises(actions.CannotChange, match=r"^This flag is .*\.$"):
            DO[after](cast)
        assert flag_of(cast).status == before


def test_a_dismissal_keeps_reason_day_and_note_apart_from_the_trail(cast):
    until = today() + timedelta(days=30)
    alone(cast, actions.dismiss, reason="not_found", until=until, note="Phone is dead")
    flag = flag_of(cast)
    assert (flag.dismissal, flag.dismissed_until) == ("not_found", until)
    with as_owner():
        assert FlagChange.objects.get(flag=flag).why == "Cannot be reached. Phone is dead"
        event = AuditEvent.objects.get(event="flag.dismissed")
    assert event.user_id == cast.alice.pk and event.detail == {"reason": "not_found"}


@pytest.mark.parametrize("days", [-1, 367])
def test_a_dismissal_ends_within_a_year(cast, days):
    with pytest.raises(actions.CannotChange, match="between today and a year"):
        alone(cast, actions.dismiss, reason="declined", until=today() + timedelta(days=days))


def test_a_dismissal_needs_one_of_the_reasons(cast):
    with pytest.raises(actions.CannotChange, match="one of the reasons"):
        alone(cast, actions.dismiss, reason="tired", until=None)


def test_only_a_colleague_can_be_assigned(cast):
    alone(cast, actions.assign, to=cast.bob)
    assert flag_of(cast).assigned_to_id == cast.bob.pk
    alone(cast, actions.assign, to=cast.bob)
    with as_owner():
        assert [c.why for c in FlagChange.objects.filter(flag=cast.a.flag)] == ["Assigned to Bob."]
    with pytest.raises(actions.CannotChange, match="Charlie does not work at this pharmacy"):
        alone(cast, actions.assign, to=cast.charlie)
    alone(cast, actions.assign, to=None)
    assert flag_of(cast).assigned_to_id is None


def test_what_is_not_open_is_not_assigned(cast):
    put(cast, Status.CLOSED)
    with pytest.raises(actions.CannotChange, match="only an open one"):
        alone(cast, actions.assign, to=cast.bob)


@pytest.mark.parametrize("status", [Status.DISMISSED, Status.CLOSED])
def test_a_stranger_changes_nothing(cast, status):
    flag = cast.a.flag
    with context.acting_as(cast.charlie.scope), pytest.raises(actions.CannotChange, match="no longer at your pharmacy"):
        if status == Status.CLOSED:
            actions.resolve(flag=flag, why="x", by=cast.charlie)
        else:
            actions.dismiss(flag=flag, reason="declined", until=None, by=cast.charlie)
    assert flag_of(cast).status == Status.OPEN


def test_a_resolved_flag_says_who_and_when(cast):
    DO[Status.CLOSED](cast)
    flag = flag_of(cast)
    assert flag.closed_by_id == cast.alice.pk and flag.closed_at is not None


def test_a_patient_who_left_cannot_be_worked_on(cast):
    with as_owner():
        PatientAccess.objects.filter(patient=cast.a.patient).update(until=today() - timedelta(days=1))
    with pytest.raises(Exception, match="row-level security|no longer at your pharmacy"):
        DO[Status.DISMISSED](cast)
