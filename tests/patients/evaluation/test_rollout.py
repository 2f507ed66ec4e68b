"""The roll-out report of a client: counted by hand beside it."""

from datetime import date
from uuid import uuid4

import pytest
from psycopg.types.range import DateRange

from carecoord.kernel.tenancy import context
from patients.claims.models import ServiceGiven
from patients.evaluation.rollout import report
from patients.models import Client
from patients.programs.models import Enrolment
from tests.conftest import as_owner
from tests.factories.history import drugs, fill, member

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
    rasa = next(row for row in found.measures if "hypertension" in row.title)
    assert (rasa.members.count, rasa.before, rasa.after) == (24, "100.0%", "50.0%")


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
