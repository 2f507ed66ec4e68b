"""Somebody is invited, and comes. The e-mail is the faces' to send: they know the address of the site."""

from datetime import timedelta

from django.core import signing
from django.db.models.functions import Lower
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record

from ..models import Invitation, Membership, User, in_force_on
from ..roles import ALLOWED, LEADS, Role

LASTS_DAYS = 7
FURTHEST_DAYS = 366
SALT = "carecoord.invitation"


class CannotInvite(Exception):
    """The sentence says why, to the person who invites."""


class CannotAccept(Exception):
    """The sentence says why, to the person who was invited."""


def roles_to_give(manager, organisation):
    """The roles that a manager may give there: all at home; elsewhere the first of those who look after people, to begin with."""
    if manager.membership.organisation_id == organisation.pk:
        return [role for role in Role if role in ALLOWED[organisation.kind]]
    lead = LEADS.get(organisation.kind)
    has_lead = Membership.objects.filter(
        in_force_on(timezone.localdate()), organisation=organisation, role=lead
    ).exists()
    return [lead] if lead and organisation.kind != manager.membership.organisation.kind and not has_lead else []


@audited
def invite(*, organisation, email, name, role, since, by):
    """Returns the Invitation, for the face to send. Raises CannotInvite."""
    today = timezone.localdate()
    if role not in roles_to_give(by, organisation):
        raise CannotInvite(f"You cannot make somebody {role.replace('_', ' ')} at {organisation.name}.")
    if not today <= since <= today + timedelta(FURTHEST_DAYS):
        raise CannotInvite("The first day is today or within a year.")
    if email.lower() == by.email.lower():
        raise CannotInvite("That is your own address. Somebody else must invite you.")
    if Membership.objects.filter(user__email__iexact=email, organisation=organisation, until=None).exists():
        raise CannotInvite(f"{email} works at {organisation.name} already.")
    open_ones = Invitation.objects.filter(organisation=organisation, accepted_at=None, cancelled_at=None)
    earlier = open_ones.annotate(address=Lower("email")).filter(address=email.lower()).first()
    if earlier and earlier.is_open:
        raise CannotInvite(f"{email} is invited already. Send that invitation again, or cancel it.")
    if earlier:
        Invitation.objects.filter(pk=earlier.pk).update(cancelled_at=timezone.now())
    invitation = Invitation.objects.create(
        organisation=organisation,
        invited_from=by.membership.organisation,
        invited_by=by,
        email=email,
        name=name,
        role=role,
        since=since,
        expires_at=timezone.now() + timedelta(LASTS_DAYS),
    )
    record(event="invitation.made", by=by, target=invitation, detail={"organisation": organisation.pk, "role": role})
    return invitation


@audited
def renew(*, invitation, by):
    """A new link for a new week; the old one is void. Raises CannotInvite."""
    if invitation.accepted_at or invitation.cancelled_at:
        raise CannotInvite("This invitation is over. Invite the person anew.")
    invitation.sendings += 1
    invitation.expires_at, invitation.sent_at = timezone.now() + timedelta(LASTS_DAYS), None
    invitation.save(update_fields=["sendings", "expires_at", "sent_at"])
    record(event="invitation.renewed", by=by, target=invitation)
    return invitation


@audited
def cancel(*, invitation, by):
    """Its link is void at once. Raises CannotInvite."""
    if invitation.accepted_at:
        raise CannotInvite(f"{invitation.name} has accepted already. End the membership instead.")
    invitation.cancelled_at = invitation.cancelled_at or timezone.now()
    invitation.save(update_fields=["cancelled_at"])
    record(event="invitation.cancelled", by=by, target=invitation)


@audited
def sent(*, invitation, by):
    """The mail server took the e-mail."""
    invitation.sent_at = timezone.now()
    invitation.save(update_fields=["sent_at"])
    record(event="invitation.sent", by=by, target=invitation)


def token_of(invitation):
    """What the link carries: which row, whose scope to look for it in, and which sending it was."""
    told = {"i": str(invitation.public_id), "o": invitation.organisation_id, "n": invitation.sendings}
    return signing.dumps(told, salt=SALT)


def read_token(token):
    """(public id, organisation id, sending) of a link of ours; None for anything else."""
    try:
        told = signing.loads(token, salt=SALT)
        return told["i"], told["o"], told["n"]
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        return None


def find(token):
    """The invitation of a link, in the scope of its organisation; None for a link that is void or over."""
    told = read_token(token)
    if told is None:
        return None
    rows = Invitation.objects.filter(public_id=told[0], organisation_id=told[1], sendings=told[2])
    found = rows.select_related("organisation", "invited_by").first()
    return found if found and found.is_open and found.organisation.is_active else None


@audited
def accept(*, invitation, name, password, by):
    """The person is in: a new one (`by` None) with a password, or one who is signed in. Returns the User.

    Run in the scope of the invitation's organisation, without a person. Raises CannotAccept.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not invitation.is_open:
        raise CannotAccept("This invitation is over. Ask for a new one.")
    known = User.objects.filter(email__iexact=invitation.email).first()
    if known != by:
        raise CannotAccept("This address has an account. Sign in with it, then open the link again.")
    user = by or User.objects.create_user(invitation.email, password, name=name)
    if Membership.objects.filter(user=user, organisation_id=invitation.organisation_id, until=None).exists():
        raise CannotAccept("You work there already.")
    Membership.objects.create(
        user=user,
        organisation_id=invitation.organisation_id,
        role=invitation.role,
        since=max(invitation.since, timezone.localdate()),
    )
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record(event="invitation.accepted", by=user, target=invitation, detail={"user": user.pk, "role": invitation.role})
    return user
