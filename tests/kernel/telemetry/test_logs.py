"""Log lines say who asked for what and how it went, and never a word that stands in a chart, a form, an address or a row."""

import io
import json
import logging
import uuid

import pytest
from django.db import connection
from django.http import HttpResponse
from django.urls import path

from carecoord.faces.guard import open_to_all, requires
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.telemetry.logs import Lines
from carecoord.kernel.tenancy import context
from carecoord.urls import urlpatterns as real
from patients.models import Patient
from tests.patients.claims.feeds import CLAIM, claim, claims_file, span, spans_file, take

pytestmark = pytest.mark.django_db
CANARIES = ("Zyxwvut", "1931-02-28", "zyxwvut@example.org", "canary-a")


@requires(Permission.PATIENT_VIEW)
def breaks_with_words(request):
    name = "Zyxwvut"  # a local variable
    raise ValueError(f"{name} born 1931-02-28")


@requires(Permission.PATIENT_VIEW)
def breaks_in_the_database(request):
    patient = Patient.objects.visible_to(request.user).first()
    with connection.cursor() as cursor:
        cursor.execute("select %s::int where 1 = %s", ["Zyxwvut 1931-02-28", patient.pk])


@open_to_all("a test")
def talks(request):
    logging.getLogger("some.library").warning("could not parse %s", "Zyxwvut")
    logging.getLogger("some.library").error("Zyxwvut, as an f-string has it")
    logging.getLogger("carecoord.test").warning("of %s\nforged line", "our own")
    return HttpResponse("said")


urlpatterns = [
    *real,
    path("breaks/words", breaks_with_words),
    path("breaks/database", breaks_in_the_database),
    path("talks", talks, name="talks"),
]


@pytest.fixture(params=["json", "words"])
def written(request):
    """All that any logger says at any level, as it is written in production (json) and in the demo (words)."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines(style=request.param))
    root, levels = logging.getLogger(), {}
    for name in ("", "carecoord", "django", "django.request", "patients"):
        levels[name] = logging.getLogger(name).level
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    stream.style, stream.handler = request.param, handler
    yield stream
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines(written):
    return [json.loads(line) for line in written.getvalue().splitlines()]


def requests_of(written):
    return [line for line in lines(written) if line["event"] == "request"]


def told_nothing(written):
    text = written.getvalue()
    assert text
    return [canary for canary in CANARIES if canary.lower() in text.lower()]


@pytest.fixture
def alice(client, cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(cast.alice)
    client.raise_request_exception = False
    return client


@pytest.mark.urls(__name__)
def test_a_journey_of_requests_leaves_no_word_of_a_patient(alice, cast, written):
    patient = f"/portal/patients/{cast.a.patient.public_id}/"
    answers = [
        alice.get("/portal/"),
        alice.get("/portal/?q=Zyxwvut&born=1931-02-28"),
        alice.get(patient),
        alice.post("/portal/patients/", {"q": "Zyxwvut 1931-02-28"}),
        alice.post(f"/portal/flags/{cast.a.flag.public_id}/dismiss/", {"reason": "Zyxwvut"}),
        alice.post(patient + "consent/", {"channel": "Zyxwvut"}),
        alice.get("/Zyxwvut/1931-02-28"),
        alice.get("/breaks/words"),
        alice.get("/breaks/database"),
        alice.get("/talks"),
    ]
    alice.logout()
    answers.append(alice.post("/login/", {"login": "zyxwvut@example.org", "password": "Zyxwvut"}))
    assert [answer.status_code for answer in answers][-5:] == [404, 500, 500, 200, 200]
    assert told_nothing(written) == []
    if written.style == "json":
        assert len(requests_of(written)) == len(answers)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_what_a_request_line_says(alice, cast, written, as_owner):
    answer = alice.get(f"/portal/patients/{cast.a.patient.public_id}/")
    (line,) = requests_of(written)
    assert (line["route"], line["method"], line["status"]) == ("portal:patient", "GET", 200)
    assert (line["user_id"], line["organisation_id"]) == (cast.alice.pk, cast.a.pharmacy.organisation_id)
    assert line["ms"] >= 0 and line["level"] == "info" and line["at"].endswith("+00:00")
    assert answer.headers["X-Request-ID"] == line["request_id"]
    with as_owner():
        event = AuditEvent.objects.filter(event="patient.read").latest("pk")
    assert str(event.request_id) == line["request_id"]


@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_nobody_chooses_their_own_request_id(client, written):
    mine = str(uuid.uuid4())
    assert client.get("/login/", headers={"X-Request-ID": mine}).headers["X-Request-ID"] != mine


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_an_exception_is_its_type_its_code_and_its_places(alice, cast, written):
    alice.get("/breaks/database")
    (fault,) = [line for line in lines(written) if "error" in line]
    assert fault["error"].startswith("DataError < InvalidTextRepresentation")
    assert fault["sqlstate"] == "22P02"
    assert any("test_logs.py" in place and "breaks_in_the_database" in place for place in fault["places"])
    assert fault["request_id"] == requests_of(written)[-1]["request_id"]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_a_library_is_named_and_not_quoted_and_our_own_words_stay_on_one_line(client, written):
    client.get("/talks")
    said = [line["event"] for line in lines(written)]
    assert sum(text.startswith("some.library said something at test_logs:") for text in said) == 2
    assert "of our own\nforged line" in said  # JSON escapes it: still one line


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("written", ["words"], indirect=True)
def test_words_stay_on_one_line_too(client, written):
    client.get("/talks")
    assert "of our own\\nforged line" in written.getvalue()


def test_a_load_leaves_no_word_of_a_patient(cast, written, settings, tmp_path):
    settings.DELIVERIES = tmp_path
    for content in (
        spans_file(span(first_name="Zyxwvut", last_name="Zyxwvut", birth_date="1931-02-28")),
        claims_file(claim("Zyxwvut-1"), claim("C2", quantity="Zyxwvut"), claim("C3", member_id="Zyxwvut")),
        (",".join(CLAIM) + "\nZyxwvut\n").encode(),
    ):
        take(cast.a.payer, content)
    jobs.drain()
    assert told_nothing(written) == []
    if written.style == "json":
        tasks = [line for line in lines(written) if line["event"] == "task"]
        assert {line["topic"] for line in tasks} >= {"delivery.received"}
        assert all(line["outcome"] == "done" and line["ms"] >= 0 and line["outbox_id"] for line in tasks)


def fail_with_a_row(row):
    with connection.cursor() as cursor:
        cursor.execute("create temp table people (name text primary key, born date)")
        cursor.execute("insert into people values ('Zyxwvut', '1931-02-28'), ('Zyxwvut', '1931-02-28')")


def test_work_that_fails_on_a_row_does_not_quote_it(cast, written, monkeypatch):
    monkeypatch.setattr(jobs, "_handlers", {"test.fails": f"{__name__}.fail_with_a_row"})
    monkeypatch.setattr(jobs, "_wake", None)
    with context.logged_in("worker"):
        row = jobs.hand_on(topic="test.fails")
    with pytest.raises(Exception, match="Zyxwvut"):  # psycopg quotes the row in DETAIL
        jobs.work(outbox_id=row.pk)
    assert told_nothing(written) == []
    if written.style == "json":
        (line,) = [line for line in lines(written) if line["event"] == "task"]
        assert (line["topic"], line["outbox_id"], line["outcome"]) == ("test.fails", row.pk, "failed")
        assert (line["sqlstate"], line["table"], line["constraint"]) == ("23505", "people", "people_pkey")


def test_the_guard_finds_what_the_plain_formatter_lets_through(written):
    """Shown failing once: with Python's own formatter the same exception tells all."""
    written.handler.setFormatter(logging.Formatter())
    try:
        raise ValueError("Zyxwvut")
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error")
    assert told_nothing(written) == ["Zyxwvut"]
