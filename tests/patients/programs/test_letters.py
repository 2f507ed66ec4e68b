"""Letters: due once, in plain words, sent on a day, perhaps returned; one letter a kind and enrolment."""

import re
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from psycopg.types.range import DateRange

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.programs import definitions, letters, mailing
from patients.programs.mailing import CannotSend
from patients.programs.models import Enrolment, MemberLetter
from patients.programs.opt_ins import CannotChange, edit_program
from patients.programs.sheets import sheet
from tests.conftest import as_owner

READ_BY = 6.0
"""Highest Flesch-Kincaid grade (0.39 words a sentence + 11.8 syllables a word - 15.59, Kincaid and others, 1975)."""


@pytest.fixture
def ready(cast):
    """The programme can be reached, and Pat has an address."""
    with as_owner():
        cast.program.contact = "Call 304-555-0100\nPO Box 1, Charleston, WV"
        cast.program.save()
        cast.a.patient.address, cast.a.patient.city, cast.a.patient.state = "1 Elm St", "Lewisburg", "WV"
        cast.a.patient.save()
    return cast


def as_dana(cast):
    return context.acting_as(cast.dana.scope)


def kinds(cast):
    return list(mailing.due(cast.dana).values_list("kind", flat=True))


def make(cast):
    return mailing.make(enrolments=list(mailing.due(cast.dana)), by=cast.dana)


def send(cast, made, on=None):
    return mailing.mark_sent(letters=made, on=on or timezone.localdate(), by=cast.dana)


def end(cast, because, on=date(2026, 5, 1)):
    with as_owner():
        row = cast.a.enrolment
        row.days, row.ended_because = DateRange(row.days.lower, on), because
        row.save()


def open_again(cast, since=date(2026, 5, 1)):
    with as_owner():
        return Enrolment.objects.create(
            payer=cast.a.payer, patient=cast.a.patient, program=cast.program, pharmacy=cast.b.pharmacy,
            days=DateRange(since, None), reason="x",
        )  # fmt: skip


def grade(text):
    sentences = [one for one in re.split(r"[.?!:]", text) if one.strip()]
    words = re.findall(r"[A-Za-z]+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


@pytest.mark.parametrize("kind", MemberLetter.Kind.values)
def test_a_letter_can_be_read_by_a_sixth_grader(kind):
    told = letters.every()[kind]
    offers = " ".join(definitions.find("medicare_htn_dm").offers)
    assert grade(" ".join([told.subject + ".", *(p for p in told.paragraphs if " " in p), offers])) <= READ_BY


def test_the_measure_of_reading_finds_an_official_sentence():
    assert grade("Participation in the aforementioned initiative constitutes authorization to communicate.") > READ_BY


@pytest.mark.parametrize("kind", MemberLetter.Kind.values)
def test_no_letter_names_a_condition_and_all_say_how_to_reach_us(kind):
    words = " ".join(letters.every()[kind].paragraphs).lower()
    assert (
        not re.search("diabet|hypertens|high blood|sugar", words)
        and letters.letter.CONTACT in letters.every()[kind].paragraphs
    )


pytestmark = pytest.mark.django_db


def test_a_member_is_welcomed_once(ready):
    with as_dana(ready):
        assert kinds(ready) == ["welcome"]
        (made,) = make(ready)
        assert kinds(ready) == []
    with as_owner():
        event = AuditEvent.objects.get(event="letters.made")
        assert event.patient_ids == [ready.a.patient.pk]
        with pytest.raises(IntegrityError), transaction.atomic():
            made.pk = made.public_id = None
            MemberLetter.objects.create(
                payer=ready.a.payer, program=ready.program, patient=ready.a.patient, pharmacy=ready.a.pharmacy,
                enrolment=ready.a.enrolment, kind="welcome", made_by=ready.dana,
            )  # fmt: skip


def test_a_member_who_moved_is_told_of_the_new_pharmacy(ready):
    end(ready, "moved_pharmacy")
    open_again(ready)
    with as_dana(ready):
        assert kinds(ready) == ["moved"]
        (made,) = make(ready)
    assert made.pharmacy_id == ready.b.pharmacy.pk


@pytest.mark.parametrize("because, found", [("opted_out", ["ended"]), ("moved_pharmacy", []), ("deceased", [])])
def test_who_was_written_to_learns_of_the_end(ready, because, found):
    with as_dana(ready):
        send(ready, make(ready))
    end(ready, because)
    with as_dana(ready):
        assert kinds(ready) == found


def test_who_never_got_a_letter_is_not_told_of_an_end(ready):
    end(ready, "opted_out")
    with as_dana(ready):
        assert kinds(ready) == []


def test_nobody_writes_to_the_dead(ready):
    with as_owner():
        ready.a.patient.died_on = date(2026, 1, 1)
        ready.a.patient.save()
    with as_dana(ready):
        assert kinds(ready) == []


@pytest.mark.parametrize(
    "lacks, words", [("contact", "has no contact yet"), ("address", "no address"), ("pbm", "another PBM")]
)
def test_what_is_lacking_is_said(ready, lacks, words):
    with as_owner():
        if lacks == "address":
            ready.a.patient.address = ""
            ready.a.patient.save()
        else:
            setattr(ready.program, lacks, "" if lacks == "contact" else ready.network.organisation)
            ready.program.save()
    with as_dana(ready), pytest.raises(CannotSend, match=words):
        make(ready)


def test_printed_by_two_the_second_is_told(ready):
    with as_dana(ready):
        rows = list(mailing.due(ready.dana))
        mailing.make(enrolments=rows, by=ready.dana)
        with pytest.raises(CannotSend, match="made meanwhile"):
            mailing.make(enrolments=rows, by=ready.dana)


def test_sent_and_returned_all_or_none(ready):
    today = timezone.localdate()
    with as_dana(ready):
        (made,) = make(ready)
        other = MemberLetter.objects.get(pk=ready.a.member_letter.pk)
        with pytest.raises(CannotSend, match="sent, and are not back"):
            mailing.note_returned(letters=[made], on=today, by=ready.dana)
        send(ready, [made])
        with pytest.raises(CannotSend, match="marked as sent already"):
            send(ready, [made, other])
        assert MemberLetter.objects.get(pk=other.pk).sent_on is None
        for day in (today + timedelta(days=1), today - timedelta(days=1)):
            with pytest.raises(CannotSend, match="day"):
                mailing.note_returned(letters=[made], on=day, by=ready.dana)
        mailing.note_returned(letters=[made], on=today, by=ready.dana)
        with pytest.raises(CannotSend, match="Choose at least one"):
            send(ready, [])
        assert MemberLetter.objects.get(pk=made.pk).returned_on == today


def test_a_strangers_letter_is_not_there(ready):
    with as_dana(ready), pytest.raises(CannotSend, match="not there"):
        send(ready, [ready.b.member_letter])


def test_an_enrolment_that_never_held_leaves_its_letter_behind(ready):
    with as_dana(ready):
        (made,) = make(ready)
    with context.acting_as(context.worker_for(ready.a.payer.pk)):
        Enrolment.objects.get(pk=ready.a.enrolment.pk).delete()
        assert MemberLetter.objects.get(pk=made.pk).enrolment_id is None


def test_the_sheet_says_who_where_what_and_how_to_say_no(ready):
    with as_owner():
        ready.a.patient.language = "es"
        ready.a.patient.save()
        ready.a.pharmacy.phone, ready.a.pharmacy.street = "304-555-0199", "2 Ash St"
        ready.a.pharmacy.save()
    with as_dana(ready):
        (made,) = make(ready)
        page = sheet(MemberLetter.objects.get(pk=made.pk))
    lines = [line for block in page.blocks for line in block.lines]
    assert page.address == ("Pat canary-a", "1 Elm St", "Lewisburg, WV 24901") and page.speaks == "es"
    for words in (
        "Ash Street Pharmacy",
        "2 Ash St",
        "Phone: 304-555-0199",
        "Call 304-555-0100",
        "Check your blood pressure.",
    ):
        assert words in lines
    assert any("free" in line for line in lines) and any("January 1, 2020" in line for line in lines)
    assert not any("{" in line for line in lines)


def test_a_contact_without_a_telephone_number_is_refused(ready):
    with as_dana(ready), pytest.raises(CannotChange, match="telephone"):
        edit_program(program=ready.program, title="x", until=None, contact="PO Box 1", by=ready.dana)
