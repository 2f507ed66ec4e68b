"""Two people at once, each with a real connection of their own: one draft, one completion, one claim."""

from datetime import date
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connections

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care.actions import outreach, stock
from patients.care.models import Encounter, OutreachTry, VaccineLot
from patients.claims.models import ServiceGiven
from pharmacies.billing.models import ServiceClaim

from .test_protocols import CALL

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs):
    """Runs (user, job) pairs together, each logged in anew. Returns what they returned or raised."""
    start, answers = Barrier(len(jobs)), [None] * len(jobs)

    def run(place, user, job):
        try:
            start.wait(10)
            with context.acting_as(user.scope):
                answers[place] = job()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            answers[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(place, *pair)) for place, pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def begin(cast, by):
    return care.start(patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol="adherence_call", by=by)


def test_alice_and_bob_begin_the_same_call(cast, story):
    one, other = at_once((cast.alice, lambda: begin(cast, cast.alice)), (cast.bob, lambda: begin(cast, cast.bob)))
    assert isinstance(one, Encounter), one
    assert one == other


def test_two_windows_save_and_one_is_told(cast, story):
    with context.acting_as(cast.alice.scope):
        draft = begin(cast, cast.alice)
    save = lambda note, by: care.save(encounter=draft, answers=CALL | {"note": note}, revision=0, by=by)  # noqa: E731
    answers = at_once((cast.alice, lambda: save("a", cast.alice)), (cast.bob, lambda: save("b", cast.bob)))
    assert sorted(type(answer).__name__ for answer in answers) == ["Encounter", "StaleRevision"]


def test_completed_by_two_at_once_it_is_billed_once(cast, story, as_owner):
    with context.acting_as(cast.alice.scope):
        draft = care.save(encounter=begin(cast, cast.alice), answers=CALL, revision=0, by=cast.alice)
    answers = at_once(*[(cast.alice, lambda: care.complete(encounter=draft, by=cast.alice))] * 3)
    assert {type(answer) for answer in answers} == {Encounter}, answers
    with as_owner():
        assert ServiceClaim.objects.filter(encounter_ref=draft.public_id).count() == 1
        assert ServiceGiven.objects.filter(encounter_ref=draft.public_id).count() == 1


def test_the_last_dose_is_given_once(cast, story, as_owner):
    with context.acting_as(cast.alice.scope):
        lot = stock.receive(
            pharmacy=cast.a.pharmacy, cvx="187", product="Zoster", lot="Z1", expires_on=date(2027, 6, 30), doses=1, by=cast.alice
        )  # fmt: skip
    dose = {"cvx": "187", "lot": "Z1"}

    def give(person):
        on = date(2026, 11, 21)
        return stock.give(pharmacy=cast.a.pharmacy, dose=dose, on=on, encounter_ref=uuid4(), by=person)

    answers = at_once((cast.alice, lambda: give(cast.alice)), (cast.bob, lambda: give(cast.bob)))
    assert sorted(type(each).__name__ for each in answers) == ["CannotChangeStock", "VaccineLot"]
    with as_owner():
        assert VaccineLot.objects.get(pk=lot.pk).doses_left == 0


def test_two_tries_at_once_are_two_tries_of_which_one_counts(cast, story, as_owner):
    def log(person):
        return outreach.log_try(flag=story[0], channel="phone", outcome="no_answer", by=person)

    at_once((cast.alice, lambda: log(cast.alice)), (cast.bob, lambda: log(cast.bob)))
    with as_owner():
        tries = OutreachTry.objects.filter(flag=story[0]).order_by("number")
        assert [(each.number, each.counts) for each in tries] == [(1, True), (2, False)]
