"""A ruling on a conflict: which claim stands, what the deliveries count, and that it survives what happens later."""

import pytest

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import conflicts
from patients.claims.models import EligibilityEvent, Fill, PharmacyEvent

from .feeds import claim, claims_file, counts, exported, fresh, load, span, spans_file, withdraw

pytestmark = pytest.mark.django_db
THIRTY = claims_file(claim("A", quantity="30", paid_date="2025-03-05"))
SIXTY = claims_file(claim("A", quantity="60", paid_date="2025-03-05"))
NINETY = claims_file(claim("A", quantity="90", paid_date="2025-03-05"))


@pytest.fixture
def two(payer):
    """Both deliveries, and the quantity of the version that stands by itself."""
    load(payer, spans_file(span("M1")))
    deliveries = {"30": load(payer, THIRTY), "60": load(payer, SIXTY)}
    return deliveries, stands(payer)


def stands(payer):
    (line,) = exported(payer)
    return line.quantity


def other(quantity):
    return "60" if quantity == "30" else "30"


def rule(payer, quantity, reason="The paper says so"):
    with context.acting_as(context.worker_for(payer.pk)):
        event = PharmacyEvent.objects.get(payer=payer, quantity=quantity, is_withdrawn=False)
        ruling = conflicts.rule(event=event, reason=reason, by=None)
    jobs.drain()
    return ruling


def clash(payer):
    with context.acting_as(context.worker_for(payer.pk)):
        rows = PharmacyEvent.objects.filter(payer=payer, in_conflict=True)
        return sorted(str(int(row.quantity)) for row in rows)


def test_the_chosen_one_stands_with_its_facts_and_both_count_as_loaded(payer, two, as_owner):
    deliveries, by_itself = two
    assert clash(payer) == ["30", "60"] and counts(fresh(payer, deliveries["60"])) == (1, 0, 0, 0, 0, 1)
    rule(payer, other(by_itself))
    assert stands(payer) == other(by_itself) and clash(payer) == []
    assert [counts(fresh(payer, d)) for d in deliveries.values()] == [(1, 1, 0, 0, 0, 0)] * 2
    with as_owner():
        (fill,) = Fill.objects.filter(payer=payer)
        assert str(int(PharmacyEvent.objects.get(pk=fill.event_id).quantity)) == other(by_itself)


def test_it_is_taken_back(payer, two):
    deliveries, by_itself = two
    ruling = rule(payer, other(by_itself))
    with context.acting_as(context.worker_for(payer.pk)):
        conflicts.revoke(ruling=ruling, reason="By mistake", by=None)
    jobs.drain()
    assert stands(payer) == by_itself and clash(payer) == ["30", "60"]
    assert counts(fresh(payer, deliveries["60"])) == (1, 0, 0, 0, 0, 1)


def test_it_survives_the_withdrawal_and_return_of_what_was_chosen(payer, two):
    deliveries, by_itself = two
    chosen = other(by_itself)
    rule(payer, chosen)
    withdraw(payer, deliveries[chosen])
    assert stands(payer) == by_itself
    load(payer, {"30": THIRTY, "60": SIXTY}[chosen])
    assert stands(payer) == chosen and clash(payer) == []


def test_the_set_aside_words_sent_again_change_nothing(payer, two):
    _, by_itself = two
    rule(payer, other(by_itself))
    again = load(payer, {"30": THIRTY, "60": SIXTY}[by_itself])
    assert counts(again) == (1, 0, 0, 1, 0, 0) and stands(payer) == other(by_itself) and clash(payer) == []


def test_words_that_nobody_has_seen_are_a_new_conflict(payer, two):
    _, by_itself = two
    chosen = other(by_itself)
    rule(payer, chosen)
    third = load(payer, NINETY)
    assert counts(third) == (1, 0, 0, 0, 0, 1) and clash(payer) == sorted([chosen, "90"])
    rule(payer, "90")
    assert stands(payer) == "90" and clash(payer) == []
    assert counts(fresh(payer, third)) == (1, 1, 0, 0, 0, 0)


def test_a_later_version_overtakes_what_was_chosen(payer, two):
    _, by_itself = two
    rule(payer, other(by_itself))
    load(payer, claims_file(claim("A", quantity="15", paid_date="2025-03-06")))
    assert stands(payer) == "15"


@pytest.mark.parametrize("reason", ["", " \n"])
def test_without_a_reason_there_is_no_ruling(payer, two, reason):
    with pytest.raises(conflicts.CannotRule, match="Say why"):
        rule(payer, "30", reason=reason)


def test_a_span_that_came_twice_is_ruled_too(payer):
    for name in ("Ann", "Beth"):
        load(payer, spans_file(span("M1", first_name=name)))
    with context.acting_as(context.worker_for(payer.pk)):
        loser = EligibilityEvent.objects.get(payer=payer, standing="")
        conflicts.rule(event=loser, reason="The card says so", by=None)
    jobs.drain()
    with context.acting_as(context.worker_for(payer.pk)):
        loser.refresh_from_db()
        assert loser.standing == "paid" and loser.patient.first_name == loser.first_name
        assert not EligibilityEvent.objects.filter(payer=payer, in_conflict=True).exists()
