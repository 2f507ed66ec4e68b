"""Every operation is asked what its document allows and what it does not, by everybody who can: no 5xx, nothing undocumented.

CARECOORD_API_EXAMPLES says how many questions of each kind an operation is asked (4).
"""

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from carecoord.faces.api.authentication import digest
from carecoord.kernel.accounts.models import AccessToken, ApiClient
from carecoord.wsgi import application

from . import documented

pytestmark = pytest.mark.django_db
schemathesis.serializer.alias(["application/partial-upload", "application/gzip"], "application/octet-stream")
EXAMPLES = int(os.environ.get("CARECOORD_API_EXAMPLES", "4"))
ASKERS = ["nobody", "a client", "a client of its own", "a client of another's", "a client whose token ended"]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
OPERATIONS = [(path, method) for path, methods in documented.told()["paths"].items() for method in methods]


@pytest.fixture(autouse=True)
def one_connection():
    """The questions go to the server's own entrance, which closes what it opened; the test's transaction is to stay open."""
    ends = (request_started, request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield
    for end in ends:
        end.connect(close_old_connections)


@pytest.fixture
def asked_by(frank, cast, as_owner):
    """Headers, and the ids of what is there, of an asker."""
    with as_owner():
        stranger = ApiClient.objects.create(organisation=cast.b.payer, name="Stranger", public_jwks={"keys": []})
        for word, one in (("a token", frank), ("ended", frank), ("another", stranger)):
            AccessToken.objects.create(digest=digest(word), client=one, expires_at="2099-01-01T00:00Z")
        AccessToken.objects.filter(digest=digest("ended")).update(revoked_at="2026-01-01T00:00Z")
    sides = {"deliveries": "delivery", "uploads": "upload", "webhooks": "webhook", "message": "webhook_message"}
    sides["patients"] = "patient"
    own = {word: str(getattr(cast.a, name).public_id) for word, name in sides.items()}
    return {
        "nobody": ({}, {}),
        "a client": (bearer("a token"), {}),
        "a client of its own": (bearer("a token"), own),
        "a client of another's": (bearer("another"), own),
        "a client whose token ended": (bearer("ended"), own),
    }


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("asker", ASKERS)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_is_asked_the_answer_is_documented(client, asked_by, path, method, asker, mode):
    headers, own = asked_by[asker]
    if own and "{public_id}" not in path:
        pytest.skip("the address names nothing of a client's")
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app=application)
    operation = schema[path][method.upper()]
    if mode == GenerationMode.NEGATIVE and not (operation.path_parameters or operation.query or operation.body):
        pytest.skip("there is nothing that could be wrong")

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def ask(case):
        if own:
            case.path_parameters = {"public_id": own[path.split("/")[1]]}
            case.path_parameters |= {"message_id": own["message"]} if "{message_id}" in path else {}
            case.path_parameters |= {"measure": "pdc_rasa"} if "{measure}" in path else {}
        case.headers.pop("Authorization", None)
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
