"""No route shows, tells of, or changes a stranger's row: neither with both walls, nor when the second is taken down.

A case fails if the stranger's canary is in the answer, a stranger's row changed, the answer to a stranger's id differs from
404 (403 is allowed only where the asker gets 403 for the own object too), or anything ends in a 5xx.
"""

import json
from urllib.parse import urlencode

import pytest
from django.test import override_settings

from . import walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_factor")]
NOT_THERE = {404, 405}


@pytest.fixture
def one_factor():
    with override_settings(SECOND_FACTOR_REQUIRED=False, SESSION_ENGINE=walk.SESSIONS):
        yield


@pytest.fixture
def visitor(client):
    client.raise_request_exception = False
    return client


def questions(cast, under):
    """(address, method, what is sent) of everything that is asked, on routes that begin with `under`."""
    form = walk.body_of(cast.b)
    strange = json.dumps({name: str(value) for name, value in form.items() if not isinstance(value, list)})
    posted = {"data": urlencode(form, doseq=True), "content_type": "application/x-www-form-urlencoded"}
    sent = dict.fromkeys(walk.SAFE, {}) | {"post": posted}
    sent |= dict.fromkeys(("put", "patch", "delete"), {"data": strange, "content_type": "application/json"})
    for address in walk.addresses(cast.a, cast.b):
        if address.route.startswith(under):
            for method in sent if address.route.startswith("api/") else ("get", "post"):
                yield address, method, sent[method]


def leaks(client, cast, asker, *, under=""):
    """(method, path, what) of every case where a stranger's row was shown, told of, or changed."""
    headers, before, written = walk.sign_in(client, cast, asker), walk.fingerprint(cast.b), walk.written()
    look_ups = walk.LookUps()
    for address, method, data in questions(cast, under):
        if look_ups.in_vain(address, method):
            continue
        with look_ups.watched(address, method) as told:
            response = getattr(client, method)(address.path, headers=headers, **data)
            told(response.status_code)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        if cast.b.canary.encode() in body and not _echoes(address, asker, method):
            yield method, address.path, "shown"
        if method not in walk.SAFE and (count := walk.written()) != written:
            now, written = walk.fingerprint(cast.b), count
            if now != before:
                yield method, address.path, "changed"
            before = now
        if address.has_id and method != "options" and not _at_the_door(asker, response):
            yield from _told(client, address, method, data, headers, response.status_code)
        if response.status_code >= 500:
            yield method, address.path, f"failed: {response.status_code}"
        if asker in walk.PEOPLE and walk.may_sign_out(address, method) and not walk.is_signed_in(client):
            walk.sign_in(client, cast, asker)


def _at_the_door(asker, response):
    return (
        asker in ("visitor", "frank")
        and response.status_code == 302
        and response.headers["Location"].startswith("/login/")
    )


def _echoes(address, asker, method):
    """A search page repeats what was typed; that is no leak, and is checked by the page's own test."""
    return method == "post" and address.route in (
        "portal/patients/",
        "pbm/roster/search/",
        "pbm/people/search/",
        "portal/people/search/",
    )


def _told(client, address, method, data, headers, status):
    if status in NOT_THERE:
        return
    if status == 403:
        if getattr(client, method)(address.own, headers=headers, **data).status_code != 403:
            yield method, address.path, "told: 403 for a stranger's, not for one's own"
    elif status not in (302, 401) or not address.route.startswith(("portal", "pbm", "api")):
        if address.route.startswith(("portal", "pbm", "api")):
            yield method, address.path, f"told: {status}"
    elif status == 302:
        yield method, address.path, "told: 302"


@pytest.mark.parametrize("asker", walk.ASKERS)
def test_no_route_shows_tells_or_changes_a_strangers_row(visitor, cast, asker):
    found = list(leaks(visitor, cast, asker))
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("asker", ["visitor", "alice", "dana", "grace", "frank"])
def test_nor_when_the_second_wall_is_down(visitor, without_row_level_security, cast, asker):
    found = list(leaks(visitor, cast, asker))
    assert not found, "\n".join(map(str, found))


@pytest.mark.urls("tests.matrix.plants")
def test_the_matrix_finds_each_planted_fault(visitor, without_row_level_security, cast):
    found = list(leaks(visitor, cast, "alice", under="planted"))
    for plant in ("/planted/action/", "/planted/export", "/planted/field"):
        assert any(plant in path for _, path, _ in found), plant


@pytest.mark.urls("tests.matrix.plants")
def test_row_level_security_holds_where_the_code_does_not(visitor, cast):
    assert [leak for leak in leaks(visitor, cast, "alice", under="planted") if leak[2] in ("shown", "changed")] == []


def test_the_own_objects_are_there(visitor, cast):
    """The matrix would pass if every page were empty: the asker's own canary must show somewhere."""
    headers = walk.sign_in(visitor, cast, "alice")
    shown = set()
    for address in walk.addresses(cast.b, cast.a):  # the asker's own side in the stranger's place
        response = visitor.get(address.path, headers=headers)
        if response.status_code == 200 and not response.streaming and cast.a.canary.encode() in response.content:
            shown.add(address.route)
        if len(shown) == 4:
            return
    pytest.fail(f"only {shown}")
