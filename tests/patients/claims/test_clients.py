"""Whose member somebody is: the group's, else the contract's, else the plan's, else the payer's own."""

from pathlib import Path

import pytest

from patients.models import Client, Coverage

from .feeds import load, span, spans_file

pytestmark = pytest.mark.django_db
EXTRACT = Path(__file__).parents[2] / "data" / "cms_rif"


@pytest.mark.parametrize(
    ("words", "code", "name"),
    [
        ({"group_id": "G1", "group_name": "Group One", "plan": "H1234-001"}, "G1", "Group One"),
        ({"group_id": "G1", "plan": "H1234-001"}, "G1", "G1"),
        ({"plan": "H1234-001"}, "H1234", "Contract H1234"),
        ({"plan": "Gold Choice"}, "Gold Choice", "Plan Gold Choice"),
        ({"plan": ""}, "acme", "Acme"),
    ],
)
def test_every_coverage_has_a_client(payer, as_owner, words, code, name):
    load(payer, spans_file(span("M1", **words)))
    with as_owner():
        client = Client.objects.get(payer=payer)
        assert (client.code, client.name) == (code, name)
        assert Coverage.objects.get().client == client


def test_a_client_that_is_known_keeps_its_name_and_members_can_have_several(payer, as_owner):
    load(payer, spans_file(span("M1", plan="H1234-001")))
    with as_owner():
        Client.objects.update(name="Hill Country Health")
    load(payer, spans_file(span("M1", plan="H1234-002", enrollment_start_date="2026-01-01"), span("M2", plan="Gold")))
    with as_owner():
        assert dict(Client.objects.values_list("code", "name")) == {
            "H1234": "Hill Country Health",
            "Gold": "Plan Gold",
        }
        assert Coverage.objects.filter(patient__members__member_id="M1", client__code="H1234").count() == 2


def test_real_cms_enrolment_belongs_to_its_contracts(payer, as_owner):
    load(payer, (EXTRACT / "beneficiary_2015.csv").read_bytes(), name="beneficiary_2015.csv", format="cms_rif")
    with as_owner():
        assert set(Client.objects.values_list("code", "name")) == {
            ("Z0002", "Contract Z0002"),
            ("Z0004", "Contract Z0004"),
            ("Z0005", "Contract Z0005"),
            ("medicare-ab", "Plan medicare-ab"),
        }
        assert not Coverage.objects.filter(client=None).exists()
