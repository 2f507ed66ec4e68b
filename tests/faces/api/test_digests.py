"""A sender who says what the file's digest is can be sure that this file was kept, or none (RFC 9530)."""

import base64
import hashlib

import pytest

from patients.claims.models import Delivery

from .sending import GOOD, HEADER, files, send

pytestmark = pytest.mark.django_db
BODY = HEADER + GOOD


def said(name, text=BODY):
    digest = hashlib.new(name.replace("-", ""), text.encode()).digest()
    return f"{name}=:{base64.b64encode(digest).decode()}:"


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
@pytest.mark.parametrize(
    "text",
    [said("sha-256"), said("sha-512"), f"{said('sha-512')} , {said('sha-256')}", f"md5=:AAAA:, {said('sha-256')}"],
)
def test_the_digest_that_was_kept_is_told(client, bearer, header, text):
    answer = send(client, bearer | {header: text}, BODY)
    assert answer.status_code == 202, answer.content
    assert answer.json()["content_digest"] == said("sha-256")
    assert answer.json()["size_bytes"] == len(BODY)


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
@pytest.mark.parametrize(
    "text", [said("sha-256", "x"), said("sha-512", "x"), f"{said('sha-256')}, {said('sha-512', 'x')}"]
)
def test_another_body_is_refused_and_nothing_is_kept(client, bearer, as_owner, header, text):
    answer = send(client, bearer | {header: text}, BODY, key="k1")
    assert (answer.status_code, answer.json()["type"]) == (400, "/api/v1/docs#problem-digest-mismatch")
    assert files() == []
    with as_owner():
        assert not Delivery.objects.filter(idempotency_key="k1").exists()
    assert send(client, bearer, BODY, key="k1").status_code == 202


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha-256",
        "sha-256=x",
        "sha-256=:AAAA:",
        "sha-256=:====:",
        "md5=:AAAA:",
        said("sha-256") + ",",
        "sha-256=:é:",
    ],
)
def test_what_cannot_be_checked_is_refused_before_the_body_is_read(client, bearer, text):
    answer = send(client, bearer | {"Content-Digest": text}, BODY)
    assert (answer.status_code, answer.json()["type"]) == (400, "/api/v1/docs#problem-unusable-digest")
    assert answer.headers["Want-Content-Digest"] == "sha-256=10, sha-512=9"
    assert files() == []


def test_two_headers_that_disagree_are_refused(client, bearer):
    both = {"Content-Digest": said("sha-256"), "Repr-Digest": said("sha-256", "x")}
    assert send(client, bearer | both, BODY).json()["type"].endswith("unusable-digest")
