"""Signing in: two factors for whoever sees patients, and sessions that end."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import make_password
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.accounts import factors
from carecoord.kernel.accounts.models import Membership, User
from carecoord.kernel.audit.models import AuditEvent
from carecoord.management.commands import migrate
from tests.factories.cast import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast, as_owner):
    with as_owner():
        User.objects.filter(pk=cast.alice.pk).update(password=make_password(PASSWORD))
    return User.objects.get(pk=cast.alice.pk)


@pytest.fixture
def secret(alice, as_owner):
    with as_owner():
        secret = generate_totp_secret()
        TOTP.activate(alice, secret)
    return secret


def code(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def sign_in(client, user, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


def test_a_visitor_is_sent_to_the_sign_in_page(client):
    assert client.get("/").headers["Location"].startswith(reverse("account_login"))
    assert client.get(reverse("account_login")).status_code == 200


def test_one_factor_leads_to_setting_up_the_second_and_nowhere_else(client, alice):
    assert sign_in(client, alice).status_code == 302
    for address in ("/portal/", "/portal/billing/", "/pbm/"):
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer.headers["Location"] == reverse("mfa_activate_totp")


def test_with_both_factors_the_worklist_opens(client, alice, secret):
    answer = sign_in(client, alice)
    assert answer.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get("/portal/").status_code == 302  # not yet
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert client.get("/portal/").status_code == 200


def kept(as_owner, user):
    with as_owner():
        return Authenticator.objects.get(user=user, type="totp").data["secret"]


def test_the_secret_of_an_app_lies_sealed_in_the_database(client, alice, secret, as_owner):
    assert secret not in kept(as_owner, alice) and factors.unseal(kept(as_owner, alice)) == secret


def test_a_secret_from_before_works_and_is_sealed_at_the_next_sign_in(client, alice, secret, as_owner):
    with as_owner():
        Authenticator.objects.filter(user=alice).update(data={"secret": secret})
    sign_in(client, alice)
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert client.get("/portal/").status_code == 200
    assert factors.is_sealed(kept(as_owner, alice)) and factors.unseal(kept(as_owner, alice)) == secret


def test_migrate_seals_what_is_still_in_the_clear_of_whoever_never_signs_in_again(alice, secret, as_owner):
    with as_owner():
        codes = RecoveryCodes.activate(alice).instance
        seed = factors.unseal(codes.data["seed"])
        sealed = Authenticator.objects.get(user=alice, type="totp").data
        Authenticator.objects.filter(pk=codes.pk).update(data=codes.data | {"seed": seed})
        for _ in range(2):
            migrate.seal_second_factors()
        now = Authenticator.objects.get(pk=codes.pk).data
        assert factors.is_sealed(now["seed"]) and factors.unseal(now["seed"]) == seed
        assert now["used_mask"] == codes.data["used_mask"]
        assert Authenticator.objects.get(user=alice, type="totp").data == sealed
        (event,) = AuditEvent.objects.filter(event="second_factor.sealed")
    assert (event.row_ids, event.user_id) == ([alice.pk], None)


def test_under_another_key_no_code_works_and_the_page_says_why(client, alice, secret):
    with override_settings(FACTOR_KEY=b"0" * 32):
        sign_in(client, alice)
        answer = client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert answer.status_code == 200 and "under another secret key" in answer.content.decode()
    assert client.get("/portal/").status_code == 302


def test_a_code_works_once(client, alice, secret, django_user_model):
    used = code(secret)
    sign_in(client, alice)
    assert client.post(reverse("mfa_authenticate"), {"code": used}).status_code == 302
    client.post(reverse("account_logout"))
    sign_in(client, alice)
    assert client.post(reverse("mfa_authenticate"), {"code": used}).status_code == 200  # the form again, with an error
    assert client.get("/portal/").status_code == 302


def test_an_unknown_person_gets_the_same_answer_as_a_wrong_password(client, alice):
    wrong = sign_in(client, alice, "wrong password entirely")
    unknown = client.post(
        reverse("account_login"), {"login": "nobody@example.org", "password": "wrong password entirely"}
    )
    assert (wrong.status_code, unknown.status_code) == (200, 200)
    assert wrong.context["form"].errors == unknown.context["form"].errors


@override_settings(SECOND_FACTOR_REQUIRED=False)
def test_a_session_ends_twelve_hours_after_it_began(client, alice):
    client.force_login(alice)
    assert client.get("/portal/").status_code == 200
    session = client.session
    assert session.get_expiry_age() <= 15 * 60
    session["began"] = int(time.time()) - 12 * 3600 - 1
    session.save()
    assert client.get("/portal/").status_code == 302


@override_settings(SECOND_FACTOR_REQUIRED=False)
@pytest.mark.parametrize("how", ["switched off", "membership ended", "pharmacy closed"])
def test_who_may_no_longer_work_here_is_out_at_the_next_request(client, alice, cast, as_owner, how):
    client.force_login(alice)
    assert client.get("/portal/").status_code == 200
    with as_owner():
        if how == "switched off":
            User.objects.filter(pk=alice.pk).update(is_active=False)
        elif how == "membership ended":
            Membership.objects.filter(user=alice).update(until=timezone.localdate() - timedelta(1))
        else:
            organisation = cast.a.pharmacy.organisation
            organisation.is_active = False
            organisation.save()
    assert client.get("/portal/").status_code == 302


@override_settings(SECOND_FACTOR_REQUIRED=False)
def test_every_page_has_the_strict_policy_and_stays_in_no_cache(client, cast):
    for person, address in [(cast.alice, "/portal/"), (cast.dana, "/pbm/"), (None, reverse("account_login"))]:
        client.cookies.clear()
        if person:
            client.force_login(person)
        answer = client.get(address)
        assert answer.status_code == 200, address
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@override_settings(SECOND_FACTOR_REQUIRED=False)
def test_a_request_that_shows_a_patient_is_one_read_event(client, cast, as_owner):
    client.force_login(cast.alice)
    client.get(f"/portal/patients/{cast.a.patient.public_id}/")
    with as_owner():
        events = list(AuditEvent.objects.filter(event="patient.read"))
    assert [e.patient_ids for e in events] == [[cast.a.patient.pk]]
    assert events[0].user_id == cast.alice.pk


@override_settings(SECOND_FACTOR_REQUIRED=False)
def test_a_refused_request_is_in_the_trail(client, cast, as_owner):
    client.force_login(cast.alice)
    assert client.get(f"/portal/patients/{cast.b.patient.public_id}/").status_code == 404
    with as_owner():
        event = AuditEvent.objects.get(event="request.refused")
    assert (event.user_id, event.detail["status"]) == (cast.alice.pk, 404)
    assert str(cast.b.patient.public_id) not in str(event.detail)


def test_the_page_of_a_closed_account_has_our_look(client, cast):
    page = client.get(reverse("account_inactive")).content.decode()
    assert 'class="main entrance"' in page and "components.css" in page


NOT_OFFERED = (
    "email/", "signup/", "confirm-email/", "confirm-email/a-key/", "password/set/", "login/code/", "login/code/confirm/",
    "second-factor/recovery-codes/download/", "second-factor/trust/", "second-factor/webauthn/signup/",
)  # fmt: skip


@pytest.mark.parametrize("who", ["a visitor", "with a password", "with both factors"])
@pytest.mark.parametrize("address", NOT_OFFERED)
def test_what_the_product_does_not_offer_has_no_address(client, alice, who, address, request):
    if who == "with both factors":
        secret = request.getfixturevalue("secret")
    if who != "a visitor":
        sign_in(client, alice)
    if who == "with both factors":
        client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    more = {"action_add": "", "email": "thief@example.org", "password1": PASSWORD, "password2": PASSWORD}
    for answer in (client.get(f"/{address}"), client.post(f"/{address}", more)):
        assert answer.status_code == 404


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_whoever_forgot_the_password_is_answered_alike_and_written_to(client, alice, mailoutbox, email):
    answer = client.post(reverse("account_reset_password"), {"email": email})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("account_reset_password_done"))
    (written,) = mailoutbox
    assert written.to == [email]
    assert ("/password/reset/key/" in written.body) == (email == alice.email)
    assert "sign up" not in written.body and "signup" not in written.body


def test_without_a_session_on_record_the_list_says_so(client, cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(cast.alice)
    assert "No session is on record" in client.get(reverse("usersessions_list")).content.decode()
