"""The description of the API is valid, whole, and true."""

import json

import pytest
from django.urls import get_resolver, resolve
from openapi_spec_validator import OpenAPIV31SpecValidator

from carecoord.faces.api.described import NOT_DESCRIBED
from carecoord.faces.api.problems import KINDS, OF_STATUS, TYPES_AT, problem

from . import documented

pytestmark = pytest.mark.django_db


def test_it_is_a_valid_openapi_3_1_document(client):
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(answer.json()).iter_errors()) == []
    again = client.get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.post("/api/v1/openapi.json").status_code == 405


def test_every_route_and_every_method_is_in_it():
    for pattern in get_resolver("carecoord.faces.api.urls").url_patterns:
        if pattern.name in NOT_DESCRIBED:
            continue
        view = getattr(pattern.callback, "cls", None)
        methods = {m for m in ("get", "post", "put", "patch", "delete", "head") if view and hasattr(view, m)}
        assert methods <= set(documented.operations()[pattern.name]) or not view, pattern.name
        assert not view or set(documented.operations()[pattern.name]) <= methods
    assert set(documented.operations()) == set(documented.OPERATIONS)


def test_every_operation_says_all_that_it_should():
    codes = []
    for methods in documented.operations().values():
        for operation in methods.values():
            codes.append(operation["operationId"])
            assert operation["summary"] and operation["responses"]
            assert all(one["description"] for one in operation["parameters"])
            assert "429" in operation["responses"]
            assert ("401" in operation["responses"]) or operation["security"] == []
    assert len(codes) == len(set(codes))


def test_examples_are_of_their_shape():
    for name, schema in documented.told()["components"]["schemas"].items():
        whole = schema | {"components": documented.told()["components"]}
        for example in schema.get("examples", []):
            assert list(documented.Draft202012Validator(whole).iter_errors(example)) == [], name


def test_every_kind_of_problem_is_told_and_has_its_place_on_the_page(client):
    text = json.dumps(documented.told())
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "script-src" in page.headers["Content-Security-Policy"]
    for code, kind in KINDS.items():
        answer = problem(code, "detail")
        body = json.loads(answer.content)
        assert set(body) == {"type", "title", "status", "detail"}
        assert body["type"] == (kind.type or TYPES_AT + code)
        assert f'id="problem-{code}"' in page.content.decode()
        assert body["type"] in text or code in ("forbidden", "method-not-allowed", "fault"), code
    assert set(OF_STATUS.values()) <= set(KINDS)


def test_an_answer_that_is_not_in_it_is_found(client, bearer):
    answer = client.get("/api/v1/formats", headers=bearer)
    assert documented.faults("/api/v1/formats", "get", answer) == []
    answer.status_code = 418
    assert documented.faults("/api/v1/formats", "get", answer) == [
        "get /api/v1/formats: status 418 is not in the document"
    ]
    answer.status_code, answer.json = 200, lambda: {"formats": [{"code": 1}]}
    assert documented.faults("/api/v1/formats", "get", answer)
    assert resolve("/api/v1/formats").url_name == "formats"


def test_the_page_shows_code_as_code(client):
    page = client.get("/api/v1/docs").content.decode()
    assert "`" not in page and "<code>type</code>" in page
