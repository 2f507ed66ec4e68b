"""A large file comes in parts; whatever breaks, the sender asks how much is there and goes on."""

import base64
import hashlib
import io
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import retention, storage
from patients.claims.models import Delivery, Upload

from .sending import GOOD, HEADER, files, send

pytestmark = pytest.mark.django_db
BODY = (HEADER + GOOD).encode()
ADDRESS = "/api/v1/deliveries?format=tuva_csv&file_name=big.csv"


@pytest.fixture
def begin(client, bearer):
    def begin(first=b"", **headers):
        said = {"Upload-Complete": "?0"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post(ADDRESS, first, content_type="text/csv", headers=bearer | said)

    return begin


@pytest.fixture
def go_on(client, bearer):
    def go_on(address, part, offset, is_last=False, kind="application/partial-upload", **headers):
        said = {"Upload-Offset": str(offset), "Upload-Complete": "?1" if is_last else "?0"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        said = {name: value for name, value in said.items() if value is not None}
        return client.patch(address, part, content_type=kind, headers=bearer | said)

    return go_on


def kind_of(answer):
    return answer.status_code, answer.json()["type"].rpartition("#")[2]


def test_three_parts_are_one_delivery(client, bearer, begin, go_on, as_owner):
    answer = begin(BODY[:10], Upload_Length=str(len(BODY)), Idempotency_Key="k1")
    assert (answer.status_code, answer.headers["Upload-Offset"], answer.headers["Upload-Complete"]) == (201, "10", "?0")
    address = answer.headers["Location"]
    answer = go_on(address, BODY[10:25], 10)
    assert (answer.status_code, answer.content, answer.headers["Upload-Offset"]) == (204, b"", "25")
    answer = client.head(address, headers=bearer)
    assert (answer.status_code, answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == (
        204,
        "25",
        str(len(BODY)),
    )
    assert answer.headers["Upload-Limit"].startswith(f"max-size={settings.FEED_MAX_BYTES}, max-age=")
    answer = go_on(address, BODY[25:], 25, is_last=True)
    assert (answer.status_code, answer.headers["Upload-Complete"]) == (202, "?1")
    assert answer.json()["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert (answer.json()["file_name"], answer.json()["size_bytes"]) == ("big.csv", len(BODY))
    jobs.drain()
    assert client.get(answer.headers["Location"], headers=bearer).json()["counts"]["lines"] == 1
    again = go_on(address, b"", len(BODY), is_last=True)
    assert (again.status_code, again.content) == (202, answer.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert kind_of(go_on(address, b"more", len(BODY), is_last=True)) == (400, "completed-upload")
    assert client.head(address, headers=bearer).headers["Upload-Complete"] == "?1"
    assert send(client, bearer, BODY, key="k1").json()["id"] == answer.json()["id"]
    with as_owner():
        assert Delivery.objects.filter(idempotency_key="k1").count() == 1


def test_what_came_before_a_break_stays(client, bearer, begin, go_on):
    address = begin().headers["Location"]
    cut = {"wsgi.input": io.BytesIO(BODY[:30]), "CONTENT_LENGTH": str(len(BODY))}
    said = bearer | {"Upload-Offset": "0", "Upload-Complete": "?1"}
    answer = client.patch(address, BODY, content_type="application/partial-upload", headers=said, **cut)
    assert kind_of(answer) == (400, "problem-cut-off")
    assert answer.headers["Upload-Offset"] == client.head(address, headers=bearer).headers["Upload-Offset"] == "30"
    assert go_on(address, BODY[30:], 30, is_last=True).json()["sha256"] == hashlib.sha256(BODY).hexdigest()


def test_another_offset_is_told_the_right_one(begin, go_on):
    address = begin(BODY[:10]).headers["Location"]
    answer = go_on(address, BODY[20:], 20)
    assert kind_of(answer) == (409, "mismatching-upload-offset")
    assert (answer.json()["expected-offset"], answer.json()["provided-offset"]) == (10, 20)
    assert answer.headers["Upload-Offset"] == "10"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Upload_Offset": None}, (400, "problem-invalid-input")),
        ({"Upload_Offset": "-1"}, (400, "problem-invalid-input")),
        ({"Upload_Offset": "9" * 40}, (400, "problem-invalid-input")),
        ({"Upload_Complete": None}, (400, "problem-invalid-input")),
        ({"Upload_Complete": "1"}, (400, "problem-invalid-input")),
        ({"kind": "text/csv"}, (415, "problem-unsupported-media-type")),
        ({"Content_Digest": "sha-256=x"}, (400, "problem-unusable-digest")),
    ],
    ids=str,
)
def test_a_head_that_says_nothing_is_refused(begin, go_on, client, bearer, changes, expected):
    address = begin(BODY[:10]).headers["Location"]
    assert kind_of(go_on(address, BODY[10:], 10, **changes)) == expected
    assert client.head(address, headers=bearer).headers["Upload-Offset"] == "10"


def test_digests_of_parts_and_of_the_whole(begin, go_on, client, bearer):
    def digest(data):
        return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"

    address = begin(BODY[:10], Content_Digest=digest(BODY[:10])).headers["Location"]
    assert kind_of(go_on(address, b"changed", 10, Content_Digest=digest(b"x"))) == (400, "problem-digest-mismatch")
    assert client.head(address, headers=bearer).headers["Upload-Offset"] == "10"
    answer = go_on(address, BODY[10:], 10, is_last=True, Repr_Digest=digest(b"x"))
    assert kind_of(answer) == (400, "problem-digest-mismatch")
    assert go_on(address, b"", len(BODY), is_last=True, Repr_Digest=digest(BODY)).status_code == 202


def test_lengths_that_do_not_agree(begin, go_on, client, bearer, settings):
    address = begin(BODY[:10], Upload_Length="20").headers["Location"]
    assert kind_of(go_on(address, BODY[10:], 10)) == (400, "inconsistent-upload-length")
    assert kind_of(go_on(address, b"x", 10, is_last=True)) == (400, "inconsistent-upload-length")
    settings.FEED_MAX_BYTES = 15
    assert kind_of(go_on(address, b"123456", 10)) == (413, "problem-too-large")
    assert kind_of(begin(b"", Upload_Length="16")) == (413, "problem-too-large")
    assert kind_of(go_on(begin().headers["Location"], b"", 0, is_last=True)) == (400, "problem-empty-body")
    said = bearer | {"Upload-Complete": "?1", "Upload-Length": "3"}
    answer = client.post(ADDRESS, b"four", content_type="text/csv", headers=said)
    assert kind_of(answer) == (400, "inconsistent-upload-length")


def test_a_key_that_another_file_used(client, bearer, begin, go_on):
    send(client, bearer, "other", key="k1")
    address = begin(BODY, Idempotency_Key="k1").headers["Location"]
    assert kind_of(go_on(address, b"", len(BODY), is_last=True)) == (422, "problem-key-reused")


def test_cancelled_is_gone(client, bearer, begin, django_capture_on_commit_callbacks):
    address = begin(BODY[:10]).headers["Location"]
    with django_capture_on_commit_callbacks(execute=True, using="owner"):
        assert client.delete(address, headers=bearer).status_code == 204
    assert client.head(address, headers=bearer).status_code == 404
    assert files() == []


def test_a_stranger_finds_nothing(client, bearer, go_on, cast):
    address = f"/api/v1/uploads/{cast.b.upload.public_id}"
    assert client.head(address, headers=bearer).status_code == 404
    assert client.delete(address, headers=bearer).status_code == 404
    assert go_on(address, b"x", 0).status_code == 404
    assert client.patch(address, b"x").status_code == 401


def test_parts_that_vanished_are_said_to_be_gone(client, bearer, begin, go_on, as_owner):
    address = begin(BODY[:10]).headers["Location"]
    with as_owner():
        storage.forget_part(Upload.objects.get(public_id=address.rsplit("/", 1)[1]).part)
    assert client.head(address, headers=bearer).status_code == 410
    assert kind_of(go_on(address, b"x", 10)) == (410, "problem-gone")


def test_two_at_once(begin, go_on, frank):
    address = begin(BODY[:10]).headers["Location"]
    with storage.alone("upload", frank.client_id, address.rsplit("/", 1)[1]):
        answer = go_on(address, BODY[10:], 10)
    assert kind_of(answer) == (409, "problem-in-flight")
    assert answer.headers["Retry-After"]


def test_abandoned_parts_are_removed(begin, cast, frank, django_capture_on_commit_callbacks, as_owner):
    begin(BODY[:10])
    day = timezone.localdate() + timedelta(days=8)
    for today, left in ((day - timedelta(days=2), 1), (day, 0)):
        with django_capture_on_commit_callbacks(execute=True, using="owner"):
            with context.acting_as(context.worker_for(cast.a.payer.pk)):
                retention.tidy(payer=cast.a.payer, today=today)
        assert len(files()) == left
    with as_owner():
        assert not Upload.objects.filter(client=frank).exists()


def test_a_killed_writer_leaves_what_it_wrote(tmp_path):
    program = (
        "import sys, time, pathlib; from django.conf import settings;"
        "settings.configure(DELIVERIES=pathlib.Path(sys.argv[1])); from patients.claims import storage;"
        "name = storage.begin_part(); print(name, flush=True);"
        "storage.append_part(name, sys.stdin.buffer.raw, expected_bytes=1 << 30)"
    )
    words = [sys.executable, "-c", program, str(settings.DELIVERIES)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=settings.BASE_DIR) as process:
        name = process.stdout.readline().decode().strip()
        process.stdin.write(b"x" * 3_000_000)
        process.stdin.flush()
        process.send_signal(signal.SIGKILL)
        process.wait()
    size = storage.part_size(name)
    assert storage.append_part(name, io.BytesIO(b"end"), expected_bytes=3) == size + 3
    assert storage.part_path(name).read_bytes() == b"x" * size + b"end"
