"""Letters and the member's page on the PBM site: printed by POST, one a sheet, and the trail names whom a page showed."""

import csv
from io import StringIO

import pytest
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs.models import Outbox
from patients.programs.models import MemberLetter, OptOut

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(cast, as_owner):
    with as_owner():
        MemberLetter.objects.all().delete()
        cast.program.contact = "Call 304-555-0100"
        cast.program.save()
        cast.a.patient.address, cast.a.patient.language = "=1 Elm St", "es"
        cast.a.patient.save()
    return cast


def print_due(browser, cast, **more):
    return browser.post(reverse("pbm:letters_print"), {"selected": cast.a.enrolment.public_id, "state": "due", **more})


def mark(browser, row, action, on=None):
    day = timezone.localdate().isoformat() if on is None else on
    return browser.post(
        reverse("pbm:letters_mark"), {"selected": row.public_id, "action": action, "on": day, "state": "printed"}
    )


def shown(browser, state):
    return browser.get(reverse("pbm:letters"), {"state": state}).context["rows"]


def test_from_due_to_returned(sign_in, ready):
    browser = sign_in("dana")
    page = browser.get(reverse("pbm:letters")).content.decode()
    assert ready.a.patient.name in page and "letter in English" in page
    printed = print_due(browser, ready)
    text = printed.content.decode()
    assert (
        printed.status_code == 200
        and "Ash Street Pharmacy" in text
        and "304-555-0100" in text
        and 'class="large"' not in text
    )
    assert shown(browser, "due") == []
    (row,) = shown(browser, "printed")
    again = browser.post(reverse("pbm:letters_print"), {"selected": row.public_id, "state": "printed", "large": "yes"})
    assert 'class="large"' in again.content.decode()
    assert mark(browser, row, "sent").status_code == 302
    (row,) = shown(browser, "sent")
    assert mark(browser, row, "returned").status_code == 302
    assert len(shown(browser, "returned")) == 1
    roster = browser.get(reverse("pbm:roster"), {"letter": "returned"})
    assert "Bad address" in roster.content.decode() and len(roster.context["rows"]) == 1
    assert browser.get(reverse("pbm:roster"), {"letter": "none"}).context["rows"] == []


@pytest.mark.parametrize("on, words", [("soon", "Choose a day"), ("2100-01-01", "earlier day"), ("", "Choose a day")])
def test_a_day_that_cannot_be_is_refused_in_a_sentence(sign_in, ready, on, words):
    browser = sign_in("dana")
    print_due(browser, ready)
    answer = mark(browser, shown(browser, "printed")[0], "sent", on=on)
    assert answer.status_code == 422 and words in answer.content.decode()


def test_without_contact_nothing_is_printed(sign_in, ready, as_owner):
    with as_owner():
        ready.program.contact = ""
        ready.program.save()
    answer = print_due(sign_in("dana"), ready)
    assert answer.status_code == 422 and "has no contact yet" in answer.content.decode()


@pytest.mark.parametrize("selected", ["nonsense", "' or 1=1 --", "stranger"])
def test_what_is_not_there_is_404_and_nothing_is_made(sign_in, ready, as_owner, selected):
    ids = [ready.a.enrolment.public_id, ready.b.enrolment.public_id if selected == "stranger" else selected]
    assert sign_in("dana").post(reverse("pbm:letters_print"), {"selected": ids, "state": "due"}).status_code == 404
    with as_owner():
        assert not MemberLetter.objects.exists()


def test_the_trail_names_exactly_those_shown(sign_in, ready, as_owner):
    browser = sign_in("dana")
    browser.get(reverse("pbm:letters"))
    print_due(browser, ready)
    browser.get(reverse("pbm:letters"), {"state": "sent"})
    with as_owner():
        reads = AuditEvent.objects.filter(event="patient.read", user_id=ready.dana.pk).order_by("pk")
        assert [row.patient_ids for row in reads] == [[ready.a.patient.pk]] * 2
        assert AuditEvent.objects.filter(event="letters.printed", patient_ids=[ready.a.patient.pk]).count() == 1


def test_addresses_for_a_print_shop(sign_in, ready, as_owner):
    answer = sign_in("dana").post(reverse("pbm:letters_addresses"), {"state": "due"})
    (row,) = csv.DictReader(StringIO(answer.content.decode(), newline=""))
    assert (row["name"], row["address"], row["language"]) == ("Pat canary-a", "'=1 Elm St", "es")
    with as_owner():
        assert AuditEvent.objects.get(event="letters.addresses_exported").patient_ids == [ready.a.patient.pk]


def test_the_list_asks_few_questions(sign_in, ready, django_assert_max_num_queries):
    browser = sign_in("dana")
    with django_assert_max_num_queries(40):
        browser.get(reverse("pbm:letters"))


def test_an_opt_out_is_recorded_on_the_members_page_and_taken_back(sign_in, ready, as_owner):
    browser, page = sign_in("dana"), reverse("pbm:member", args=[ready.a.patient.public_id])
    said = {
        "program": ready.program.pk,
        "since": timezone.localdate().isoformat(),
        "how": "phone",
        "note": "Too many calls.",
    }
    out = reverse("pbm:opt_out", args=[ready.a.patient.public_id])
    assert browser.get(out).status_code == 200
    assert browser.post(out, said).status_code == 302
    assert browser.post(out, said).status_code == 422
    text = browser.get(page).content.decode()
    assert "still out" in text and "Too many calls." in text and "Client A" in text
    with as_owner():
        row = OptOut.objects.get(until=None)
        assert Outbox.objects.filter(topic="member.opted_out", subject_id=row.pk).count() == 1
    assert len(browser.get(reverse("pbm:roster"), {"out": "yes"}).context["rows"]) == 1
    back = reverse("pbm:opt_in_again", args=[row.public_id])
    assert browser.post(back, {"since": timezone.localdate().isoformat()}).status_code == 302
    assert "still out" not in browser.get(page).content.decode()


@pytest.mark.parametrize("given", [{"since": "soon"}, {"how": "pigeon"}, {"program": "999"}, {"since": "1990-01-01"}])
def test_a_wrong_opt_out_is_refused_in_a_sentence(sign_in, ready, given):
    said = {"program": ready.program.pk, "since": "2026-01-01", "how": "phone"} | given
    answer = sign_in("dana").post(reverse("pbm:opt_out", args=[ready.a.patient.public_id]), said)
    assert answer.status_code == 422 and answer.context["form"].errors


@pytest.mark.parametrize("name", ["member", "opt_out"])
def test_a_strangers_member_is_not_there(sign_in, ready, name):
    assert sign_in("dana").get(reverse(f"pbm:{name}", args=[ready.b.patient.public_id])).status_code == 404


@pytest.mark.parametrize("who, status", [("erin", 200), ("ada", 403), ("grace", 403), ("alice", 403)])
def test_who_may_open_the_members_page(sign_in, ready, who, status):
    assert sign_in(who).get(reverse("pbm:member", args=[ready.a.patient.public_id])).status_code == status


def test_a_member_who_is_not_enrolled_is_found_by_name(sign_in, ready, as_owner):
    with as_owner():
        ready.a.enrolment.delete()
    page = sign_in("dana").post(reverse("pbm:roster_search"), {"q": "canary-a"})
    assert [row.patient_id for row in page.context["others"]] == [ready.a.patient.pk]


@pytest.mark.parametrize("sort", ["member", "-member", "pharmacy", "-since", "programme", "nonsense"])
def test_the_roster_is_sorted(sign_in, ready, sort):
    assert (
        len(sign_in("dana").get(reverse("pbm:roster"), {"sort": sort, "after": ready.a.enrolment.pk}).context["rows"])
        == 0
    )
