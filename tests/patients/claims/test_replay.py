"""The bytes of a delivery loaded once more: a new delivery, and what it comes to after each end of the old one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import actions, retention, storage
from patients.claims.models import Delivery

from .feeds import claim, claims_file, counts, fresh, load, span, spans_file, states, withdraw

pytestmark = pytest.mark.django_db
BROKEN = claims_file(claim("A"), claim("B", quantity="x"))


def replay(payer, delivery, reason="The crosswalk was mended"):
    with context.acting_as(context.worker_for(payer.pk)):
        again = actions.replay(delivery=delivery, reason=reason, by=None)
    jobs.drain()
    return fresh(payer, again)


def test_a_loaded_one_gives_repeats_and_the_same_rejects(payer):
    load(payer, spans_file(span("M1")))
    first = load(payer, BROKEN)
    again = replay(payer, first)
    assert (counts(first), counts(again)) == ((2, 1, 0, 0, 1, 0), (2, 0, 0, 1, 1, 0))
    assert (again.replay_of_id, again.sha256, again.state) == (first.pk, first.sha256, "loaded")
    assert again.stored_as != first.stored_as and storage.is_kept(first.stored_as)


def test_a_withdrawn_one_comes_back(payer):
    load(payer, spans_file(span("M1")))
    first = load(payer, BROKEN)
    withdraw(payer, first)
    assert states(payer) == {}
    assert counts(replay(payer, first)) == (2, 1, 0, 0, 1, 0)
    assert states(payer) == {"A": "paid"}
    assert fresh(payer, first).state == "withdrawn"


def test_a_refused_one_is_read_anew(payer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = load(payer, b"name,shoe size\n")
    again = replay(payer, first)
    assert (first.state, again.state, again.refusal) == ("refused", "refused", first.refusal)


def test_without_bytes_or_reason_or_an_end_there_is_no_replay(payer):
    delivery = load(payer, claims_file(claim("A")))
    with pytest.raises(actions.CannotReplay, match="Say why"):
        replay(payer, delivery, reason=" ")
    storage.forget(delivery.stored_as)
    with pytest.raises(actions.CannotReplay, match="no longer kept"):
        replay(payer, delivery)
    for state in ("received", "loading", "failed"):
        with context.acting_as(context.worker_for(payer.pk)):
            Delivery.objects.filter(pk=delivery.pk).update(state=state)
        with pytest.raises(actions.CannotReplay, match="only a loaded, refused or withdrawn one"):
            replay(payer, delivery)


@pytest.mark.parametrize(("days", "stays"), [(30, True), (31, False)])
def test_the_bytes_are_kept_for_a_month(payer, as_owner, django_capture_on_commit_callbacks, days, stays):
    delivery = load(payer, BROKEN)
    with as_owner():
        Delivery.objects.filter(pk=delivery.pk).update(received_at=timezone.now() - timedelta(days=days))
    with django_capture_on_commit_callbacks(execute=True), context.acting_as(context.worker_for(payer.pk)):
        retention.tidy(payer=payer, today=timezone.now().date())
    assert storage.is_kept(delivery.stored_as) is stays
