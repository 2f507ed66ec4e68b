"""Programmes, letters and opt-outs of somebody with two ids: one member, one decision, one letter, and one no."""

from datetime import date

import pytest
from django.db.models import Exists
from django.utils import timezone
from psycopg.types.range import DateRange

from carecoord.kernel.tenancy import context
from patients.claims.models import Diagnosis, Fill
from patients.evaluation import rollout
from patients.models import Coverage, Member, Patient, PatientAccess
from patients.programs import access, actions, mailing, opt_outs, sheets
from patients.programs.models import Decision, Enrolment, MemberLetter, OptOut
from tests.conftest import as_owner
from tests.factories.history import fill, hypertensive, member

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)
TOLD = (Fill, Diagnosis, Coverage)
FILLED = ("2026-02-01", "2026-05-01", "2026-08-01")


@pytest.fixture
def nobody(cast):
    """Before any programme was decided, with a contact for letters."""
    with as_owner():
        for model in (Enrolment, PatientAccess):
            model.objects.filter(patient=cast.a.patient).delete()
        cast.program.contact = "Call 304-555-0100"
        cast.program.save()
    return cast


def joins(cast, name, side="a"):
    with as_owner():
        patient = member(cast.a, name, last_name=name, search_name=name.lower(), address="1 Elm St", city="Lewisburg")
        hypertensive(cast.a, patient=patient)
        for day in FILLED:
            fill(cast.a, day, 90, drug="lisinopril", patient=patient, pharmacy=getattr(cast, side).pharmacy)
        return patient


def unite(holder, former):
    with as_owner():
        for model in TOLD:
            model.objects.filter(patient=former).update(patient=holder)
        Member.objects.filter(patient=former).update(merged_into=holder)
        gone = {"last_name": "", "search_name": "", "born_on": None, "address": "", "city": ""}
        Patient.objects.filter(pk=former.pk).update(**gone)


def part(former):
    with as_owner():
        Member.objects.filter(patient=former).update(merged_into=None)
        Patient.objects.filter(pk=former.pk).update(last_name="F", search_name="f", born_on=date(1950, 5, 5))


def enrol(cast, as_of=TODAY):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        return actions.enrol(program=cast.program, payer=cast.a.payer, as_of=as_of, by=None)


def in_force():
    with as_owner():
        return {(row.patient_id, row.pharmacy_id) for row in Enrolment.objects.filter(days__upper_inf=True)}


def letters(cast, send=True):
    """What is due, which is then sent: [(kind, patient)]."""
    with context.acting_as(cast.dana.scope):
        due = list(mailing.due(cast.dana).filter(payer=cast.a.payer).order_by("pk"))
        found = [(str(one.kind), one.patient_id) for one in due]
        if due and send:
            made = mailing.make(enrolments=due, by=cast.dana)
            mailing.mark_sent(letters=made, on=timezone.localdate(), by=cast.dana)
        return found


def test_a_former_record_is_no_member_of_its_own(nobody):
    old, new = joins(nobody, "OLD"), joins(nobody, "NEW")
    enrol(nobody, date(2026, 11, 1))
    unite(old, new)
    run = enrol(nobody)
    assert run.counts["enrolled"] == 1 and sum(run.counts.values()) == 2  # the cast's own patient is the other
    place = nobody.a.pharmacy.pk
    assert {one for one in in_force() if one[1] == place} == {(old.pk, place)}
    with as_owner():
        assert not Decision.objects.filter(patient=new).exists()
        assert Enrolment.objects.get(patient=new).ended_because == "united"


def test_whoever_sees_the_person_sees_every_record_of_theirs_and_nobody_else_does(nobody):
    old, new = joins(nobody, "OLD"), joins(nobody, "NEW", side="b")
    enrol(nobody, date(2026, 11, 1))
    unite(old, new)
    with as_owner():
        fill(nobody.a, "2026-09-01", 30, drug="lisinopril", patient=old)
    enrol(nobody)
    with as_owner():
        seen = PatientAccess.objects.filter(patient__in=[old, new], until=None)
        assert set(seen.values_list("patient_id", "pharmacy_id")) == {
            (old.pk, nobody.a.pharmacy.pk),
            (new.pk, nobody.a.pharmacy.pk),
        }
        assert seen.get(patient=new).sentence.startswith(
            "Known here as OLD, which is an id of this person: Enrolled in"
        )
    with context.acting_as(context.worker_for(nobody.a.payer.pk)):
        told = {"access_opened": 0, "access_ended": 0}
        assert access.follow(payer=nobody.a.payer, as_of=TODAY, by=None) == told


def test_a_person_is_welcomed_once_and_told_of_the_end_once(nobody):
    old, new = nobody.a.patient, joins(nobody, "NEW")
    with as_owner():
        Patient.objects.filter(pk=old.pk).update(address="1 Elm St")
    enrol(nobody, date(2026, 11, 1))
    assert letters(nobody) == [("welcome", new.pk)]
    unite(old, new)
    assert letters(nobody) == []
    enrol(nobody)
    assert {patient for patient, _ in in_force() if patient != nobody.b.patient.pk} == {old.pk}
    assert letters(nobody) == []
    with as_owner():
        Enrolment.objects.filter(patient=old, days__upper_inf=True).update(
            days=DateRange(TODAY, date(2026, 11, 25)), ended_because="not_covered"
        )
    assert letters(nobody) == [("ended", old.pk)]
    assert letters(nobody) == []


def test_after_the_ids_are_parted_nobody_is_welcomed_again(nobody):
    old, new = nobody.a.patient, joins(nobody, "NEW")
    enrol(nobody, date(2026, 11, 1))
    letters(nobody)
    unite(old, new)
    enrol(nobody)
    part(new)
    with as_owner():
        for model in TOLD:
            model.objects.filter(patient=old).exclude(pk=nobody.a.coverage.pk).update(patient=new)
    enrol(nobody, date(2026, 11, 24))
    assert new.pk in {patient for patient, _ in in_force()}
    assert letters(nobody, send=False) == []


def test_whoever_comes_to_another_pharmacy_by_the_union_is_told_of_it_as_such(nobody):
    old, new = nobody.a.patient, joins(nobody, "NEW", side="b")
    with as_owner():
        Patient.objects.filter(pk=old.pk).update(address="1 Elm St")
    enrol(nobody, date(2026, 11, 1))
    letters(nobody)
    unite(old, new)
    with as_owner():
        for day in ("2026-09-01", "2026-09-11", "2026-10-01", "2026-10-11"):
            fill(nobody.a, day, 10, patient=old)
    enrol(nobody)
    assert letters(nobody, send=False) == [("moved", old.pk)]


def test_a_letter_that_came_back_is_replaced_by_a_later_one_to_the_person(nobody):
    old, new = nobody.a.patient, joins(nobody, "NEW")
    enrol(nobody, date(2026, 11, 1))
    letters(nobody)
    with as_owner():
        returned = MemberLetter.objects.get(patient=new)
        MemberLetter.objects.filter(pk=returned.pk).update(sent_on=date(2026, 1, 2), returned_on=date(2026, 1, 9))

    def is_bad():
        with context.acting_as(nobody.dana.scope):
            return Member.objects.filter(Exists(mailing.returned(nobody.dana)), patient=new).exists()

    assert is_bad()
    unite(old, new)
    assert is_bad()
    with as_owner():
        MemberLetter.objects.create(
            payer=nobody.a.payer, program=nobody.program, patient=old, pharmacy=nobody.a.pharmacy, kind="welcome",
            made_by=nobody.dana, sent_on=date(2026, 2, 1),
        )  # fmt: skip
    assert not is_bad()
    part(new)
    assert is_bad()


def test_the_end_that_a_former_record_was_owed_goes_to_the_person(nobody):
    old, new = nobody.a.patient, joins(nobody, "NEW")
    with as_owner():
        Patient.objects.filter(pk=old.pk).update(address="2 Oak St", first_name="Ann", last_name="Ash")
    enrol(nobody, date(2026, 11, 1))
    letters(nobody)
    unite(old, new)
    with as_owner():
        Coverage.objects.filter(patient=old).delete()
    enrol(nobody)
    assert letters(nobody) == [("ended", new.pk)]
    with as_owner():
        letter = MemberLetter.objects.select_related("patient", "program__pbm", "pharmacy", "enrolment").get(
            kind="ended", patient=new
        )
        assert sheets.sheet(letter).address[:2] == ("Ann Ash", "2 Oak St")


def test_a_no_under_either_id_ends_it_under_both_and_is_said_once(nobody):
    old, new = nobody.a.patient, joins(nobody, "NEW")
    enrol(nobody, date(2026, 11, 1))
    unite(old, new)
    with as_owner():
        ids = {row.patient_id: row for row in Member.objects.filter(patient__in=[old, new]).select_related("patient")}
    with context.acting_as(nobody.dana.scope):
        said = {"program": nobody.program, "since": TODAY, "how": "phone", "by": nobody.dana}
        row = opt_outs.opt_out(member=ids[new.pk], **said)
        assert row.patient_id == old.pk
        with pytest.raises(opt_outs.CannotChange, match="already"):
            opt_outs.opt_out(member=ids[old.pk], **said)
    with context.acting_as(context.worker_for(nobody.a.payer.pk)):
        assert actions.end_opted_out(opt_out=row, as_of=TODAY, by=None) == 1
    assert not {patient for patient, _ in in_force()} & {old.pk, new.pk}
    assert enrol(nobody).counts["opted_out"] == 1


def test_at_the_counter_the_no_ends_what_a_former_record_is_enrolled_in(nobody):
    old, new = nobody.a.patient, joins(nobody, "NEW")
    enrol(nobody, date(2026, 11, 1))
    unite(old, new)
    with context.acting_as(context.worker_for(nobody.a.payer.pk)):
        access.follow(payer=nobody.a.payer, as_of=TODAY, by=None)
    with context.acting_as(nobody.alice.scope):
        found = Patient.objects.get(pk=new.pk)
        opt_outs.opt_out_at_pharmacy(patient=found, pharmacy=nobody.a.pharmacy, program=nobody.program, by=nobody.alice)
        assert OptOut.objects.get(until=None).patient_id == old.pk
        with pytest.raises(opt_outs.CannotChange, match="already"):
            opt_outs.opt_out_at_pharmacy(
                patient=found, pharmacy=nobody.a.pharmacy, program=nobody.program, by=nobody.alice
            )


def test_a_report_counts_a_person_once(nobody):
    old, new = joins(nobody, "OLD"), joins(nobody, "NEW")
    enrol(nobody, date(2026, 10, 1))
    asked = {"program": nobody.program, "client": nobody.a.client, "since": date(2026, 10, 1), "until": TODAY}

    def enrolled():
        with context.acting_as(nobody.dana.scope):
            rows = rollout._enrolments(nobody.dana, **asked)
            return len(set(rows.values_list("record", flat=True)))

    assert enrolled() == 2
    unite(old, new)
    assert enrolled() == 1
    enrol(nobody)
    assert enrolled() == 1
