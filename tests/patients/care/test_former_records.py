"""What was documented under a former record of a person is read with the record that holds the person now."""

from datetime import date

import pytest
from django.urls import reverse

from carecoord.kernel.tenancy import context
from patients.care import everyday, timeline
from patients.models import Consent, Member, Patient, PatientAccess, records_now
from patients.programs.facts import refusals

pytestmark = pytest.mark.django_db


@pytest.fixture
def united(cast, as_owner):
    """The cast's patient is an empty shell: another record, which the pharmacy may see, holds the person."""
    with as_owner():
        payer, former = cast.a.payer, cast.a.patient
        record = Patient.objects.create(payer=payer, last_name="Ash", search_name="ash")
        Member.objects.create(payer=payer, patient=record, member_id="NEW")
        Member.objects.filter(payer=payer, patient=former).update(merged_into=record)
        Patient.objects.filter(pk=former.pk).update(first_name="", last_name="", search_name="", born_on=None)
        given = {"payer": payer, "pharmacy": cast.a.pharmacy}
        PatientAccess.objects.create(patient=record, reason="enrolment", sentence="x", since="2020-01-01", **given)
        Consent.objects.create(
            patient=former, kind="services", is_given=False, since="2025-01-01", recorded_by=cast.alice, **given
        )
    return record


def test_the_chart_shows_what_was_documented_before(cast, united):
    with context.acting_as(cast.alice.scope):
        assert united.records == [united.pk, cast.a.patient.pk]
        events, _ = timeline.of(cast.alice, patient=united, limit=50)
        assert cast.a.encounter.public_id in {event.ref for event in events}
        assert everyday.facts_of(cast.alice, patient=united)


def test_a_refusal_holds_for_the_record_of_today(cast, united, as_owner):
    with as_owner():
        assert records_now(payer=cast.a.payer) == {cast.a.patient.pk: united.pk}
        assert refusals(cast.a.payer, date(2026, 1, 1)) == {united.pk: date(2025, 1, 1)}


def test_the_address_of_the_former_record_leads_to_the_record_of_today(cast, united, client, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(cast.alice)
    answer = client.get(reverse("portal:patient", args=[cast.a.patient.public_id]))
    assert (answer.status_code, answer.url) == (302, reverse("portal:patient", args=[united.public_id]))
    assert client.get(answer.url).status_code == 200
