"""Today's list: who is on it, in what order, by which filter; its panel; its file."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.care import worklist
from patients.flags.models import Flag
from patients.models import Coverage, Member, Patient, PatientAccess

pytestmark = pytest.mark.django_db
BUDGET = 30


@pytest.fixture
def crowd(cast, as_owner):
    """25 more patients of Alice's, each with one open flag; ties in every order."""
    with as_owner():
        for n in range(25):
            person = Patient.objects.create(
                payer=cast.a.payer,
                first_name="Pat",
                last_name=f"Crowd{n:02}",
                search_name=f"crowd{n:02} pat",
                born_on=date(1950, 1, 1),
            )
            mine = {"payer": cast.a.payer, "patient": person}
            Member.objects.create(member_id=f"C{n:02}", **mine)
            Coverage.objects.create(line_of_business="medicare", plan="H1234-001", starts_on=date(2020, 1, 1), **mine)
            PatientAccess.objects.create(
                pharmacy=cast.a.pharmacy, reason="attribution", sentence="Fills.", since=date(2020, 1, 1), **mine
            )
            Flag.objects.create(
                pharmacy=cast.a.pharmacy, rule="low_adherence", measure="pdc_sta" if n % 2 else "pdc_rasa", year=2026, evidence_key="k",
                severity="urgent" if n < 5 else "high", reason=f"Reason {n}.", do="Call.",
                headline=f"PDC {50 + n}%, 1 day left", rank=100 * (n % 4),
                due_on=None if n % 3 else date(2026, 12, 1) + timedelta(days=n), value_cents=2500 * (n % 2),
                assigned_to=cast.bob if n == 7 else None, **mine,
            )  # fmt: skip


def everything(who, **asked):
    """All pages, forwards; and the same backwards."""
    pages, after = [], None
    while True:
        page = worklist.page(who, after=after, today=date(2026, 11, 21), size=7, **asked)
        pages.append([flag.public_id for flag in page.flags])
        if page.next is None:
            break
        after = page.next
    back, before = [pages[-1]], page.previous
    while before is not None:
        page = worklist.page(who, before=before, today=date(2026, 11, 21), size=7, **asked)
        back.insert(0, [flag.public_id for flag in page.flags])
        before = page.previous
    return pages, back


@pytest.mark.parametrize("sort", ["-rank", "rank", "name", "-name", "due", "-due", "worth", "-worth", "nonsense"])
def test_paging_by_key_shows_everybody_once_in_order_and_back_again(cast, crowd, sort):
    with context.acting_as(cast.alice.scope):
        whole = [
            f.public_id for f in worklist.in_order(worklist.open_flags(cast.alice, today=date(2026, 11, 21)), sort)
        ]
        pages, back = everything(cast.alice, sort=sort)
    assert [key for page in pages for key in page] == whole
    assert len(whole) == 26
    assert back == pages


def test_filters_count_what_they_show(cast, crowd):
    with context.acting_as(cast.bob.scope):
        counts = worklist.counts(cast.bob, today=date(2026, 11, 21))
        for name, count in counts.items():
            assert worklist.chosen(cast.bob, show=name, today=date(2026, 11, 21)).count() == count
    assert (counts["all"], counts["urgent"], counts["mine"], counts["unassigned"]) == (26, 5, 1, 25)


def test_alice_sees_her_patient_and_not_charlies(alice, charlie, cast):
    page = alice.get("/portal/").content.decode()
    assert cast.a.canary in page
    assert cast.b.canary not in page
    assert cast.a.canary not in charlie.get("/portal/").content.decode()


def test_a_patient_who_moved_away_leaves_the_list(alice, cast, as_owner):
    with as_owner():
        cast.a.access.until = date(2020, 2, 1)
        cast.a.access.save()
    page = alice.get("/portal/").content.decode()
    assert cast.a.canary not in page
    assert "Nothing to do right now" in page


def test_the_row_says_what_matters(alice, story):
    page = alice.get("/portal/").content.decode()
    for said in ("Okafor, Ngozi", "PDC 79%", "6 days left, act by 28 Nov", "$25.00", "Urgent", "in 7 days"):
        assert said in page


def test_the_panel_shows_the_strip_and_what_to_say_as_fragment_and_as_page(alice, story):
    address = f"/portal/flags/{story[0].public_id}/"
    fragment = alice.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    page = alice.get(address, follow=True).content.decode()
    assert "<html" in page
    for text in (fragment, page):
        for said in (
            "supply day by day",
            "Lisinopril 20 mg ran out on 14 Nov",
            "You came home on 12 Nov",
            "Start the call",
            "7 days to act",
        ):
            assert said in text


def test_the_list_costs_the_same_queries_for_one_and_for_many(alice, cast, request):
    alice.get("/portal/")
    with CaptureQueriesContext(connection) as one:
        alice.get("/portal/")
    request.getfixturevalue("crowd")
    with CaptureQueriesContext(connection) as many:
        assert "Crowd24" in alice.get("/portal/").content.decode()
    assert len(many) == len(one)
    assert len(many) <= BUDGET


def test_the_file_holds_the_filtered_list_without_formulas_and_is_on_the_trail(alice, cast, crowd, as_owner):
    with as_owner():
        Patient.objects.filter(pk=cast.a.patient.pk).update(last_name="=HYPERLINK(1)", first_name="")
    answer = alice.get("/portal/worklist.csv?show=urgent")
    assert len(list(csv.DictReader(io.StringIO(answer.content.decode())))) == 5
    rows = list(csv.DictReader(io.StringIO(alice.get("/portal/worklist.csv").content.decode())))
    assert len(rows) == 26
    assert "'=HYPERLINK(1)" in {row["patient"] for row in rows}
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    assert cast.b.canary not in str(rows)
    with as_owner():
        exports = AuditEvent.objects.filter(event="worklist.exported").order_by("id")
        counts = list(exports.values_list("row_count", flat=True))
        read = AuditEvent.objects.filter(event="patient.read").latest("id")
    assert counts == [5, 26]
    assert len(read.patient_ids) == 26


def test_a_strange_cursor_or_filter_is_no_error(alice, cast):
    for query in (
        "after=nonsense",
        f"after={cast.b.flag.public_id}",
        "show=nonsense&sort=%27&measure=%22%3E",
        "open=nonsense",
    ):
        assert alice.get(f"/portal/?{query}").status_code == 200
    assert alice.get(f"/portal/?open={cast.b.flag.public_id}").status_code == 404
