"""A client that has the newest answer already is told so without being sent it again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carecoord.kernel.jobs import actions as jobs

from . import documented
from .sending import BAD, ELIGIBILITY, GOOD, HEADER, send

pytestmark = pytest.mark.django_db


def test_an_unchanged_delivery_is_not_sent_again(client, bearer):
    address = send(client, bearer, HEADER + GOOD).headers["Location"]
    first = client.get(address, headers=bearer)
    tag = first.headers["ETag"]
    again = client.get(address, headers=bearer | {"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "private, no-cache"
    jobs.drain()
    changed = client.get(address, headers=bearer | {"If-None-Match": tag})
    assert (changed.status_code, changed.json()["state"]) == (200, "loaded")
    assert changed.headers["ETag"] != tag


@pytest.mark.parametrize(
    ("asked", "status"), [("*", 304), ('W/{tag}, "x"', 304), ('"x"', 200), ("x", 200), ("", 200), ("\x00,", 200)]
)
def test_the_list_of_formats(client, bearer, asked, status):
    tag = client.get("/api/v1/formats", headers=bearer).headers["ETag"]
    wanted = asked.replace("{tag}", tag)
    assert client.get("/api/v1/formats", headers=bearer | {"If-None-Match": wanted}).status_code == status


def test_a_tag_is_no_key(client, bearer):
    tag = client.get("/api/v1/formats", headers=bearer).headers["ETag"]
    assert client.get("/api/v1/deliveries", headers={"If-None-Match": tag}).status_code == 401


@pytest.fixture
def lists(client, bearer, cast):
    """{operation: address} of every list that pages, each with something in it."""
    send(client, bearer, ELIGIBILITY)
    sent = [send(client, bearer, HEADER + line + BAD) for line in (GOOD, GOOD.replace(",30,30,", ",60,30,"))]
    jobs.drain()
    delivery = client.get(sent[1].headers["Location"], headers=bearer).json()
    return {
        "listDeliveries": reverse("api:deliveries"),
        "listConflicts": delivery["conflicts"],
        "listRejects": delivery["rejects"],
        "listResults": reverse("api:results", args=[cast.a.patient.public_id]),
        "listWebhooks": reverse("api:webhooks"),
        "listMessages": reverse("api:webhook_messages", args=[cast.a.webhook.public_id]),
    }


def test_a_page_of_any_list_is_not_sent_twice_and_costs_no_further_query(client, bearer, lists):
    paged = [one["get"] for one in documented.operations().values() if "cursor" in names_of(one.get("get"))]
    assert {one["operationId"] for one in paged} == set(lists)
    for operation, address in lists.items():
        with CaptureQueriesContext(connection) as first_asked:
            first = client.get(address, headers=bearer)
        tag = first.headers["ETag"]
        assert first.json()["results"], operation
        with CaptureQueriesContext(connection) as asked_again:
            again = client.get(address, headers=bearer | {"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag), operation
        assert len(asked_again) <= len(first_asked), operation


def names_of(operation):
    return [one["name"] for one in (operation or {"parameters": []})["parameters"]]


def test_a_page_with_other_rows_has_another_tag(client, bearer, lists):
    address = lists["listDeliveries"]
    tag = client.get(address, headers=bearer).headers["ETag"]
    assert client.get(address, {"limit": 1}, headers=bearer | {"If-None-Match": tag}).status_code == 200
    send(client, bearer, HEADER + GOOD + GOOD.replace("C1", "C7", 1))
    changed = client.get(address, headers=bearer | {"If-None-Match": tag})
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)


def test_every_json_that_is_read_with_a_token_has_a_tag_in_the_document():
    for methods in documented.operations().values():
        for operation in [methods["get"]] if "get" in methods else []:
            answer = operation["responses"]["200"]
            if "application/json" in answer["content"]:
                assert "ETag" in answer["headers"] and "304" in operation["responses"], operation["operationId"]
                assert "If-None-Match" in names_of(operation), operation["operationId"]
