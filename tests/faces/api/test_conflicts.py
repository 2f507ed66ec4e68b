"""Which lines of a file contradict which others: told to the system that sent them, and nothing else of the records."""

import base64

import pytest
from django.db import ProgrammingError, transaction

from carecoord.faces.api import shown
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy.context import acting_as
from patients.claims import conflicts
from patients.claims.models import PharmacyEvent

from .sending import ELIGIBILITY, GOOD, HEADER, send

pytestmark = pytest.mark.django_db
OTHERWISE = GOOD.replace(",30,30,", ",60,30,")


def cursor_of(key):
    return base64.urlsafe_b64encode(f"k{key}".encode()).decode().rstrip("=")


def many(line, count):
    return "".join(line.replace("C1,", f"C{number},", 1) for number in range(1, count + 1))


@pytest.fixture
def contradicting(client, bearer):
    """(the first delivery, the second) of three claims each, as the API tells them; a fourth claim says the same in both."""
    same = GOOD.replace("C1,", "C9,", 1)
    send(client, bearer, ELIGIBILITY)
    sent = [send(client, bearer, HEADER + many(line, 3) + same) for line in (GOOD, OTHERWISE)]
    jobs.drain()
    return [client.get(one.headers["Location"], headers=bearer).json() for one in sent]


def test_each_line_is_told_with_those_that_it_contradicts(client, bearer, contradicting):
    first, second = contradicting
    assert second["counts"]["conflicting"] == 3
    for mine, other in ((first, second), (second, first)):
        page = client.get(mine["conflicts"], headers=bearer).json()
        assert page["next"] is None
        assert page["results"] == [
            {"line": line, "kind": "pharmacy_claim", "others": [{"delivery": other["id"], "line": line}]}
            for line in (2, 3, 4)
        ]


def test_they_come_page_by_page(client, bearer, contradicting):
    address, lines, cursor = contradicting[1]["conflicts"], [], ""
    while cursor is not None:
        page = client.get(address, {"limit": 1} | ({"cursor": cursor} if cursor else {}), headers=bearer).json()
        assert len(page["results"]) == 1
        lines += [one["line"] for one in page["results"]]
        cursor = page["next"]
    assert lines == [2, 3, 4]
    assert client.get(address, {"cursor": cursor_of(9 * 10**15)}, headers=bearer).json()["results"] == []
    assert client.get(address, {"cursor": "x"}, headers=bearer).status_code == 400


def test_a_stranger_s_are_not_there(client, bearer, cast):
    assert client.get(f"/api/v1/deliveries/{cast.b.delivery.public_id}/conflicts", headers=bearer).status_code == 404


def test_a_system_reads_nothing_else_of_a_record(frank, cast):
    with acting_as(frank.scope):
        mine = PharmacyEvent.objects.visible_to(frank)
        assert mine.filter(in_conflict=True).values_list("line_number", flat=True)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            list(mine.values_list("member_id", flat=True))


def test_every_kind_that_can_be_ruled_on_has_a_name():
    assert set(shown.KINDS) == set(conflicts.MODELS)
