"""Frank's system: a key pair, its public half registered, and assertions signed with it."""

import time
import uuid

import pytest
from django.conf import settings
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey

from carecoord.faces.api import tokens
from carecoord.kernel.accounts.models import ApiClient

from . import documented

TOKEN_ADDRESS = "http://testserver/api/v1/token"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DELIVERIES", tmp_path / "deliveries")


@pytest.fixture(autouse=True)
def only_what_is_documented(monkeypatch):
    """Every answer that any test here gets from the API is one that the OpenAPI document tells of."""
    request = Client.request

    def watched(self, **words):
        answer = request(self, **words)
        path = answer.request["PATH_INFO"]
        if path.startswith("/api/v1/"):
            assert documented.faults(path, answer.request["REQUEST_METHOD"], answer) == []
        return answer

    monkeypatch.setattr(Client, "request", watched)


@pytest.fixture(scope="session")
def key():
    return ECKey.generate_key("P-384", {"kid": "frank-1", "use": "sig"})


@pytest.fixture
def frank(cast, key, as_owner):
    with as_owner():
        cast.frank.public_jwks = {"keys": [key.as_dict(private=False)]}
        cast.frank.save()
    return ApiClient.objects.select_related("organisation").get(pk=cast.frank.pk)


@pytest.fixture
def assertion(frank, key):
    """assertion(**changes): a signed JWT with the right claims, or with the changed ones (None takes one away)."""

    def make(*, header=None, sign_with=None, **changes):
        now = int(time.time())
        claims = {
            "iss": frank.client_id,
            "sub": frank.client_id,
            "aud": TOKEN_ADDRESS,
            "exp": now + 240,
            "jti": uuid.uuid4().hex,
        }
        claims = {k: v for k, v in (claims | changes).items() if v is not None}
        head = {"alg": "ES384", "kid": "frank-1"} | (header or {})
        return jwt.encode(head, claims, sign_with or key, algorithms=[head["alg"]])

    return make


@pytest.fixture
def ask_for_token(client):
    def ask(assertion, **changes):
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": tokens.ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        return client.post("/api/v1/token", form | changes)

    return ask


@pytest.fixture
def bearer(ask_for_token, assertion):
    """Headers of a request by Frank's system."""
    return {"Authorization": f"Bearer {ask_for_token(assertion()).json()['access_token']}"}
