"""Papers of a pharmacy and its people: dated, ended, seen by whom they concern."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from pharmacies import actions
from pharmacies.models import Credential
from pharmacies.queries import credentials_on

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)


def papers(cast, who, day=DAY):
    with context.acting_as(getattr(cast, who).scope):
        return credentials_on(cast.a.pharmacy.pk, day)


def test_the_papers_in_force_say_whose_they_are(cast):
    found = {(paper.kind, paper.person) for paper in papers(cast, "alice")}
    assert found == {("license", ""), ("license", "Alice"), ("immunization", "Alice"), ("exclusion_check", "")}


def test_the_first_and_the_last_day_count(cast):
    with context.acting_as(cast.dana.scope):
        actions.add_credential(
            pharmacy=cast.a.pharmacy, kind="dsmt", number="D-1", since=DAY, until=date(2026, 6, 2), by=cast.dana
        )
    kinds = [[paper.kind for paper in papers(cast, "dana", date(2026, 6, d))].count("dsmt") for d in (1, 2, 3)]
    assert kinds == [1, 1, 0]


def test_an_ended_paper_still_counts_for_a_day_before_its_end(cast, as_owner):
    with as_owner():
        licence = Credential.objects.get(pharmacy=cast.a.pharmacy, kind="license", person=None)
    with context.acting_as(cast.grace.scope):
        actions.end_credential(credential=licence, until=date(2026, 5, 31), by=cast.grace)
    for day, there in [(date(2026, 5, 31), True), (DAY, False)]:
        assert (("license", "") in {(p.kind, p.person) for p in papers(cast, "alice", day)}) is there


@pytest.mark.parametrize("who", ["charlie", "gus"])
def test_a_stranger_sees_none(cast, who):
    assert papers(cast, who) == ()


def test_another_pbm_sees_none(cast, as_owner):
    with as_owner():
        other = Organisation.objects.create(pk=9, kind="pbm", code="other", name="Other PBM")
    with context.acting_as(context.Scope(role="pbm", organisation_id=other.pk)):
        assert credentials_on(cast.a.pharmacy.pk, DAY) == ()


def test_a_parent_network_sees_the_papers_of_its_local_networks_pharmacies(cast, as_owner):
    with as_owner():
        parent = actions.add_network(code="union", name="Union", by=cast.dana)
        actions.edit_network(network=cast.network, name="Lantern Network", parent=parent, by=cast.dana)
    with context.acting_as(context.Scope(role="pbm", organisation_id=parent.pk)):
        assert len(credentials_on(cast.a.pharmacy.pk, DAY)) == 4


@pytest.mark.parametrize(
    "given, says",
    [
        ({"until": date(2026, 5, 31)}, "before the first"),
        ({"kind": "license", "since": date(2020, 1, 1), "number": "canary-a"}, "there already"),
    ],
)
def test_a_paper_that_cannot_be_is_refused_in_a_sentence(cast, given, says):
    with context.acting_as(cast.dana.scope), pytest.raises(actions.CannotChange, match=says):
        actions.add_credential(**{"pharmacy": cast.a.pharmacy, "kind": "dsmt", "since": DAY, "by": cast.dana} | given)


def test_a_person_of_another_pharmacy_is_refused(cast):
    with context.acting_as(cast.dana.scope), pytest.raises(actions.CannotChange, match="does not work"):
        actions.add_credential(pharmacy=cast.a.pharmacy, person=cast.charlie, kind="license", since=DAY, by=cast.dana)


def test_changes_are_in_the_trail_by_the_names_of_fields(cast, as_owner):
    with as_owner():
        licence = Credential.objects.get(pharmacy=cast.a.pharmacy, kind="immunization")
    with context.acting_as(cast.dana.scope):
        actions.change_credential(credential=licence, number="X-2", evidence="Seen on paper.", by=cast.dana)
        actions.change_credential(credential=licence, number="X-2", by=cast.dana)
    with as_owner():
        events = AuditEvent.objects.filter(event="credential.changed").order_by("pk")
        assert [event.detail["fields"] for event in events] == [["evidence", "number"], []]


def test_the_database_refuses_days_out_of_order_and_a_state_that_is_none(cast, as_owner):
    for wrong in ({"until": date(2019, 1, 1)}, {"state": "wv"}):
        with as_owner(), pytest.raises(IntegrityError), transaction.atomic():
            Credential.objects.create(
                **{"pharmacy": cast.a.pharmacy, "kind": "dsmt", "since": date(2020, 1, 1)} | wrong
            )
