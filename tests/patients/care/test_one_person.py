"""Care of a person whom the payer knows by two ids: what was begun, billed and agreed under either counts, and nobody sees more."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import bill, encounters, everyday, timeline, worklist
from patients.care.actions import everyday as facts
from patients.care.actions import plan
from patients.care.models import Encounter, Goal
from patients.models import Consent, Coverage, EverydayFact, Member, Patient, PatientAccess
from pharmacies.billing import edits
from pharmacies.billing.actions import open_claim, resubmit
from pharmacies.billing.facts import facts_of
from pharmacies.billing.models import ServiceClaim, ServiceLine
from pharmacies.billing.queries import claims_of, findings_of
from tests.factories.one_person import again, load_quietly, part, two, unite
from tests.factories.snapshots import snapshot_of
from tests.oracles.histories import in_proportion
from tests.patients.claims.test_fold_against_oracle import undone

from .test_protocols import CALL

pytestmark = pytest.mark.django_db
YESTERDAY = timezone.localdate() - timedelta(days=1)


@pytest.fixture(autouse=True)
def quiet(monkeypatch, settings, tmp_path):
    load_quietly(monkeypatch, settings, tmp_path)


@pytest.fixture
def ann(cast):
    """Ash Street knows both records."""
    return two(cast, b="a")


def told(side, member, **changes):
    made = snapshot_of(side, **changes)
    return replace(made, patient=replace(made.patient, ref=member.patient.public_id))


def begin(cast, member, **more):
    return care.start(
        patient=again(member), pharmacy=cast.a.pharmacy, **{"protocol": "adherence_call", "by": cast.alice} | more
    )


def document(cast, encounter):
    answers = CALL | {"service_on": YESTERDAY.isoformat()}
    care.save(encounter=encounter, answers=answers, revision=encounter.revision, by=cast.alice)
    return care.complete(encounter=encounter, by=cast.alice)


# Billing


def test_what_was_billed_under_a_former_id_is_a_duplicate_until_the_ids_are_parted(cast, ann):
    with context.acting_as(cast.alice.scope):
        first = open_claim(snapshot=told(cast.a, ann.b), by=cast.alice)
        assert first.status == "submitted"
    unite(cast, ann.a, ann.b)
    with context.acting_as(cast.alice.scope):
        second = open_claim(snapshot=told(cast.a, ann.a), by=cast.alice)
        (failed,) = second.edit_results.filter(passed=False)
        assert (second.status, failed.edit) == ("held", "duplicate") and first.number in failed.message
        assert [each.number for each in claims_of(cast.alice, patient_ref=ann.a.patient.public_id)] == [
            second.number,
            first.number,
        ]
    part(cast, ann.a, ann.b)
    with context.acting_as(cast.alice.scope):
        assert resubmit(claim=second, by=cast.alice).status == "submitted"
        assert len(claims_of(cast.alice, patient_ref=ann.a.patient.public_id)) == 1


def test_a_claim_under_the_former_id_is_a_duplicate_of_one_under_the_id_of_today(cast, ann):
    with context.acting_as(cast.alice.scope):
        first = open_claim(snapshot=told(cast.a, ann.a), by=cast.alice)
    unite(cast, ann.a, ann.b)
    with context.acting_as(cast.alice.scope):
        second = open_claim(snapshot=told(cast.a, ann.b), by=cast.alice)
        assert second.status == "held" and first.number in second.edit_results.get(passed=False).message


def test_the_payer_counts_the_limit_over_all_pharmacies_and_ids_and_a_pharmacy_its_own(cast, as_owner):
    ann = two(cast)
    unite(cast, ann.a, ann.b)
    with context.acting_as(cast.charlie.scope):
        theirs = open_claim(
            snapshot=told(cast.b, ann.b, payer_id=cast.a.payer.pk, service_on=YESTERDAY - timedelta(days=1)),
            by=cast.charlie,
        )
    with context.acting_as(cast.alice.scope):
        ours = open_claim(snapshot=told(cast.a, ann.a), by=cast.alice)
        assert ours.status == "submitted"
        assert not [each for each in facts_of(ours, cast.alice).earlier if each.number == theirs.number]
        assert theirs.number not in " ".join(each.message or "" for each in edits.run(facts_of(ours, cast.alice)))
    with context.acting_as(cast.erin.scope):
        claim = ServiceClaim.objects.get(pk=ours.pk)
        assert [each.number for each in facts_of(claim, cast.erin).earlier] == [theirs.number]
    part(cast, ann.a, ann.b)
    with context.acting_as(cast.erin.scope):
        assert facts_of(claim, cast.erin).earlier == ()
        assert all(each.passed for each in findings_of(cast.erin, claim))


IDS = 4
groups = st.lists(st.integers(0, IDS - 1), min_size=IDS, max_size=IDS)
sent = st.lists(st.tuples(st.integers(0, IDS - 1), st.integers(0, 400)), min_size=1, max_size=8)


@in_proportion(25)
@given(groups=groups, sent=sent)
def test_claims_of_the_same_person_and_no_others_count(cast, as_owner, groups, sent):
    """`groups`: which ids are whose. An id's record is held by the first of its group."""
    with undone():
        with as_owner():
            claims = _bill(cast, groups, sent)
        with context.acting_as(cast.erin.scope):
            for place, (claim, (who, _)) in enumerate(claims):
                expected = [
                    other.number
                    for other, (whose, _) in claims[:place]
                    if groups[whose] == groups[who] and other.service_on.year == claim.service_on.year
                ]
                assert [each.number for each in facts_of(claim, cast.erin).earlier] == expected


def _bill(cast, groups, sent):
    payer = cast.a.payer
    people = [Patient.objects.create(payer=payer, last_name=f"P{n}") for n in range(IDS)]
    for n, patient in enumerate(people):
        holder = people[groups.index(groups[n])]
        merged = None if holder == patient else holder
        Member.objects.create(payer=payer, patient=patient, member_id=f"P{n}", merged_into=merged)
    made = []
    for n, (who, days) in enumerate(sent):
        on = timezone.localdate() - timedelta(days=days)
        ref, visit = people[who].public_id, uuid4()
        snapshot = snapshot_of(cast.a, service_on=on, encounter_ref=visit)
        snapshot = replace(snapshot, patient=replace(snapshot.patient, ref=ref))
        claim = ServiceClaim.objects.create(
            payer=payer, pharmacy=cast.a.pharmacy, number=f"SC-{n}", encounter_ref=visit, patient_ref=ref, service_on=on,
            snapshot=snapshot.to_json(), status="submitted", charge_cents=2500, created_by=cast.alice, icn=f"IC-{n}",
        )  # fmt: skip
        ServiceLine.objects.create(
            payer=payer,
            pharmacy=cast.a.pharmacy,
            claim=claim,
            line_number=1,
            code="99606",
            label="x",
            charge_cents=2500,
        )
        made.append((claim, (who, days)))
    return made


# Drafts, and what is agreed


def test_the_draft_under_a_former_id_is_the_one_that_is_gone_on_with(cast, ann, as_owner):
    with context.acting_as(cast.alice.scope):
        begun = begin(cast, ann.b)
    unite(cast, ann.a, ann.b)
    with context.acting_as(cast.alice.scope):
        for member in (ann.a, ann.b):
            assert begin(cast, member) == begun
        (offered,) = [each for each in encounters.open_drafts(cast.alice) if each.public_id == begun.public_id]
        assert offered.patient == ann.a.patient and offered.patient.name == "Ash, Ann"
        done = document(cast, begun)
        claim = bill.claim_of(cast.alice, done)
        assert (claim.status, claim.patient_ref) == ("submitted", ann.b.patient.public_id)
        assert (claim.snapshot["patient"]["name"], claim.snapshot["patient"]["member_id"]) == ("Ash, Ann", "A")
        assert claim.snapshot["coverage"] and claim.snapshot["patient"]["born_on"] == "1950-01-01"
    part(cast, ann.a, ann.b)
    with context.acting_as(cast.alice.scope):
        assert begin(cast, ann.a).patient == ann.a.patient
        assert {event.under for event in timeline.of(cast.alice, patient=again(ann.a))[0]} == {""}


def test_after_the_ids_are_parted_each_record_has_its_own_draft_again(cast, ann):
    with context.acting_as(cast.alice.scope):
        begun = begin(cast, ann.b)
    unite(cast, ann.a, ann.b)
    part(cast, ann.a, ann.b)
    with context.acting_as(cast.alice.scope):
        assert begin(cast, ann.b) == begun and begin(cast, ann.a) != begun


def test_a_discarded_draft_does_not_come_back_beside_one_under_another_id(cast, ann):
    with context.acting_as(cast.alice.scope):
        begun = begin(cast, ann.b)
        care.discard(encounter=begun, by=cast.alice)
    unite(cast, ann.a, ann.b)
    with context.acting_as(cast.alice.scope):
        begin(cast, ann.b)
        assert Encounter.objects.get(patient=ann.a.patient).status == "draft"  # begun at the old address
        with pytest.raises(care.CannotDocument, match="begun meanwhile"):
            care.restore(encounter=begun, by=cast.alice)


def test_what_was_agreed_under_a_former_id_is_taken_over_and_not_doubled(cast, ann):
    given_ = {"pharmacy": cast.a.pharmacy, "by": cast.alice}
    goal = {"kind": "blood_pressure", "words": "Lower", "systolic": 130, "diastolic": 80}
    with context.acting_as(cast.alice.scope):
        old = again(ann.b)
        care.record_consent(patient=old, kind="calls", is_given=True, since=YESTERDAY - timedelta(9), **given_)
        facts.record_fact(patient=old, kind="phone", details={"number": "304-555-0101"}, **given_)
        problem = plan.open_problem(patient=old, kind="adherence", words="Forgets", **given_)
        plan.set_goal(patient=old, due_on=timezone.localdate() + timedelta(30), **goal, **given_)
    unite(cast, ann.a, ann.b)
    with context.acting_as(cast.alice.scope):
        now = again(ann.a)
        care.record_consent(patient=now, kind="calls", is_given=False, since=YESTERDAY, **given_)
        facts.record_fact(patient=now, kind="phone", details={"number": "304-555-0102"}, **given_)
        plan.plan_intervention(patient=now, kind="teaching", words="A box", problem=problem, **given_)
        plan.set_goal(patient=now, due_on=timezone.localdate() + timedelta(60), **goal, **given_)
        (calls,) = Consent.objects.filter(patient__in=now.records, until=None)
        assert (calls.is_given, calls.patient_id) == (False, now.pk)
        (phone,) = EverydayFact.objects.filter(patient__in=now.records, kind="phone", ended_at=None)
        assert phone.details == {"number": "304-555-0102"}
        assert Goal.objects.filter(patient__in=now.records, status="active").count() == 1
        facts.report_death(patient=again(ann.b), told_by="Her son", **given_)
        assert everyday.death_of(cast.alice, patient=now).patient_id == now.pk
        with pytest.raises(facts.CannotRecord, match="reported already"):
            facts.report_death(patient=now, told_by="Her daughter", **given_)


# Who sees what


def test_lists_name_a_person_once(cast, ann):
    with context.acting_as(cast.alice.scope):
        assert [each.pk for each in worklist.find_patients(cast.alice, text="ash")[0]] == [
            ann.a.patient_id,
            ann.b.patient_id,
        ]
    unite(cast, ann.a, ann.b)
    with context.acting_as(cast.alice.scope):
        everybody = {each.pk for each in worklist.find_patients(cast.alice)[0]}
        assert everybody == {ann.a.patient_id, cast.a.patient.pk}
        assert [each.pk for each in worklist.find_patients(cast.alice, text="B")[0]] == [ann.a.patient_id]


def seen(who, ann):
    """What a log-in reaches of both records, past the first wall: rows of every table that is about a patient. Cover is
    written anew with each union, and is named by whose it is."""
    found = set()
    with context.acting_as(who.scope):
        for model in apps.get_models():
            names = {field.name for field in model._meta.concrete_fields}
            if getattr(model, "walls", {}).get("portal") and "patient" in names:
                for row in model.objects.filter(patient__in=[ann.a.patient_id, ann.b.patient_id]):
                    found.add((model.__name__, row.patient_id if model is Coverage else row.pk))
    return found


def test_a_pharmacy_sees_the_person_while_united_never_anothers_work_and_afterwards_what_it_saw_before(cast):
    ann = two(cast)
    with context.acting_as(cast.alice.scope):
        visit = begin(cast, ann.a)
    with context.acting_as(cast.charlie.scope):
        theirs = care.start(patient=again(ann.b), pharmacy=cast.b.pharmacy, protocol="adherence_call", by=cast.charlie)
    before = {who: seen(getattr(cast, who), ann) for who in ("alice", "charlie")}
    unite(cast, ann.a, ann.b)
    for who, mine, others in (("alice", visit, theirs), ("charlie", theirs, visit)):
        reached = seen(getattr(cast, who), ann)
        assert ("Encounter", mine.pk) in reached and ("Encounter", others.pk) not in reached
        with context.acting_as(getattr(cast, who).scope):
            assert again(ann.a).name == "Ash, Ann" and again(ann.b).person == again(ann.a)
    part(cast, ann.a, ann.b)
    for who in before:
        assert seen(getattr(cast, who), ann) == before[who]


def test_a_pharmacy_that_saw_neither_sees_neither(cast):
    ann = two(cast, b="a")
    before = seen(cast.charlie, ann)
    unite(cast, ann.a, ann.b)
    assert seen(cast.charlie, ann) == before == set()
    with context.acting_as(cast.charlie.scope):
        assert not Patient.objects.filter(pk__in=[ann.a.patient_id, ann.b.patient_id]).exists()
        assert not Member.objects.filter(member_id__in=["A", "B"]).exists()
        mine = open_claim(snapshot=told(cast.b, ann.a, payer_id=cast.a.payer.pk), by=cast.charlie)
        assert facts_of(mine, cast.charlie).earlier == ()


def test_a_pharmacy_whose_access_ended_before_gets_none_by_the_union(cast, as_owner):
    ann = two(cast)
    with as_owner():
        PatientAccess.objects.filter(patient=ann.b.patient).update(until=YESTERDAY - timedelta(days=1))
    before = seen(cast.charlie, ann)
    unite(cast, ann.a, ann.b)
    assert seen(cast.charlie, ann) == before
    with context.acting_as(cast.alice.scope):
        assert again(ann.b).person == again(ann.a)
