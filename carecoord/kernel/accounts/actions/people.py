"""People of an organisation: their role, their last day, their sessions. Nobody does any of it to themselves."""

from django.db import connection
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record

from ..models import Membership, in_force_on
from ..roles import LEADS, Role


class CannotChange(Exception):
    """The sentence says why, to the person who asked."""


@audited
def change_role(*, membership, role, by):
    """At the person's next request they may do what the new role may. Raises CannotChange."""
    membership = _not_my_own(membership, by)
    before, membership.role = membership.role, role
    if not membership.is_allowed():
        raise CannotChange(f"Nobody is {role.replace('_', ' ')} at {membership.organisation.name}.")
    if before != role:
        _somebody_stays(membership, before)
    membership.save(update_fields=["role"])
    record(event="membership.role_changed", by=by, target=membership, detail={"from": before, "to": role})
    return membership


@audited
def end(*, membership, on, by):
    """`on`: the last day, from today on; None ends it at once, with the sessions. Raises CannotChange."""
    membership, today = _not_my_own(membership, by), timezone.localdate()
    if on is not None and on < max(today, membership.since):
        raise CannotChange("The last day cannot be before today, or before the first one.")
    _somebody_stays(membership, membership.role)
    membership.until = on or max(today, membership.since)
    membership.ended_at = None if on else timezone.now()
    membership.save(update_fields=["until", "ended_at"])
    record(
        event="membership.ended", by=by, target=membership, detail={"on": str(membership.until), "at_once": on is None}
    )
    if on is None:
        end_sessions(person=membership.user, by=by)
    return membership


@audited
def end_sessions(*, person, by):
    """Signed out everywhere, at once; a PIN is worth nothing before a full sign-in. Returns how many sessions there were."""
    ended = _asked("accounts_end_sessions", person)
    record(event="sessions.ended", by=by, target=person, count=ended)
    return ended


def open_sessions(*, person):
    """In how many browsers somebody is signed in now; 0 to whoever does not look after them."""
    return _asked("accounts_open_sessions", person)


def _asked(function, person):
    """The rows are the person's own, so PostgreSQL looks (migration `sessions_of_others`)."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {function}(%s)", [person.pk])
        return cursor.fetchone()[0]


@audited
def switch_off(*, person, by):
    """No sign-in anywhere, whatever the memberships; their sessions end. Raises CannotChange."""
    _not_myself(person, by)
    person.is_active = False
    person.save(update_fields=["is_active"])
    record(event="person.switched_off", by=by, target=person)
    end_sessions(person=person, by=by)


@audited
def switch_on(*, person, by):
    """Signs in again, with the password and second factor of before. Raises CannotChange."""
    _not_myself(person, by)
    person.is_active = True
    person.save(update_fields=["is_active"])
    record(event="person.switched_on", by=by, target=person)


def _not_myself(person, by):
    if person.pk == by.pk:
        raise CannotChange("You cannot do this to yourself. Somebody else who looks after people must.")


def _not_my_own(membership, by):
    """Checked, locked, and as it stands now."""
    _not_myself(membership.user, by)
    rows = Membership.objects.select_for_update(of=("self",)).select_related("organisation", "user")
    membership = rows.get(pk=membership.pk)
    if membership.ended_at or (membership.until and membership.until < timezone.localdate()):
        raise CannotChange("This membership is over already.")
    return membership


def _somebody_stays(membership, role):
    """An organisation keeps one who looks after its people. Locks all of them, so that two cannot send each other away."""
    lead = LEADS.get(membership.organisation.kind)
    if role != lead:
        return
    leads = Membership.objects.select_for_update(of=("self",)).filter(
        in_force_on(timezone.localdate()),
        organisation=membership.organisation,
        role=lead,
        user__is_active=True,
        until=None,
    )
    if not [each for each in leads.order_by("pk") if each.pk != membership.pk]:
        raise CannotChange(f"{membership.user.name} is the last {Role(role).label} here. Make somebody else one first.")
