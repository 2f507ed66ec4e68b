"""Vera reads the trail: filters, pages by key, a file; and her reading is in it."""

import csv
from io import StringIO

import pytest
from django.urls import reverse

from carecoord.kernel.audit.actions import record
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context

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
        "patient": ({"patient": cast.a.patient.pk}, 2),
        "nobody": ({"person": "nobody@example.org"}, 0),
        "past": ({"until": "2020-01-01"}, 0),
        "future": ({"since": "2090-01-01"}, 0),
        "both": ({"person": "erin@example.org", "event": "test.done"}, 1),
    }


@pytest.mark.parametrize("case", ["person", "event", "patient", "nobody", "past", "future", "both"])
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
    answer = sign_in("vera").post(reverse("pbm:audit_export"), {"event": "test.", "patient": cast.a.patient.pk})
    rows = list(csv.DictReader(StringIO(answer.content.decode(), newline="")))
    assert [row["user"] for row in rows] == ["Erin", "Dana"]
    assert {row["patient_ids"] for row in rows} == {str(cast.a.patient.pk)}
    with as_owner():
        event = AuditEvent.objects.get(event="audit.exported")
        assert (event.login, event.row_count, event.patient_ids) == ("carecoord_auditor", 2, [cast.a.patient.pk])
        assert event.detail == {"filter": {"event": "test."}}
