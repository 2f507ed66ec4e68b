"""Vera reads the trail: filters, pages by key, a file; and her reading is in it."""

import csv
from io import StringIO

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from carecoord.kernel.audit.actions import record
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.models import PatientAccess

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(cast):
    for who in (cast.dana, cast.erin):
        with context.acting_as(who.scope):
            record(event="test.seen", by=who, target=cast.a.enrolment)
            record(event="test.done", by=who, detail={"codes": 3})
    with context.acting_as(cast.charlie.scope):
        record(event="test.elsewhere", by=cast.charlie, target=cast.b.flag)


def shown(page):
    return [(row.who, row.event) for row in page.context["rows"] if row.event.startswith("test.")]


def test_the_newest_events_of_the_auditors_payers(sign_in, cast, events):
    page = sign_in("vera").get(reverse("pbm:audit"))
    assert shown(page) == [("Erin", "test.done"), ("Erin", "test.seen"), ("Dana", "test.done"), ("Dana", "test.seen")]
    assert "test.elsewhere" not in page.content.decode()


def filters(cast):
    return {
        "person": ({"person": "DANA@example.org"}, 2),
        "event": ({"event": "test.se"}, 2),
        "number": ({"member": cast.a.patient.pk}, 2),
        "member id": ({"member": f"m-{cast.a.canary.upper()} "}, 2),
        "name": ({"member": f"{cast.a.canary.title()}, P"}, 2),
        "other payer's id": ({"member": f"M-{cast.b.canary}"}, 0),
        "other payer's name": ({"member": cast.b.canary}, 0),
        "other payer's number": ({"member": cast.b.patient.pk}, 0),
        "no number at all": ({"member": "9" * 90}, 0),
        "nobody": ({"person": "nobody@example.org"}, 0),
        "past": ({"until": "2020-01-01"}, 0),
        "future": ({"since": "2090-01-01"}, 0),
        "both": ({"person": "erin@example.org", "event": "test.done"}, 1),
    }


CASES = [
    "person", "event", "number", "member id", "name", "nobody", "past", "future", "both",
    "other payer's id", "other payer's name", "other payer's number", "no number at all",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_filters(sign_in, cast, events, case):
    given, found = filters(cast)[case]
    assert len(shown(sign_in("vera").post(reverse("pbm:audit"), given))) == found


def test_todays_events_are_found_by_day(sign_in, cast, events):
    from datetime import UTC, datetime

    day = datetime.now(UTC).date().isoformat()
    assert len(shown(sign_in("vera").post(reverse("pbm:audit"), {"since": day, "until": day}))) == 4


def test_a_filter_without_sense_shows_nothing_and_says_so(sign_in, events):
    page = sign_in("vera").post(reverse("pbm:audit"), {"since": "soon"})
    assert page.context["rows"] == [] and page.context["form"].errors


def test_pages_go_by_key(sign_in, cast, events, monkeypatch):
    from carecoord.faces.pbm.views import audit

    monkeypatch.setattr(audit, "PAGE", 2)
    client, seen = sign_in("vera"), []
    older = ""
    while older is not None:
        page = client.post(reverse("pbm:audit"), {"event": "test.", "before": older})
        seen += shown(page)
        older = page.context["older"]
    assert len(seen) == 4


def test_the_file_has_the_filtered_events_and_leaves_one(sign_in, cast, events, as_owner):
    answer = sign_in("vera").post(reverse("pbm:audit_export"), {"event": "test.", "member": cast.a.canary})
    rows = list(csv.DictReader(StringIO(answer.content.decode(), newline="")))
    assert [row["user"] for row in rows] == ["Erin", "Dana"]
    assert {row["patient_ids"] for row in rows} == {str(cast.a.patient.pk)}
    with as_owner():
        event = AuditEvent.objects.get(event="audit.exported")
        assert (event.user_id, event.row_count, event.patient_ids) == (cast.vera.pk, 2, [cast.a.patient.pk])
        assert event.detail == {"filter": {"event": "test."}}


def test_looking_leaves_a_trace_that_names_who_was_looked_for_and_no_text(sign_in, cast, events, as_owner):
    client = sign_in("vera")
    client.get(reverse("pbm:audit"))
    page = client.post(reverse("pbm:audit"), {"member": cast.a.canary, "event": "test."})
    assert f"{cast.a.patient.pk} {cast.a.canary}, Pat" in page.content.decode()
    with as_owner():
        viewed, searched = AuditEvent.objects.filter(event__in=["audit.viewed", "audit.searched"]).order_by("pk")
        reads = AuditEvent.objects.filter(event="patient.read").order_by("pk")
        assert [read.patient_ids for read in reads] == [[cast.a.patient.pk]] * 2
        assert (viewed.row_count >= 4, searched.row_count, searched.patient_ids) == (True, 2, [cast.a.patient.pk])
        assert searched.detail == {"filter": {"event": "test."}}


def test_an_auditor_of_a_pharmacy_finds_those_whom_it_ever_saw(sign_in, cast, as_owner):
    with as_owner():
        cast.vera.memberships.update(organisation=cast.a.pharmacy.pk)
        PatientAccess.objects.update(until="2021-01-01")
    with context.acting_as(cast.alice.scope):
        record(event="test.seen", by=cast.alice, patients=[cast.a.patient.pk, cast.b.patient.pk])
    client = sign_in("vera")
    assert len(shown(client.post(reverse("pbm:audit"), {"member": cast.a.canary}))) == 1
    assert shown(client.post(reverse("pbm:audit"), {"member": cast.b.canary})) == []


@pytest.mark.parametrize("column", ["born_on", "address", "phone", "sex"])
def test_an_auditor_reads_names_and_nothing_of_a_chart(cast, column):
    with context.acting_as(cast.vera.scope), connection.connection.cursor() as cursor:
        assert cursor.execute("select last_name from patients_patient").fetchall() == [(cast.a.canary,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.connection.transaction():
            cursor.execute(f"select {column} from patients_patient")
