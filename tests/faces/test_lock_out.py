"""Too many wrong tries: a pause for the account and for the address, the same for known and unknown people."""

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.urls import reverse

from carecoord.kernel.accounts.models import User
from carecoord.kernel.audit.models import AuditEvent
from tests.factories.cast import PASSWORD

from .test_sign_in import code, secret, sign_in

__all__ = ["secret"]
pytestmark = pytest.mark.django_db
WRONG = "wrong password entirely"


@pytest.fixture
def alice(cast, as_owner):
    with as_owner():
        User.objects.filter(pk=cast.alice.pk).update(password=make_password(PASSWORD))
    return User.objects.get(pk=cast.alice.pk)


def tries(client, email, times, address="10.0.0.1", password=WRONG):
    """What the last of several tries is told."""
    for _ in range(times):
        form = {"login": email, "password": password}
        answer = client.post(reverse("account_login"), form, REMOTE_ADDR=address)
    return answer


def errors(answer):
    return answer.context["form"].errors.as_json()


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_five_wrong_tries_pause_an_account_known_or_not(client, alice, email):
    assert "not correct" in errors(tries(client, email, 5))
    paused = tries(client, email, 1, address="10.0.0.2")
    assert "Please wait 5 minutes" in errors(paused)
    assert "Too many tries" in paused.content.decode()


def test_the_right_password_does_not_open_a_paused_account_until_the_time_is_over(client, alice):
    with time_machine.travel("2026-11-21T15:00Z", tick=False) as clock:
        tries(client, alice.email, 5)
        assert "wait 5 minutes" in errors(tries(client, alice.email, 1, password=PASSWORD))
        clock.shift(241)
        assert "wait a minute" in errors(tries(client, alice.email, 1, password=PASSWORD))
        clock.shift(60)
        assert tries(client, alice.email, 1, password=PASSWORD).status_code == 302


def test_one_address_cannot_try_many_accounts(client, alice):
    for number in range(10):
        tries(client, f"person{number}@example.org", 1)
    assert "Too many tries" in errors(tries(client, "another@example.org", 1))
    assert "not correct" in errors(tries(client, "another@example.org", 1, address="10.0.0.2"))


def test_codes_are_paused_as_passwords_are(client, alice, secret):
    sign_in(client, alice)
    for _ in range(5):
        answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert "not a code or passkey that we know" in errors(answer)
    answer = client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert "Please wait 5 minutes" in errors(answer)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_a_password_is_worked_through_once_whether_or_not_somebody_has_the_address(client, alice, monkeypatch, email):
    worked = []
    encode = Argon2PasswordHasher.encode
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *a: worked.append("encode") or encode(*a))
    verify = Argon2PasswordHasher.verify
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *a: worked.append("verify") or verify(*a))
    tries(client, email, 1)
    assert len(worked) == 1


def test_the_trail_knows_of_sign_ins_and_of_those_that_failed(client, alice, secret, as_owner):
    tries(client, alice.email, 1)
    tries(client, "nobody@example.org", 1)
    sign_in(client, alice)
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    with as_owner():
        refused = list(AuditEvent.objects.filter(event="sign_in.refused").order_by("id"))
        signed_in = AuditEvent.objects.get(event="person.signed_in")
    assert [e.row_ids for e in refused] == [[alice.pk], []]
    assert refused[0].organisation_id == alice.membership.organisation_id
    assert str(refused[0].ip) == "10.0.0.1"
    assert "nobody" not in str(refused[1].detail)
    assert (signed_in.user_id, signed_in.detail["factors"]) == (alice.pk, ["password", "totp"])


def test_a_recovery_code_works_once_and_warns_when_few_are_left(client, alice, secret, as_owner):
    with as_owner():
        codes = RecoveryCodes.activate(alice).get_unused_codes()
        Authenticator.objects.filter(user=alice, type="recovery_codes").update(
            data=Authenticator.objects.get(user=alice, type="recovery_codes").data | {"used_mask": 0b0001111110}
        )
    sign_in(client, alice)
    assert client.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert "3 recovery codes left" in client.get("/portal/").content.decode()
    client.post(reverse("account_logout"))
    sign_in(client, alice)
    assert client.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 200
