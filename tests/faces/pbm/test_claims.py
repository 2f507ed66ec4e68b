"""Erin adjudicates and pays; the page says what happened, and what could not."""

import pytest
from django.urls import reverse

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from pharmacies.billing.actions import open_claim
from pharmacies.billing.models import Remittance, ServiceClaim
from tests.factories.snapshots import snapshot_of

pytestmark = pytest.mark.django_db
DECIDE = "pbm:claims_decide"


@pytest.fixture
def claims(cast):
    with context.acting_as(cast.alice.scope):
        return [open_claim(snapshot=snapshot_of(cast.a), by=cast.alice), cast.a.service_claim]


def ids(claims):
    return [claim.public_id for claim in claims]


def test_the_queue_shows_what_waits_and_counts_the_rest(sign_in, cast, claims):
    page = sign_in("erin").get(reverse("pbm:claims"))
    assert {row.number for row in page.context["rows"]} == {claim.number for claim in claims}
    assert [s["count"] for s in page.context["segments"]] == [0, 2, 0, 0, 0, 0, 0, 0, 2]
    assert "$0.00" not in page.content.decode()  # nobody has approved nothing yet


def test_approve_then_pay_ends_on_the_remittance(sign_in, cast, claims, as_owner):
    client = sign_in("erin")
    approved = client.post(reverse(DECIDE), {"action": "approve", "selected": ids(claims)}, follow=True)
    assert "Approved 2 claims." in approved.content.decode()
    paid = client.post(
        reverse(DECIDE), {"action": "pay", "selected": ids(claims), "paid_on": "2026-12-01"}, follow=True
    )
    sheet = paid.context["sheet"]
    assert (sheet.row.total_cents, len(sheet.lines)) == (5000, 2)
    assert "$50.00" in paid.content.decode() and cast.a.canary in paid.content.decode()
    again = client.post(reverse(DECIDE), {"action": "pay", "selected": ids(claims)}, follow=True)
    assert "is paid: it cannot become paid" in again.content.decode()
    with as_owner():
        assert Remittance.objects.count() == 1


def test_a_denial_without_a_reason_is_sent_back_to_the_form(sign_in, claims, as_owner):
    client = sign_in("erin")
    told = client.post(reverse(DECIDE), {"action": "deny", "selected": ids(claims)}, follow=True)
    assert "Choose a reason code" in told.content.decode()
    denial = {"action": "deny", "group": "CO", "carc": "27", "reason": "Not a member then."}
    client.post(reverse(DECIDE), denial | {"selected": ids(claims[:1])})
    with as_owner():
        assert ServiceClaim.objects.get(pk=claims[0].pk).status == "denied"
        assert ServiceClaim.objects.get(pk=claims[1].pk).status == "submitted"
    assert "Not a member then." in client.get(reverse("pbm:claim", args=[claims[0].public_id])).content.decode()


def test_of_several_denials_all_or_none(sign_in, claims, as_owner):
    client = sign_in("erin")
    client.post(reverse(DECIDE), {"action": "deny", "selected": ids(claims[1:]), "carc": "204"})
    answer = client.post(reverse(DECIDE), {"action": "deny", "selected": ids(claims), "carc": "204"}, follow=True)
    assert "cannot become denied" in answer.content.decode()
    with as_owner():
        assert ServiceClaim.objects.get(pk=claims[0].pk).status == "submitted"


@pytest.mark.parametrize("given", [{}, {"action": "steal"}, {"action": "approve"}, {"action": "deny", "reason": "x"}])
def test_a_form_without_sense_is_answered_with_a_sentence(sign_in, given):
    answer = sign_in("erin").post(reverse(DECIDE), given, follow=True)
    assert answer.status_code == 422 and ("Choose" in answer.content.decode() or "Select" in answer.content.decode())


def test_showing_claims_leaves_one_read_event_that_names_the_patient(sign_in, cast, claims, as_owner):
    sign_in("erin").get(reverse("pbm:claims"))
    with as_owner():
        (event,) = AuditEvent.objects.filter(event="patient.read", user_id=cast.erin.pk)
        assert event.patient_ids == [cast.a.patient.pk]


def test_the_queue_pages_by_key(sign_in, cast, monkeypatch):
    from carecoord.faces.pbm.views import claims as view

    monkeypatch.setattr(view, "PAGE", 1)
    with context.acting_as(cast.alice.scope):
        for _ in range(2):
            open_claim(snapshot=snapshot_of(cast.a, coverage=None), by=cast.alice)
    client, seen = sign_in("erin"), []
    query = "?status=all"
    while query:
        page = client.get(reverse("pbm:claims") + query)
        seen += [row.number for row in page.context["rows"]]
        query = page.context["page"].next_href
    assert len(seen) == len(set(seen)) == 3


def test_the_queue_costs_the_same_for_one_claim_and_for_many(sign_in, cast, django_assert_max_num_queries):
    client = sign_in("erin")
    client.get(reverse("pbm:claims"))
    with context.acting_as(cast.alice.scope):
        for _ in range(10):
            open_claim(snapshot=snapshot_of(cast.a, coverage=None), by=cast.alice)
    with django_assert_max_num_queries(30):
        client.get(reverse("pbm:claims") + "?status=all")
