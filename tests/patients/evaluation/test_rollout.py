"""The roll-out report of a client: counted by hand beside it."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from psycopg.types.range import DateRange

from carecoord.kernel.tenancy import context
from patients.claims.models import ServiceGiven
from patients.evaluation.rollout import report
from patients.models import Client
from patients.programs.models import Enrolment
from pharmacies.billing import actions as billing
from pharmacies.billing import adjudicate
from tests.conftest import as_owner
from tests.factories.history import drugs, fill, member
from tests.factories.snapshots import snapshot_of

pytestmark = pytest.mark.django_db
SINCE, UNTIL = date(2026, 7, 1), date(2026, 11, 20)


@pytest.fixture
def world(cast):
    """Twenty-four members of a client of their own, enrolled since June; twelve adherent to the end, twelve only at first."""
    with as_owner():
        drugs()
        cast.client = Client.objects.create(payer=cast.a.payer, code="mill", name="Mill Workers")
        cast.people = [member(cast.a, f"mill-{n}", client=cast.client) for n in range(24)]
        for number, patient in enumerate(cast.people):
            for day in ("2026-01-10", "2026-04-10"):
                fill(cast.a, day, 90, patient=patient)
            if number < 12:
                fill(cast.a, "2026-07-09", 150, patient=patient)
            Enrolment.objects.create(
                payer=cast.a.payer,
                program=cast.program,
                patient=patient,
                pharmacy=cast.a.pharmacy,
                days=DateRange(date(2026, 6, 1), date(2026, 10, 1) if number == 23 else None),
                reason="By claims.",
            )
    return cast


def serve(cast, people, protocol="adherence_call", on=date(2026, 8, 1)):
    with as_owner():
        for patient in people:
            ServiceGiven.objects.create(
                payer=cast.a.payer,
                patient=patient,
                pharmacy=cast.a.pharmacy,
                protocol=protocol,
                given_on=on,
                encounter_ref=uuid4(),
            )


def ask(cast, *, by="dana", since=SINCE, until=UNTIL, client=None):
    with context.acting_as(getattr(cast, by).scope):
        return report(getattr(cast, by), program=cast.program, client=client or cast.client, since=since, until=until)


def test_members_services_and_measures_are_counted(world):
    serve(world, world.people[:11])
    serve(world, world.people[:3], protocol="vaccination")
    serve(world, world.people[:20], on=date(2026, 6, 30))  # the day before
    found = ask(world)
    assert (found.covered.count, found.enrolled.count, found.enrolled_at_the_end.count, found.pharmacies) == (
        24,
        24,
        23,
        1,
    )
    assert (found.reached.count, found.tried.count) == (11, 0)
    calls, vaccines = found.served
    assert (calls.title, calls.services.count, calls.members.count, calls.paid_cents) == ("Adherence call", 11, 11, 0)
    assert (vaccines.members.words, vaccines.services.count, vaccines.charged_cents) == ("fewer than 11", None, None)
    assert found.together is None  # calls taken from it would tell the vaccines
    rasa = next(row for row in found.measures if "hypertension" in row.title)
    assert (rasa.members.count, rasa.before, rasa.after) == (24, "100.0%", "50.0%")


def bill(cast, patient, encounter_ref):
    frozen = snapshot_of(cast.a, encounter_ref=encounter_ref, service_on=date(2026, 8, 1))
    return replace(frozen, patient=replace(frozen.patient, ref=patient.public_id))


def test_each_service_is_charged_once_by_the_claim_that_stands(world):
    """One is paid; one was paid and is voided; one was denied, and its correction is approved."""
    serve(world, world.people[:6])
    serve(world, world.people[6:12], protocol="vaccination")
    frozen = [bill(world, patient, uuid4()) for patient in world.people[:3]]
    with context.acting_as(world.alice.scope):
        paid, void, wrong = (billing.open_claim(snapshot=each, by=world.alice) for each in frozen)
    with context.acting_as(world.erin.scope):
        adjudicate.approve(claims=[paid, void], by=world.erin)
        adjudicate.pay(claims=[paid, void], paid_on=UNTIL, method="ACH", trace="", by=world.erin)
        adjudicate.deny(claim=wrong, carc="16", rarc="M53", by=world.erin)
    with context.acting_as(world.alice.scope):
        asks = [billing.void(claim=void, reason="A slip.", by=world.alice)]
        asks.append(billing.correct(claim=wrong, snapshot=frozen[2], by=world.alice))
    with context.acting_as(world.erin.scope):
        adjudicate.approve(claims=asks, by=world.erin)
    found = ask(world)
    assert {(row.services.count, row.charged_cents) for row in found.served} == {(None, None)}
    both = found.together
    assert (both.services.count, both.members.count, both.charged_cents, both.paid_cents) == (12, 12, 5000, 2500)


def test_the_day_before_is_the_day_of_comparison(world):
    found = ask(world)
    assert (found.measured_before, found.measured_after) == (date(2026, 6, 30), UNTIL)


def test_fewer_than_eleven_are_not_told(world):
    with as_owner():
        Enrolment.objects.filter(patient__in=world.people[10:]).delete()
    found = ask(world)
    assert found.enrolled.words == "fewer than 11"
    assert {row.before for row in found.measures if row.members.count != 0} == {"fewer than 11"}


def test_another_pbm_and_another_client_see_none_of_it(world):
    assert ask(world, client=world.a.client).enrolled.count in (0, None)
    with as_owner():
        strangers = Client.objects.get(pk=world.b.client.pk)
    assert ask(world, client=strangers).enrolled.count == 0


def test_days_out_of_order_are_refused(world):
    with pytest.raises(ValueError, match="The last day lies before the first"):
        ask(world, since=UNTIL, until=SINCE)
