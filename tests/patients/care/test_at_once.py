"""Two people at once, each with a real connection of their own: one draft, one completion, one claim."""

from threading import Barrier, Thread

import pytest
from django.db import connections

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care.models import Encounter
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
