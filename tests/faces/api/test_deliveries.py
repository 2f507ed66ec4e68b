"""A file comes in by the API, once; its sender sees what became of it, and nobody else does."""

import gzip
import io
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from carecoord.faces.api import under_way
from carecoord.kernel.jobs import actions as jobs
from patients.claims import storage
from patients.claims.models import Delivery

from .sending import BAD, ELIGIBILITY, GOOD, HEADER, files, send

pytestmark = pytest.mark.django_db


def test_a_delivery_is_accepted_loaded_and_its_lines_are_accounted_for(client, bearer, cast):
    send(client, bearer, ELIGIBILITY)
    answer = send(client, bearer, HEADER + GOOD + BAD)
    assert answer.status_code == 202, answer.content
    address = answer.headers["Location"]
    assert client.get(address, headers=bearer).json()["state"] == "received"
    jobs.drain()
    told = client.get(address, headers=bearer).json()
    assert told["state"] == "loaded"
    assert told["counts"] == {"lines": 2, "loaded": 1, "waiting": 0, "repeated": 0, "rejected": 1, "conflicting": 0}
    rejects = client.get(told["rejects"], headers=bearer).json()["results"]
    assert [(r["line"], r["field"], r["code"]) for r in rejects] == [(3, "dispensing_date", "not_a_date")]
    assert "canary" not in str(rejects)


def test_gzip_is_taken_as_it_is(client, bearer):
    answer = send(client, bearer, gzip.compress((HEADER + GOOD).encode()))
    jobs.drain()
    assert client.get(answer.headers["Location"], headers=bearer).json()["counts"]["waiting"] == 1


def test_a_retry_with_the_same_key_is_the_same_delivery(client, bearer, as_owner):
    first, second = (send(client, bearer, HEADER + GOOD, key="k1") for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    with as_owner():
        assert Delivery.objects.filter(idempotency_key="k1").count() == 1


def test_the_same_key_with_another_body_is_refused(client, bearer):
    send(client, bearer, HEADER + GOOD, key="k1")
    answer = send(client, bearer, HEADER + BAD, key="k1")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/api/v1/deliveries?format=nope", "/api/v1/deliveries"])
def test_an_unknown_format_is_named(client, bearer, address):
    answer = send(client, bearer, HEADER, address=address)
    assert answer.status_code == 400
    assert "tuva_csv" in answer.json()["detail"]


def test_an_empty_body_is_refused(client, bearer):
    assert send(client, bearer, "").status_code == 400


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(client, bearer):
    answer = send(client, bearer, "a,b,c\n1,2,3\n")
    jobs.drain()
    told = client.get(answer.headers["Location"], headers=bearer).json()
    assert told["state"] == "refused"
    assert told["refusal"]
    assert told["counts"]["lines"] == 0


def test_the_list_pages_by_cursor(client, bearer, cast, as_owner):
    with as_owner():
        Delivery.objects.filter(pk=cast.a.delivery.pk).update(payer=cast.b.payer)
    ids = [send(client, bearer, HEADER + GOOD.replace("C1", f"C{n}")).json()["id"] for n in range(5)]
    first = client.get("/api/v1/deliveries?limit=3", headers=bearer).json()
    second = client.get(f"/api/v1/deliveries?limit=3&cursor={first['next']}", headers=bearer).json()
    assert [d["id"] for d in first["results"] + second["results"]][:5] == ids[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=1000",
        "cursor=%00",
        "cursor=zzz",
        "limit=１",
        "cursor=azk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ",
    ],
)
def test_a_bad_page_is_a_400(client, bearer, query):
    assert client.get(f"/api/v1/deliveries?{query}", headers=bearer).status_code == 400


def test_another_payers_delivery_is_not_there(client, bearer, cast):
    for address in (
        f"/api/v1/deliveries/{cast.b.delivery.public_id}",
        f"/api/v1/deliveries/{cast.b.delivery.public_id}/rejects",
    ):
        answer = client.get(address, headers=bearer)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_which_formats_there_are(client, bearer):
    codes = {f["code"] for f in client.get("/api/v1/formats", headers=bearer).json()["formats"]}
    assert {"tuva_csv", "cms_rif"} <= codes


@pytest.mark.parametrize("said", ["k" * 201, "a\x7fb", "caf\xe9", " "], ids=repr)
def test_an_idempotency_key_that_cannot_be_kept_is_refused(client, bearer, as_owner, said):
    assert send(client, bearer, HEADER + GOOD, key=said).status_code == 400
    with as_owner():
        assert not Delivery.objects.filter(file_name="jan.csv").exists()


@pytest.mark.parametrize("limit", ["0001", "00010000000000000000", "0001" + "1" * 30, "1" * 5000, "\u0661", "-1", "\0"])
def test_an_odd_limit_is_refused_or_small(client, bearer, limit):
    answer = client.get("/api/v1/deliveries", {"limit": limit}, headers=bearer)
    assert answer.status_code == (200 if limit == "0001" else 400)


def test_a_body_that_is_cut_off_is_refused_and_the_key_is_free_for_the_whole(client, bearer, as_owner):
    whole = (HEADER + GOOD).encode()
    address, headers = "/api/v1/deliveries?format=tuva_csv", bearer | {"Idempotency-Key": "k1"}
    cut = {"wsgi.input": io.BytesIO(whole[:50]), "CONTENT_LENGTH": str(len(whole))}
    answer = client.post(address, whole, content_type="text/csv", headers=headers, **cut)
    assert (answer.status_code, answer.json()["title"]) == (400, "The body was cut off")
    assert f"ended after 50 of {len(whole)} bytes" in answer.json()["detail"]
    assert files() == []
    assert send(client, bearer, whole.decode(), key="k1").status_code == 202
    with as_owner():
        assert Delivery.objects.filter(idempotency_key="k1").count() == 1


@pytest.mark.parametrize(
    ("head", "status", "says"),
    [
        ({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}, 411, "not in chunks"),
        ({"CONTENT_LENGTH": "99999999999999"}, 413, "longer than"),
        ({"CONTENT_LENGTH": ""}, 400, "The body is empty"),
        ({"HTTP_IDEMPOTENCY_KEY": "x" * 201}, 400, "1 to 200 visible ASCII"),
    ],
)
def test_what_the_head_of_a_request_says_is_judged_before_its_body_is_read(client, bearer, head, status, says):
    class Unread:
        def read(self, *size):
            raise AssertionError("the body was read")

        readline = read

    body = {"wsgi.input": Unread()}
    answer = client.post(
        "/api/v1/deliveries?format=tuva_csv", b"x", content_type="text/csv", headers=bearer, **body, **head
    )
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_a_client_with_many_uploads_under_way_is_asked_to_wait_and_others_are_not(client, bearer, cast, monkeypatch):
    monkeypatch.setattr(under_way, "WAIT_SECONDS", 0)
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(under_way, "_places", {cast.frank.pk: full, cast.gus.pk: threading.BoundedSemaphore(1)})
    answer = send(client, bearer, HEADER + GOOD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    full.release()
    assert send(client, bearer, HEADER + GOOD).status_code == 202
    with under_way.place_of(cast.gus):
        assert send(client, bearer, HEADER + GOOD).status_code == 202


def test_nothing_is_read_from_who_is_no_feed_client(client, cast):
    client.force_login(cast.dana)
    assert send(client, {}, HEADER + GOOD).status_code in (401, 403)
    assert files() == []


def test_refusals_are_sentences(client, bearer):
    answer = client.get("/api/v1/deliveries?limit=0", headers=bearer)
    assert answer.json()["detail"] == "limit must be a number from 1 to 100."
    assert client.put("/api/v1/deliveries", headers=bearer).json()["title"] == "Method not allowed"


@pytest.mark.django_db(transaction=True)
def test_while_a_body_comes_in_no_database_connection_waits_for_it(client, bearer, monkeypatch):
    held, keep = [], storage.keep

    def look(*args, **kwargs):
        held.append(connections["default"].connection)
        return keep(*args, **kwargs)

    monkeypatch.setattr(storage, "keep", look)
    assert send(client, bearer, HEADER + GOOD).status_code == 202
    assert held == [None]


def test_a_delivery_that_is_under_way_says_how_far_it_is(client, bearer, as_owner):
    address = send(client, bearer, HEADER + GOOD).headers["Location"]
    waiting = client.get(address, headers=bearer)
    assert (waiting.json()["progress"], waiting.headers["Retry-After"]) == (
        {"stage": "received", "lines_so_far": 0},
        "2",
    )
    with as_owner():
        Delivery.objects.filter(public_id=waiting.json()["id"]).update(
            state="loading", stage="reading", lines_so_far=120
        )
    assert client.get(address, headers=bearer).json()["progress"] == {"stage": "reading", "lines_so_far": 120}
    jobs.drain()
    loaded = client.get(address, headers=bearer)
    assert loaded.json()["progress"] == {"stage": "loaded", "lines_so_far": 1}
    assert "Retry-After" not in loaded.headers


def test_a_form_around_the_file_is_refused_at_once(client, bearer):
    file = SimpleUploadedFile("jan.csv", (HEADER + GOOD).encode())
    answer = client.post("/api/v1/deliveries?format=tuva_csv", {"file": file}, headers=bearer)
    assert answer.status_code == 415 and "itself as the body" in answer.json()["detail"]
    assert files() == []
