"""A token is given for a fresh assertion, signed with a registered key, meant for us, used once."""

import base64
import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from carecoord.kernel.accounts.models import AccessToken, ApiClient

pytestmark = pytest.mark.django_db


def test_a_right_assertion_gives_a_token_that_opens_the_api(client, ask_for_token, assertion):
    answer = ask_for_token(assertion())
    assert answer.status_code == 200, answer.content
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] <= 900
    assert answer.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert client.get("/api/v1/deliveries", headers=headers).status_code == 200


def test_the_token_itself_is_not_kept(ask_for_token, assertion, as_owner):
    token = ask_for_token(assertion()).json()["access_token"]
    with as_owner():
        assert token not in str(list(AccessToken.objects.values()))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example/token"},
        {"aud": None},
        {"exp": -60},
        {"exp": None},
        {"exp": 3600},
        {"exp": "tomorrow"},
        {"nbf": 600},
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"jti": None},
        {"jti": "short"},
        {"header": {"kid": "other"}},
    ],
    ids=str,
)
def test_a_wrong_assertion_is_refused(ask_for_token, assertion, changes):
    """Times are seconds from now."""
    now = int(time.time())
    changes = {k: now + v if k in ("exp", "nbf") and isinstance(v, int) else v for k, v in changes.items()}
    answer = ask_for_token(assertion(**changes))
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_an_assertion_works_once(ask_for_token, assertion):
    once = assertion()
    assert ask_for_token(once).status_code == 200
    assert ask_for_token(once).status_code == 401


def test_another_key_is_refused(ask_for_token, assertion):
    assert ask_for_token(assertion(sign_with=ECKey.generate_key("P-384"))).status_code == 401


def test_a_registered_rsa_key_works_with_rs384(ask_for_token, assertion, frank, as_owner):
    key = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    with as_owner():
        frank.public_jwks = {"keys": [key.as_dict(private=False)]}
        frank.save()
    assert ask_for_token(assertion(header={"alg": "RS384", "kid": "rsa-1"}, sign_with=key)).status_code == 200


def unsigned(claims, alg):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': alg})}.{part(claims)}."


def test_neither_no_signature_nor_the_public_key_as_a_secret_works(ask_for_token, assertion, frank, key):
    claims = json.loads(base64.urlsafe_b64decode(assertion().split(".")[1] + "=="))
    assert ask_for_token(unsigned(claims, "none")).status_code == 401
    secret = OctKey.import_key(json.dumps(key.as_dict(private=False)))
    forged = jwt.encode({"alg": "HS256"}, claims, secret, algorithms=["HS256"])
    assert ask_for_token(forged).status_code == 401


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "....", "é.é.é", "e30.W10.x", "[" * 3000])
def test_what_is_no_assertion_is_refused(ask_for_token, text):
    assert ask_for_token(text).status_code == 401


def test_another_grant_is_not_supported(ask_for_token, assertion):
    answer = ask_for_token(assertion(), grant_type="password")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "how", ["client off", "payer off", "token revoked", "token expired", "no token", "another scheme"]
)
def test_a_token_ends_at_the_next_request(client, bearer, frank, as_owner, how):
    with as_owner():
        if how == "client off":
            ApiClient.objects.update(is_active=False)
        elif how == "payer off":
            frank.organisation.is_active = False
            frank.organisation.save()
        elif how == "token revoked":
            AccessToken.objects.update(revoked_at=timezone.now())
        elif how == "token expired":
            AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        elif how == "no token":
            bearer = {}
        else:
            bearer = {"Authorization": bearer["Authorization"].replace("Bearer", "Basic")}
    answer = client.get("/api/v1/deliveries", headers=bearer)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_a_persons_browser_session_is_no_key_to_the_api(client, cast):
    client.force_login(cast.alice)
    assert client.get("/api/v1/deliveries").status_code == 401
