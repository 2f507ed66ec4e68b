"""A token is given for a fresh assertion, signed with a registered key, meant for us, used once."""

import base64
import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from carecoord.faces.api import tokens
from carecoord.faces.api.authentication import digest
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


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ({"alg": "ES256", "kid": "frank-1"}, "`alg` must be RS384 or ES384"),
        ({"alg": "none"}, "`alg` must be RS384 or ES384"),
        ({"alg": ["ES384"]}, "`alg` must be RS384 or ES384"),
        ({"alg": "ES384", "kid": "frank-9"}, "that of no registered key"),
        ({"alg": "ES384", "kid": {}}, "that of no registered key"),
        ({"alg": "ES384"}, "must name one as `kid`"),
        (["ES384"], "no JSON object"),
    ],
    ids=str,
)
def test_what_is_wrong_with_the_head_is_said(ask_for_token, assertion, second, head, says):
    part = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
    answer = ask_for_token(".".join([part, *assertion().split(".")[1:]]))
    assert answer.status_code == 401 and says in answer.json()["error_description"]


def test_times_may_have_fractions(ask_for_token, assertion):
    assert ask_for_token(assertion(exp=time.time() + 200.5, iat=time.time())).status_code == 200
    for exp in (float("nan"), float("inf"), 10**400, True):
        assert ask_for_token(assertion(exp=exp)).status_code == 401, exp


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
    has_none = how in ("no token", "another scheme")
    assert ('error="invalid_token"' in answer.headers["WWW-Authenticate"]) != has_none
    assert ("has ended" in answer.json()["detail"]) != has_none


def test_a_persons_browser_session_is_no_key_to_the_api(client, cast):
    client.force_login(cast.alice)
    assert client.get("/api/v1/deliveries").status_code == 401


@pytest.fixture
def second(frank, key, as_owner):
    """Frank's next key, registered beside the first."""
    new = ECKey.generate_key("P-384", {"kid": "frank-2", "use": "sig"})
    with as_owner():
        frank.public_jwks = {"keys": [key.as_dict(private=False), new.as_dict(private=False)]}
        frank.save()
    return new


def status_of(client, token):
    return client.get("/api/v1/deliveries", headers={"Authorization": f"Bearer {token}"}).status_code


def test_keys_change_over_without_a_gap_and_a_token_ends_with_its_key(
    client, ask_for_token, assertion, frank, second, as_owner
):
    old = ask_for_token(assertion()).json()["access_token"]
    new = ask_for_token(assertion(header={"kid": "frank-2"}, sign_with=second)).json()["access_token"]
    assert (status_of(client, old), status_of(client, new)) == (200, 200)
    with as_owner():
        frank.public_jwks = {"keys": [second.as_dict(private=False)]}
        frank.save()
    assert (status_of(client, old), status_of(client, new)) == (401, 200)
    assert ask_for_token(assertion()).status_code == 401
    assert ask_for_token(assertion(header={"kid": "frank-2"}, sign_with=second)).status_code == 200


def test_another_key_under_the_same_kid_is_another_key(client, ask_for_token, assertion, frank, as_owner):
    old = ask_for_token(assertion()).json()["access_token"]
    with as_owner():
        frank.public_jwks = {"keys": [ECKey.generate_key("P-384", {"kid": "frank-1"}).as_dict(private=False)]}
        frank.save()
    assert status_of(client, old) == 401


@pytest.fixture
def revoke(client, assertion):
    def ask(named, **changes):
        form = {"token": named, "client_assertion_type": tokens.ASSERTION_TYPE, "client_assertion": assertion()}
        return client.post("/api/v1/revoke", form | changes)

    return ask


def test_a_revoked_token_ends_at_the_next_request(client, bearer, revoke, ask_for_token, assertion):
    token = bearer["Authorization"].split()[1]
    other = ask_for_token(assertion()).json()["access_token"]
    assert status_of(client, token) == 200
    assert [revoke(token).status_code for _ in range(2)] == [200, 200]
    assert (status_of(client, token), status_of(client, other)) == (401, 200)
    assert revoke("nobody's").status_code == 200 and "Content-Type" not in revoke("nobody's").headers


def test_nobody_ends_a_strangers_token(client, cast, revoke, as_owner):
    with as_owner():
        AccessToken.objects.create(digest=digest("his"), client=cast.gus, expires_at="2099-01-01T00:00Z")
    assert (revoke("his").status_code, revoke("his").json()["error"]) == (400, "unauthorized_client")
    assert status_of(client, "his") == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"token": ""}, 400, "invalid_request"),
        ({"client_assertion": "x"}, 401, "invalid_client"),
        ({"client_assertion_type": "x"}, 400, "invalid_request"),
    ],
)
def test_a_revocation_that_proves_nothing_is_refused(client, bearer, revoke, changes, status, error):
    answer = revoke(bearer["Authorization"].split()[1], **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert client.get("/api/v1/deliveries", headers=bearer).status_code == 200
    assert client.get("/api/v1/revoke").status_code == 405
