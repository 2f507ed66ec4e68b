"""An encounter's life: start, save, complete, discard, undo."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from psycopg.types.range import DateRange

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import bill, protocols
from patients.care.models import Encounter, EncounterChange
from patients.claims.models import ServiceGiven
from patients.flags.models import Flag
from patients.models import Consent
from pharmacies.billing.models import PersonIdentity, ServiceClaim

from .test_protocols import CALL, SHOT

pytestmark = pytest.mark.django_db


def begin(cast, flag=None, protocol="adherence_call", by=None):
    return care.start(
        patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol=protocol, flag=flag, by=by or cast.alice
    )


def document(cast, encounter, answers=CALL, by=None):
    return care.save(encounter=encounter, answers=answers, revision=encounter.revision, by=by or cast.alice)


def test_the_form_is_filled_in_from_the_flags_class(cast, story):
    with context.acting_as(cast.alice.scope):
        encounter = begin(cast, story[0])
    assert encounter.answers == {
        "service_on": "2026-11-21", "medicine": "Lisinopril 20 mg", "last_fill_on": "2026-10-06", "supply_ends_on": "2026-11-14",
    }  # fmt: skip


def test_two_people_who_start_the_same_call_work_on_one_draft(cast, story):
    with context.acting_as(cast.alice.scope):
        first = begin(cast)
    with context.acting_as(cast.bob.scope):
        second = begin(cast, story[0], by=cast.bob)
        other = begin(cast, protocol="vaccination", by=cast.bob)
    assert second == first
    assert second.flag == story[0]
    assert other != first


def test_the_database_keeps_one_draft_whatever_the_application_says(cast, story):
    with context.acting_as(cast.alice.scope):
        first = begin(cast)
        twin = {
            f: getattr(first, f)
            for f in ("payer_id", "pharmacy_id", "patient_id", "protocol", "service_on", "started_by")
        }
        with pytest.raises(IntegrityError), transaction.atomic():
            Encounter.objects.create(**twin)


def test_a_stale_form_changes_nothing(cast, story):
    with context.acting_as(cast.alice.scope):
        encounter = begin(cast)
        document(cast, encounter)
        with pytest.raises(care.StaleRevision, match="not saved"):
            document(cast, encounter, CALL | {"note": "from the other window"})
        kept = Encounter.objects.get(pk=encounter.pk)
    assert kept.revision == 1
    assert "note" not in kept.answers


def test_a_draft_may_hold_anything_that_fits_but_is_not_completed_so(cast, story):
    with context.acting_as(cast.alice.scope):
        encounter = document(cast, begin(cast), {"service_on": "2026-13-40", "minutes": "soon"})
        with pytest.raises(care.NotComplete) as why:
            care.complete(encounter=encounter, by=cast.alice)
        assert Encounter.objects.get(pk=encounter.pk).status == "draft"
    assert {each.field for each in why.value.missing} >= {"service_on", "outcome", "medicine"}


def test_completing_bills_notes_the_service_and_closes_the_flag(cast, story, as_owner):
    with as_owner():
        PersonIdentity.objects.filter(pk=cast.a.person_identity.pk).update(person=cast.alice)
    with context.acting_as(cast.alice.scope):
        encounter = care.complete(encounter=document(cast, begin(cast, story[0])), by=cast.alice)
        claim = bill.claim_of(cast.alice, encounter)
    assert (claim.status, claim.charge_cents) == ("submitted", 2500)
    snapshot = claim.snapshot
    assert snapshot["documentation"] == {"completed": True, "missing": [], "minutes": 12, "vaccine": None}
    named = {"npi": cast.a.person_identity.npi, "last_name": "Lead", "first_name": "", "taxonomy": "183500000X"}
    assert snapshot["rendering"] == {"name": "Alice", "role": "Pharmacist"} | named
    assert snapshot["lines"] == [["99606", 1]]
    assert snapshot["coverage"]["contract"] == "H1234"
    with as_owner():
        flag = Flag.objects.get(pk=story[0].pk)
        assert (flag.status, flag.closed_by) == ("closed", cast.alice)
        assert ServiceGiven.objects.get(encounter_ref=encounter.public_id).given_on == date(2026, 11, 21)
        changes = EncounterChange.objects.filter(encounter=encounter).order_by("id")
        assert list(changes.values_list("from_status", "to_status")) == [("", "draft"), ("draft", "completed")]
        events = set(AuditEvent.objects.filter(user_id=cast.alice.pk).values_list("event", flat=True))
    assert {
        "encounter.started",
        "encounter.saved",
        "encounter.completed",
        "flag.resolved",
        "service_claim.opened",
    } <= events


def test_completing_twice_is_completing_once(cast, story, as_owner):
    with context.acting_as(cast.alice.scope):
        encounter = document(cast, begin(cast))
        care.complete(encounter=encounter, by=cast.alice)
        care.complete(encounter=encounter, by=cast.alice)
    with as_owner():
        assert ServiceClaim.objects.filter(encounter_ref=encounter.public_id).count() == 1
        assert ServiceGiven.objects.filter(encounter_ref=encounter.public_id).count() == 1


def test_a_call_that_nobody_took_leaves_its_flag_open_and_bills_nothing(cast, story, as_owner):
    answers = {"service_on": "2026-11-21", "medicine": "Lisinopril", "outcome": "no_answer"}
    with context.acting_as(cast.alice.scope):
        encounter = care.complete(encounter=document(cast, begin(cast, story[0]), answers), by=cast.alice)
        assert bill.claim_of(cast.alice, encounter) is None
    with as_owner():
        assert Flag.objects.get(pk=story[0].pk).status == "open"
        assert not ServiceGiven.objects.filter(encounter_ref=encounter.public_id).exists()


@pytest.mark.parametrize("cvx, code, cents", [("135", "G0008", 2700), ("216", "G0009", 2700), ("187", "90471", 2000)])
def test_a_vaccine_is_billed_by_its_payers_code(cast, story, cvx, code, cents):
    with context.acting_as(cast.alice.scope):
        encounter = document(cast, begin(cast, protocol="vaccination"), SHOT | {"cvx": cvx})
        claim = bill.claim_of(cast.alice, care.complete(encounter=encounter, by=cast.alice))
        assert [(line.code, line.charge_cents) for line in claim.lines.all()] == [(code, cents)]
    vaccine = claim.snapshot["documentation"]["vaccine"]
    assert (vaccine["cvx"], vaccine["lot"], vaccine["expires_on"]) == (cvx, "U7781A", "2027-06-30")


def test_a_completed_visit_is_frozen(cast, story):
    with context.acting_as(cast.alice.scope):
        done = care.complete(encounter=document(cast, begin(cast)), by=cast.alice)
        for deed in (lambda: document(cast, done), lambda: care.discard(encounter=done, by=cast.alice)):
            with pytest.raises(care.CannotDocument, match="completed and cannot be changed"):
                deed()


def test_a_discarded_draft_comes_back_unless_there_is_a_new_one(cast, story):
    with context.acting_as(cast.alice.scope):
        encounter = document(cast, begin(cast))
        care.discard(encounter=encounter, by=cast.alice)
        assert care.restore(encounter=encounter, by=cast.alice).answers["minutes"] == "12"
        care.discard(encounter=encounter, by=cast.alice)
        begin(cast)
        with pytest.raises(care.CannotDocument, match="new draft"):
            care.restore(encounter=encounter, by=cast.alice)


def test_every_status_has_its_transitions():
    assert set(Encounter.TRANSITIONS) == set(Encounter.Status)
    assert all(to <= set(Encounter.Status) for to in Encounter.TRANSITIONS.values())


def test_no_cover_on_the_day_holds_the_claim_and_later_knowledge_frees_it(cast, story, as_owner):
    with as_owner():
        cast.a.coverage.ends_on = date(2026, 6, 30)
        cast.a.coverage.save()
    with context.acting_as(cast.alice.scope):
        encounter = care.complete(encounter=document(cast, begin(cast)), by=cast.alice)
        claim = bill.claim_of(cast.alice, encounter)
        assert claim.status == "held"
        assert bill.send_again(claim=claim, by=cast.alice).status == "held"
    with as_owner():
        cast.a.coverage.ends_on = None
        cast.a.coverage.save()
    with context.acting_as(cast.alice.scope):
        assert bill.send_again(claim=claim, by=cast.alice).status == "submitted"


@pytest.mark.parametrize("ran_since, told", [(date(2026, 1, 1), "htn-dm"), (date(2026, 11, 22), "")])
def test_a_visit_before_the_enrolment_is_its_programmes_where_that_ran(cast, story, as_owner, ran_since, told):
    with as_owner():
        cast.a.enrolment.days = DateRange(date(2026, 11, 22), None)
        cast.a.enrolment.save()
        cast.program.since = ran_since
        cast.program.save()
    with context.acting_as(cast.alice.scope):
        encounter = care.complete(encounter=document(cast, begin(cast)), by=cast.alice)
        assert bill.claim_of(cast.alice, encounter).program == told


def test_the_same_service_twice_on_a_day_is_held_as_a_duplicate(cast, story):
    with context.acting_as(cast.alice.scope):
        for expected in ("submitted", "held"):
            done = care.complete(encounter=document(cast, begin(cast)), by=cast.alice)
            assert bill.claim_of(cast.alice, done).status == expected


def test_a_pharmacy_without_access_starts_nothing(cast, story):
    with context.acting_as(cast.charlie.scope), pytest.raises(care.CannotDocument, match="not with your pharmacy"):
        care.start(patient=cast.a.patient, pharmacy=cast.b.pharmacy, protocol="adherence_call", by=cast.charlie)


def test_a_flag_about_somebody_else_is_refused(cast, story):
    with context.acting_as(cast.alice.scope), pytest.raises(care.CannotDocument, match="another patient"):
        begin(cast, cast.b.flag)


def test_an_unknown_protocol_is_named(cast, story):
    with context.acting_as(cast.alice.scope), pytest.raises(protocols.UnknownProtocol):
        begin(cast, protocol="moonwalk")


def test_a_new_consent_ends_the_one_before(cast, story):
    who = {"patient": cast.a.patient, "pharmacy": cast.a.pharmacy, "kind": "calls", "by": cast.bob}
    with context.acting_as(cast.bob.scope):
        care.record_consent(is_given=True, since=date(2026, 1, 2), **who)
        care.record_consent(is_given=False, since=date(2026, 11, 21), **who)
        rows = Consent.objects.visible_to(cast.bob).order_by("since")
        assert [(row.is_given, row.until) for row in rows] == [(True, date(2026, 11, 21)), (False, None)]
        with pytest.raises(care.CannotDocument, match="when it is given"):
            care.record_consent(is_given=True, since=date(2026, 12, 1), **who)
