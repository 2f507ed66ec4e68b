"""Passwords and second factors: each person's own, and the door's; verdicts until the payer decides. Asked past every view."""

import psycopg
import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.db import connection

from carecoord.kernel.accounts.models import User
from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate

pytestmark = pytest.mark.django_db


@pytest.fixture
def factors(cast, as_owner):
    with as_owner():
        for user in (cast.alice, cast.dana, cast.vera):
            Authenticator.objects.create(user=user, type="totp", data={"secret": f"of {user.name}"})


def asked(sql):
    with connection.connection.transaction(), connection.connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else cursor.rowcount


@pytest.mark.parametrize("name", ["alice", "dana", "vera"])
def test_somebody_signed_in_reaches_their_own_second_factor_alone(cast, factors, name):
    user = getattr(cast, name)
    with context.acting_as(user.scope):
        assert asked("select user_id from mfa_authenticator") == [(user.pk,)]
        assert asked("update mfa_authenticator set data = '{}'") == 1
        assert asked("delete from mfa_authenticator") == 1


@pytest.mark.parametrize(("role", "seen"), [("portal", 3), ("pbm", 0), ("auditor", 0)])
def test_before_sign_in_only_the_door_looks(cast, factors, role, seen):
    with context.logged_in(role):
        assert len(asked("select 1 from mfa_authenticator")) == seen


@pytest.mark.parametrize("role", ["api", "worker"])
def test_nobody_else_reads_second_factors(role):
    with context.logged_in(role), pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked("select 1 from mfa_authenticator")


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
