"""One person with several ids is asked for once; what somebody decided about a flag holds under each of them, and comes back."""

from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.tenancy import context
from patients.care.actions import outreach
from patients.claims.models import Diagnosis, Fill, ServiceGiven
from patients.flags import actions
from patients.flags.models import Flag, FlagChange
from patients.measures import actions as measures
from patients.measures.models import MeasureResult
from patients.models import Consent, Coverage, DeathReport, Member, Patient, PatientAccess
from patients.programs import access
from patients.programs import actions as programs
from patients.programs.models import Enrolment
from tests.conftest import as_owner
from tests.factories.history import drugs, fill, hypertensive, member
from tests.oracles.histories import in_proportion
from tests.patients.claims.test_fold_against_oracle import undone

pytestmark = pytest.mark.django_db
BEFORE, TODAY = date(2026, 11, 10), date(2026, 11, 21)
GAPS = ("2026-01-10", "2026-03-01", "2026-05-15", "2026-08-01")
TOLD = (Fill, Diagnosis, Coverage)


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    """A pass over everybody takes person after person, as one over many takes thousands after thousands."""
    monkeypatch.setattr(actions, "PEOPLE_AT_ONCE", 1)


@pytest.fixture
def world(cast):
    """Nobody is enrolled, and nothing is flagged; the cast's own patient has no claims."""
    with time_machine.travel(TODAY, tick=False):
        with as_owner():
            Flag.objects.filter(pk=cast.a.flag.pk).update(status="closed", closed_at="2026-11-01T00:00:00Z")
            for model in (Enrolment, PatientAccess, Fill, MeasureResult):
                model.objects.filter(patient=cast.a.patient).delete()
            drugs()
        yield cast


def ill(cast, name, side="a", days=GAPS, supply=60):
    """Somebody who ran out of lisinopril too often; with little supply, so that it is still so together with another."""
    with as_owner():
        patient = member(cast.a, name, last_name=name, search_name=name.lower())
        hypertensive(cast.a, patient=patient)
        for day in days if supply else ():
            fill(cast.a, day, supply, patient=patient, pharmacy=getattr(cast, side).pharmacy)
        return patient


def work(cast, people, *, decide=None):
    """What follows a change of these people's claims; the programmes decide as of a day, when asked."""
    payer, ids = cast.a.payer, None if people is None else [each.pk for each in people]
    with context.acting_as(context.worker_for(payer.pk)):
        if decide:
            programs.enrol(program=cast.program, payer=payer, as_of=decide, by=None)
        else:
            access.follow(payer=payer, as_of=TODAY, by=None)
        measures.evaluate(payer=payer, year=2026, as_of=TODAY, patient_ids=ids, cause="test")
        return actions.raise_and_close(payer=payer, patient_ids=ids, as_of=TODAY)


def unite(holder, *former):
    """As identities.py and the fold leave it: claims and cover go to the record that holds the person, the others are shells."""
    moved = {}
    with as_owner():
        for one in former:
            for model in TOLD:
                keys = list(model.objects.filter(patient=one).values_list("pk", flat=True))
                moved[model, one.pk] = keys
                model.objects.filter(pk__in=keys).update(patient=holder)
            Member.objects.filter(patient=one).update(merged_into=holder)
            Patient.objects.filter(pk=one.pk).update(last_name="", search_name="", born_on=None)
    return moved


def part(moved):
    with as_owner():
        for (model, key), rows in moved.items():
            model.objects.filter(pk__in=rows).update(patient=key)
            Member.objects.filter(patient=key).update(merged_into=None)
            patient = Patient.objects.get(pk=key)
            name = patient.members.get().member_id
            Patient.objects.filter(pk=key).update(last_name=name, search_name=name.lower(), born_on=date(1950, 5, 5))


def live(*people):
    with as_owner():
        return list(Flag.objects.filter(patient__in=people).exclude(status="closed").order_by("pk"))


def why(flag):
    with as_owner():
        return FlagChange.objects.filter(flag=flag).order_by("-pk").first().why


def test_a_flag_goes_to_the_record_of_the_person_with_its_owner_and_tries_and_back(world):
    old, new = world.a.patient, ill(world, "NEW")
    work(world, None, decide=BEFORE)
    (flag,) = live(new)
    with context.acting_as(world.alice.scope):
        actions.assign(flag=flag, to=world.bob, by=world.alice)
        outreach.log_try(flag=flag, channel="phone", outcome="no_answer", note="x", anyway=True, by=world.alice)
        outreach.snooze(flag=flag, until=TODAY + timedelta(days=3), by=world.alice)
    moved = unite(old, new)
    assert work(world, [old, new]) == {"raised": 0, "kept": 1, "reopened": 0, "closed": 0, "respected": 0}
    (moved_flag,) = live(old, new)
    assert (moved_flag.pk, moved_flag.patient_id, moved_flag.raised_for_id) == (flag.pk, old.pk, new.pk)
    assert moved_flag.assigned_to_id == world.bob.pk and why(flag) == "Goes on with the record that holds the person."
    with as_owner():
        assert moved_flag.tries.count() == 1 and moved_flag.snoozes.filter(ended_at=None).exists()
    assert work(world, None, decide=TODAY)["kept"] == 1  # the programmes have decided about the person
    part(moved)
    work(world, [old, new])
    (back,) = live(old, new)
    assert (back.pk, back.patient_id, back.raised_for_id, back.status) == (flag.pk, new.pk, None, "open")
    assert (back.assigned_to_id, why(flag)) == (world.bob.pk, "Back at its own record.")


def test_of_two_that_ask_the_same_one_is_closed_until_the_ids_are_parted(world):
    old, new = ill(world, "OLD"), ill(world, "NEW", supply=1)
    work(world, None, decide=BEFORE)
    (ours,), (theirs,) = live(old), live(new)
    with context.acting_as(world.alice.scope):
        actions.assign(flag=theirs, to=world.bob, by=world.alice)
        outreach.log_try(flag=theirs, channel="phone", outcome="no_answer", note="x", anyway=True, by=world.alice)
    for _ in range(2):
        moved = unite(old, new)
        work(world, [old, new])
        (left,) = live(old, new)
        assert left.pk == ours.pk and why(theirs) == "Another id of this person has the same flag."
        part(moved)
        assert work(world, [old, new]) == {"raised": 0, "kept": 1, "reopened": 1, "closed": 0, "respected": 0}
        assert [each.pk for each in live(old)] == [ours.pk]
        (again,) = live(new)
        assert (again.pk, again.assigned_to_id, again.closed_at) == (theirs.pk, world.bob.pk, None)
        with as_owner():
            assert again.tries.count() == 1


def test_a_flag_that_was_closed_for_another_reason_is_raised_anew(world):
    one = ill(world, "ONE")
    work(world, None, decide=BEFORE)
    (flag,) = live(one)
    with as_owner():
        Flag.objects.filter(pk=flag.pk).update(status="closed", closed_at="2026-11-01T00:00:00Z")
    assert work(world, [one])["raised"] == 1
    (other,) = live(one)
    assert other.pk != flag.pk


def test_two_pharmacies_are_not_asked_for_one_person(world):
    old, new = ill(world, "OLD"), ill(world, "NEW", side="b", supply=2)
    work(world, None, decide=BEFORE)
    assert {flag.pharmacy_id for flag in live(old, new)} == {world.a.pharmacy.pk, world.b.pharmacy.pk}
    moved = unite(old, new)
    work(world, [old, new])
    assert [flag.pharmacy_id for flag in live(old, new)] == [world.a.pharmacy.pk]
    with as_owner():
        Enrolment.objects.filter(patient=old).delete()
    work(world, [old, new])  # nobody has decided about the person: the former record's pharmacy goes on
    assert [flag.pharmacy_id for flag in live(old, new)] == [world.b.pharmacy.pk]
    part(moved)
    work(world, None, decide=TODAY)
    assert {(flag.patient_id, flag.pharmacy_id) for flag in live(old, new)} == {
        (old.pk, world.a.pharmacy.pk),
        (new.pk, world.b.pharmacy.pk),
    }


@pytest.mark.parametrize(
    "model, told",
    [
        (Consent, {"kind": "services", "is_given": False, "since": TODAY}),
        (DeathReport, {"told_by": "Her son", "died_on": TODAY}),
        (ServiceGiven, {"protocol": "adherence_call", "given_on": TODAY - timedelta(days=1)}),
    ],
    ids=["refused", "died", "called yesterday"],
)
def test_what_was_said_or_done_under_a_former_id_silences_the_person(world, model, told):
    old, new = ill(world, "OLD"), ill(world, "NEW", supply=2)
    work(world, None, decide=BEFORE)
    unite(old, new)
    assert work(world, [old]) and len(live(old, new)) == 1
    by = {Consent: "recorded_by", DeathReport: "reported_by"}
    more = {by[model]: world.alice} if model in by else {"encounter_ref": uuid4()}
    with as_owner():
        model.objects.create(payer=world.a.payer, pharmacy=world.a.pharmacy, patient=new, **told, **more)
    work(world, [old])
    assert live(old, new) == []


@pytest.mark.parametrize("is_dismissed", [True, False])
def test_what_somebody_decided_under_a_former_id_is_respected(world, is_dismissed):
    old, new = world.a.patient, ill(world, "NEW")
    work(world, None, decide=BEFORE)
    (flag,) = live(new)
    with context.acting_as(world.alice.scope):
        if is_dismissed:
            actions.dismiss(flag=flag, reason="already_done", until=None, by=world.alice)
        else:
            actions.resolve(flag=flag, why="Called", by=world.alice)
    moved = unite(old, new)
    for decide in (None, TODAY):
        assert work(world, None, decide=decide)["respected"] == 1
        assert all(each.status == "dismissed" for each in live(old, new))
    part(moved)
    assert work(world, None, decide=TODAY)["respected"] == 1
    assert [each.pk for each in live(old, new)] == ([flag.pk] if is_dismissed else [])


def test_what_is_resolved_while_united_is_resolved_for_the_id_that_it_was_about(world):
    old, new = world.a.patient, ill(world, "NEW")
    work(world, None, decide=BEFORE)
    moved = unite(old, new)
    work(world, [old, new])
    (flag,) = live(old)
    with context.acting_as(world.alice.scope):
        actions.resolve(flag=flag, why="Called", by=world.alice)
    part(moved)
    assert work(world, [old, new])["respected"] == 1
    with as_owner():
        assert live(old, new) == [] and Flag.objects.get(pk=flag.pk).patient_id == new.pk


IDS = 3
acts = st.sampled_from(["", "", "dismiss", "resolve"])
people = st.lists(st.tuples(st.sampled_from([0, 2, 20, 60]), st.sampled_from("ab"), acts), min_size=IDS, max_size=IDS)


@in_proportion(15)
@given(
    people=people, groups=st.lists(st.integers(0, 1), min_size=IDS, max_size=IDS), decide=st.sampled_from([None, TODAY])
)
def test_nobody_is_asked_twice_and_parted_again_all_is_as_it_was(world, people, groups, decide):
    with undone():
        patients = [ill(world, f"P{n}", side, supply=days) for n, (days, side, _) in enumerate(people)]
        work(world, None, decide=BEFORE)
        holders = {
            patients[groups.index(group)].pk for group in groups
        }  # theirs are back on the list when claims change
        for flag in live(*patients):
            act = people[[patient.pk for patient in patients].index(flag.patient_id)][2]
            with context.acting_as((world.alice if flag.pharmacy_id == world.a.pharmacy.pk else world.charlie).scope):
                if act == "dismiss" and flag.patient_id not in holders:
                    actions.dismiss(flag=flag, reason="already_done", until=None, by=world.alice)
                elif act == "resolve":
                    actions.resolve(flag=flag, why="Called", by=world.alice)
        before = _stands(patients)
        for group in set(groups):
            holder, *former = [one for one, its in zip(patients, groups, strict=True) if its == group]
            moved = unite(holder, *former)
            work(world, [holder, *former], decide=decide)
            asked = Counter((flag.patient_id, flag.measure) for flag in live(*patients) if flag.status == "open")
            assert set(asked.values()) <= {1} and not any(flag.status == "open" for flag in live(*former))
            again = work(world, [holder, *former])
            assert not again["raised"] and not again["closed"] and not again["reopened"]
            part(moved)
            work(world, [holder, *former])
            if decide:
                work(world, None, decide=TODAY)
        left = _stands(patients)
        assert (left - before, before - left) == (set(), set())


def _stands(patients):
    return {
        (flag.patient_id, flag.pharmacy_id, flag.rule, flag.measure, flag.status, flag.evidence_key)
        for flag in live(*patients)
    }
