"""What people sign in with: each person's own, and the door's; verdicts until the payer decides. Asked past every view."""

import psycopg
import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.utils import timezone

from carecoord.kernel.accounts.models import KnownBrowser, QuickPin, User
from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate

pytestmark = pytest.mark.django_db


@pytest.fixture
def factors(cast, as_owner):
    with as_owner():
        for user in (cast.alice, cast.dana, cast.vera):
            Authenticator.objects.create(user=user, type="totp", data={"secret": f"of {user.name}"})
            QuickPin.objects.create(user=user, digest=user.name, set_at=timezone.now())
            KnownBrowser.objects.create(
                user=user, browser="one of the counter", signed_in_at=timezone.now(), has_both_factors=True
            )
            UserSession.objects.create(user=user, ip="10.0.0.1", session_key=user.name, user_agent="x")


def asked(sql):
    with connection.connection.transaction(), connection.connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else cursor.rowcount


OWN = {
    "mfa_authenticator": "data = '{}'", "accounts_quickpin": "digest = 'x'", "accounts_knownbrowser": "wrong_pins = 1",
    "usersessions_usersession": "user_agent = 'x'",
}  # fmt: skip
"""Table -> a change of it."""


@pytest.mark.parametrize("table", OWN)
@pytest.mark.parametrize("name", ["alice", "dana", "vera"])
def test_somebody_signed_in_reaches_their_own_rows_alone(cast, factors, name, table):
    user = getattr(cast, name)
    with context.acting_as(user.scope):
        assert asked(f"select user_id from {table}") == [(user.pk,)]
        assert asked(f"update {table} set {OWN[table]}") == 1
        assert asked(f"delete from {table}") == 1


@pytest.mark.parametrize("table", OWN)
@pytest.mark.parametrize(("role", "seen"), [("portal", 3), ("pbm", 0), ("auditor", 0)])
def test_before_sign_in_only_the_door_looks(cast, factors, role, seen, table):
    with context.logged_in(role):
        assert len(asked(f"select 1 from {table}")) == seen


@pytest.mark.parametrize("table", OWN)
@pytest.mark.parametrize("role", ["api", "worker"])
def test_nobody_else_reads_what_people_sign_in_with(role, table):
    with context.logged_in(role), pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(f"select 1 from {table}")


def test_whoever_looks_after_people_ends_their_sessions_and_no_strangers(cast, factors):
    ended, counted = "select accounts_end_sessions({0.pk})", "select accounts_open_sessions({0.pk})"
    with context.acting_as(cast.charlie.scope):
        assert asked(counted.format(cast.alice)) == [(0,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="another organisation"):
            asked(ended.format(cast.alice))
    with context.acting_as(cast.vera.scope), pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(ended.format(cast.dana))
    with context.acting_as(cast.bob.scope):
        assert asked(ended.format(cast.alice)) == [(1,)]
    with context.logged_in("portal"):
        assert asked(f"select 1 from accounts_knownbrowser where user_id = {cast.alice.pk}") == []


CHANGES = ["password = 'x'", "email = 'x@example.org'", "last_login = now()"]


@pytest.mark.parametrize("name", ["alice", "dana", "ada", "vera"])
@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_anothers_password_or_address(cast, name, change):
    with context.acting_as(getattr(cast, name).scope):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="for the person alone"):
            asked(f"update accounts_user set {change} where id = {cast.bob.pk}")
        assert asked(f"update accounts_user set {change} where id = {getattr(cast, name).pk}") == 1


@pytest.mark.parametrize("change", ["is_active = false", "name = 'x'", "public_id = gen_random_uuid()", "id = 1"])
def test_a_pharmacys_log_in_changes_nothing_else_of_a_person(cast, change):
    with context.acting_as(cast.alice.scope), pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(f"update accounts_user set {change} where id = {cast.alice.pk}")


@pytest.mark.parametrize("name", ["alice", "dana", "vera"])
def test_a_password_is_changed_by_its_owner_and_at_the_door(cast, name):
    user = getattr(cast, name)
    with context.acting_as(user.scope):
        get_adapter().set_password(User.objects.get(pk=user.pk), "a new long password")
    get_adapter().set_password(User.objects.get(pk=user.pk), "another, by the link in an e-mail")
    assert User.objects.get(pk=user.pk).check_password("another, by the link in an e-mail")


def test_a_pharmacy_adds_no_verdict_to_a_claim_that_is_decided(cast):
    claim = cast.a.service_claim
    new = "insert into billing_editresult (payer_id, pharmacy_id, claim_id, side, severity, edit, passed, message, ran_at) values "
    row = f"{new} ({claim.payer_id}, {claim.pharmacy_id}, {claim.pk}, 'pharmacy', 'hold', 'x', true, '', now())"
    with context.acting_as(cast.alice.scope):
        assert asked(row) == 1
    with context.acting_as(cast.erin.scope):
        adjudicate.deny(claim=claim, carc="204", reason="Not in the plan.", by=cast.erin)
    with context.acting_as(cast.alice.scope), pytest.raises(psycopg.errors.InsufficientPrivilege, match="policy"):
        asked(row)
