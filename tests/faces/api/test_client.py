"""The Python client against the real server: a token, a delivery sent once, its end and its rejects."""

import json
import subprocess
import sys
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings

from carecoord import client as feeds
from carecoord.client.operations import Operations
from carecoord.kernel.accounts.models import AccessToken
from carecoord.kernel.jobs import actions as jobs
from carecoord.management.commands.write_client import CLIENT, modules
from tests.conftest import as_owner
from tests.kernel.webhooks.receiver import endpoint_of, listening

from . import documented
from .sending import BAD, GOOD, HEADER

pytestmark = pytest.mark.django_db(transaction=True)
NO_DJANGO = """
import sys
class Blocked:
    def find_spec(self, name, *rest):
        if name.split(".")[0] in ("django", "rest_framework", "celery", "psycopg", "patients", "pharmacies"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
sys.path.insert(0, sys.argv[1])
import {module} as client
print(client.Client.__name__, client.Delivery.__name__)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DELIVERIES", tmp_path / "deliveries")


@pytest.fixture
def paused(monkeypatch):
    """Pauses between tries: (number, seconds that the server asked for); none takes any time."""
    pauses = []
    monkeypatch.setattr(feeds.Client, "pause", lambda self, *said: pauses.append(said))
    return pauses


@pytest.fixture
def system(frank, key, live_server, paused):
    private = json.dumps(key.as_dict(private=True))
    return feeds.Client(live_server.url.replace("127.0.0.1", "localhost"), frank.client_id, private)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "jan.csv"
    path.write_text(HEADER + GOOD + BAD * 120)
    return path


def test_it_says_what_the_document_says():
    for made, text in modules().items():
        assert made.read_text() == text, f"{made.name} is not what `manage.py write_client` writes"


def test_every_operation_can_be_asked(system, file, frank, cast, monkeypatch):
    asked = set()
    monkeypatch.setattr(settings, "WEBHOOK_LOOPBACK", True)
    call = feeds.Client.call

    def watched(self, method, path, *rest, **words):
        asked.add((path, method.lower()))
        return call(self, method, path, *rest, **words)

    monkeypatch.setattr(feeds.Client, "call", watched)
    assert system.get_open_api().body["openapi"] == "3.1.0"
    with system.get_docs().body as page:
        assert b"<h1>" in page.read()
    assert "tuva_csv" in [one.code for one in system.list_formats().body.formats]
    fields = system.get_format("tuva_csv").body.kinds[0].fields
    assert fields[0].name and isinstance(fields[0].required, bool)
    sent = system.deliver(file, format="tuva_csv", part_bytes=5_000)
    jobs.drain()
    done = system.wait(sent)
    assert isinstance(done.loaded_at, datetime) and done.totals["pharmacy_claim"].rows == 1
    assert sent.id in [one.id for one in system.deliveries()]
    page = system.list_deliveries(limit=1).body
    assert system.list_deliveries(cursor=page.next, limit=1).body.results != page.results
    with pytest.raises(feeds.NotChanged):
        system.list_rejects(done.id, if_none_match=system.list_rejects(done.id).headers["ETag"])
    assert len(list(system.rejects(done))) == 120 and list(system.conflicts(done)) == []
    assert [one.errors[0].code for one in system.rejected_records(done)] == ["not_a_date"] * 120
    system.save_rejected_lines(done, file.with_name("again.csv"))
    assert file.with_name("again.csv").read_text().count("\n") == 121
    system.cancel_upload(system.begin(file, format="tuva_csv", key="given up", part_bytes=1_000).id)
    with listening() as receiver:
        endpoint, _ = endpoint_of(frank, receiver.url)
        system.deliver(file, format="tuva_csv", key="told")
        jobs.drain()
    assert str(endpoint.public_id) in [one.id for one in system.list_webhooks().body.results]
    chosen = system.choose_messages(str(endpoint.public_id), types=["delivery.refused"]).body
    assert chosen.types == system.get_webhook(str(endpoint.public_id)).body.types == ["delivery.refused"]
    message = system.list_messages(str(endpoint.public_id)).body.results[0]
    assert message.type == "delivery.loaded" and message.attempts[0].status == 204
    patient = system.find_patient(member_id=cast.a.member.member_id).body
    (result,) = system.list_results(patient.id).body.results
    assert system.explain_result(patient.id, result.measure).body.limits["threshold_bp"] == 8000
    assert system.send_message_again(str(endpoint.public_id), message.id).body.state == "waiting"
    system.sign_out()
    assert asked == {(path, method) for path, ways in documented.told()["paths"].items() for method in ways}
    assert len(asked) == len([name for name in vars(Operations) if not name.startswith("_")])


def test_a_file_is_sent_once_waited_for_and_its_rejects_are_read(system, file):
    sent = system.deliver(file, format="tuva_csv")
    assert (sent.state, sent.file_name) == ("received", "jan.csv")
    assert system.deliver(file, format="tuva_csv").id == sent.id, "the same bytes are the same delivery"
    with pytest.raises(feeds.NotEnded):
        system.wait(sent, seconds=0)
    jobs.drain()
    done = system.wait(sent)
    assert done.state == "loaded"
    assert done.counts == feeds.Counts(lines=121, loaded=0, waiting=1, repeated=0, rejected=120, conflicting=0)
    rejects = list(system.rejects(done))
    assert [one.line for one in rejects] == list(range(3, 123)), "over more than one page"
    assert {(one.field, one.code) for one in rejects} == {("dispensing_date", "not_a_date")}


def test_what_it_has_already_is_not_sent_again(system):
    tag = system.get_format("cclf").headers["ETag"]
    with pytest.raises(feeds.NotChanged):
        system.get_format("cclf", if_none_match=tag)


def test_a_file_in_parts_goes_on_where_it_was_cut_off(system, file, paused, monkeypatch):
    """After a broken line, and from another program that knows the upload's id and nothing else."""
    upload = system.begin(file, format="tuva_csv", key="in parts", part_bytes=4_000)
    once, parts = system._once, []

    def cut(method, address, headers, body, answers):
        if method == "PATCH":
            parts.append((headers["Upload-Offset"], len(body)))
            if len(parts) == 2:
                once(method, address, headers, body, answers)  # it arrives, and the answer is lost
                raise ConnectionResetError
        return once(method, address, headers, body, answers)

    monkeypatch.setattr(system, "_once", cut)
    sent = system.go_on(upload.id, file, part_bytes=3_000)
    assert [offset for offset, _ in parts] == ["4000", "7000", "10000"], "nothing is sent twice"
    assert paused == [(1,)] and sent.size_bytes == file.stat().st_size
    assert system.go_on(upload.id, file).id == sent.id, "asked again, it is the same delivery"
    with pytest.raises(feeds.Refused, match="404"):
        system.go_on("00000000-0000-0000-0000-000000000000", file)


def test_a_file_that_changes_while_it_is_sent_is_refused(system, file):
    upload = system.begin(file, format="tuva_csv", key="changed", part_bytes=4_000)
    file.write_text(file.read_text().replace("C1", "C9"))
    with pytest.raises(feeds.Refused) as refused:
        system.go_on(upload.id, file)
    assert refused.value.code == "digest-mismatch"


def test_a_token_that_ended_is_replaced(system, file):
    sent = system.deliver(file, format="tuva_csv")
    with as_owner():
        AccessToken.objects.all().delete()
    assert system.get_delivery(sent.id).body.id == sent.id
    token = system._token
    system._ends = 0
    system.get_delivery(sent.id)
    assert system._token != token, "in time"


def test_what_the_server_refuses_is_told(system, file):
    with pytest.raises(feeds.Refused, match="400 Unknown format"):
        system.deliver(file, format="papyrus")
    with pytest.raises(feeds.Refused, match="404 Not found"):
        system.get_delivery("00000000-0000-0000-0000-000000000000")
    with pytest.raises(feeds.Refused, match="404 Not found"):
        system.get_delivery("../formats")  # an id keeps to its place in the address
    system.deliver(file, format="tuva_csv", key="january")
    file.write_text(HEADER + GOOD)
    with pytest.raises(feeds.Refused, match="422") as refused:
        system.deliver(file, format="tuva_csv", key="january")
    assert refused.value.code == "key-reused"


def test_a_stranger_gets_no_token(live_server, key, frank, file):
    private = json.dumps(key.as_dict(private=True))
    system = feeds.Client(live_server.url.replace("127.0.0.1", "localhost"), "nobody", private)
    with pytest.raises(feeds.Refused, match="invalid_client"):
        system.deliver(file, format="tuva_csv")


class Moody(BaseHTTPRequestHandler):
    """Answers what `moods` says, one after the other: (status, headers); None breaks the line."""

    moods: list = []
    seen: list = []

    def do(self):
        self.seen.append((self.command, self.path, self.rfile.read(int(self.headers.get("Content-Length", 0)))))
        if (mood := self.moods.pop(0)) is None:
            self.connection.close()
            return
        status, headers = mood
        self.send_response(status)
        for name, value in {"Content-Length": "2", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PATCH = do_DELETE = do

    def log_message(self, *_):
        pass


@pytest.fixture
def moody(key, paused, monkeypatch):
    """moody(*moods) -> (a client with a token of a server in such moods, what that server sees)."""
    server = HTTPServer(("127.0.0.1", 0), Moody)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(feeds.Client, "bearer", lambda self: "token")

    def make(*moods):
        monkeypatch.setattr(Moody, "moods", list(moods))
        monkeypatch.setattr(Moody, "seen", [])
        private = json.dumps(key.as_dict(private=True))
        return feeds.Client(f"http://127.0.0.1:{server.server_port}", "x", private, tries=3), Moody.seen

    yield make
    server.shutdown()
    server.server_close()


def test_a_busy_server_is_asked_again_when_it_says_so(moody, paused):
    system, seen = moody((429, {"Retry-After": "7"}), (503, {}), (200, {}))
    assert system.get_open_api().body == {}
    assert paused == [(1, 7.0), (2, None)] and len(seen) == 3
    system, seen = moody((409, {"Retry-After": "2"}), (204, {}))
    system.cancel_upload("x")
    assert len(seen) == 2, "one that is under way"


def test_it_gives_up_after_some_tries_and_says_so(moody, paused):
    for moods, error in (([None] * 3, OSError), ([(503, {})] * 3, feeds.Refused)):
        system, seen = moody(*moods)
        with pytest.raises(error):
            system.get_open_api()
        assert len(seen) == 3


def test_a_broken_line_is_no_reason_to_do_a_thing_twice(moody):
    """With an Idempotency-Key the whole body goes again; without one nobody knows whether the file is there."""
    system, seen = moody(None, (500, {}), (503, {}))
    with pytest.raises(feeds.Refused):
        system.create_delivery(b"body", format="cclf", idempotency_key="one")
    assert [body for _, _, body in seen] == [b"body"] * 3
    for mood in (None, (500, {}), (502, {})):
        system, seen = moody(mood)
        with pytest.raises((OSError, feeds.Refused)):
            system.create_delivery(b"body", format="cclf")
        assert len(seen) == 1


def test_a_token_goes_to_nobody_else(moody):
    system, seen = moody((307, {"Location": "http://localhost:1/elsewhere"}))
    with pytest.raises(feeds.Refused, match="307"):
        system.list_deliveries()
    assert len(seen) == 1


def test_a_pause_grows_and_is_never_too_long(key, monkeypatch):
    slept = []
    monkeypatch.setattr("carecoord.client.wire.time.sleep", slept.append)
    system = feeds.Client("https://x", "x", json.dumps(key.as_dict(private=True)), longest_pause=20)
    for number, seconds in ((1, None), (3, None), (9, None), (1, 5), (1, 500)):
        system.pause(number, seconds)
    assert 0.5 <= slept[0] <= 1 and 2 <= slept[1] <= 4 and slept[2:] == [20, 5, 20]


@pytest.mark.parametrize("address", ["http://claims.example.org", "ftp://localhost", "claims.example.org"])
def test_a_key_is_only_shown_over_https(address, key):
    with pytest.raises(ValueError, match="https"):
        feeds.Client(address, "x", json.dumps(key.as_dict(private=True)))


@pytest.mark.parametrize("is_copied", [False, True])
def test_it_works_without_the_server_s_code(tmp_path, is_copied):
    where, module = CLIENT.parents[1], "carecoord.client"
    if is_copied:
        subprocess.run(["cp", "-r", CLIENT, tmp_path / "claims_feeds"], check=True)
        where, module = tmp_path, "claims_feeds"
    program = (sys.executable, "-c", NO_DJANGO.format(module=module), str(where))
    answer = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True)
    assert answer.stdout.split() == ["Client", "Delivery"], answer.stderr
    assert (CLIENT / "py.typed").exists()
