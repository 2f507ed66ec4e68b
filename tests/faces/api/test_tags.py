"""A client that has the newest answer already is told so without being sent it again."""

import pytest

from carecoord.kernel.jobs import actions as jobs

from .sending import GOOD, HEADER, send

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
