"""Conflicts: the list, both versions side by side, a ruling with a reason, and taking it back."""

import pytest
from django.db.models import F
from django.urls import reverse

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs.models import Outbox
from patients.claims.models import ConflictRuling, Delivery, PharmacyEvent

pytestmark = pytest.mark.django_db


def page_of(event):
    return reverse("pbm:conflict_pharmacy", args=[event.pk])


def rule(client, event, reason="The pharmacy's paper says so"):
    return client.post(reverse("pbm:conflict_pharmacy_rule", args=[event.pk]), {"reason": reason}, follow=True)


def test_a_conflict_is_listed_once_and_leads_to_its_page(sign_in, cast):
    answer = sign_in("dana").get(reverse("pbm:conflicts"))
    assert [row.pk for row, _, _ in answer.context["rows"]] == [cast.a.pharmacy_event.pk]
    assert f'href="{page_of(cast.a.pharmacy_event)}"' in answer.content.decode()
    assert "No conflict" in sign_in("dana").get(reverse("pbm:conflicts"), {"kind": "medical"}).content.decode()
    assert sign_in("dana").get(reverse("pbm:conflicts"), {"kind": "x"}).status_code == 400


def test_conflicts_of_one_delivery(sign_in, cast, as_owner):
    client, delivery = sign_in("dana"), cast.a.delivery
    with as_owner():
        Delivery.objects.filter(pk=delivery.pk).update(conflicting=F("conflicting") + 1, lines=F("lines") + 1)
        mine = set(PharmacyEvent.objects.filter(delivery=delivery, in_conflict=True).values_list("pk", flat=True))
    page = client.get(reverse("pbm:claims_delivery_change", args=[delivery.public_id])).content.decode()
    address = f"{reverse('pbm:conflicts')}?delivery={delivery.public_id}"
    assert f'href="{address}"' in page
    answer = client.get(address)
    assert {row.pk for row, _, _ in answer.context["rows"]} == mine != set()
    assert f"kind=medical&amp;delivery={delivery.public_id}" in answer.content.decode()
    assert client.get(f"{reverse('pbm:conflicts')}?delivery={cast.b.delivery.public_id}").status_code == 404
    page = sign_in("ada").get(reverse("pbm:claims_delivery_change", args=[delivery.public_id])).content.decode()
    assert address not in page, "she may not see members"


def test_both_versions_stand_side_by_side(sign_in, cast):
    answer = sign_in("erin").get(page_of(cast.a.other_event))
    assert answer.context["cells"] == [("Paid", [("Version A", "$10.00"), ("Version B", "$20.00")])]
    page = answer.content.decode()
    assert "Version A stands: in force." in page and "Nobody has ruled." in page
    assert "Version B stands" not in page  # she may look, not rule
    assert rule(sign_in("erin"), cast.a.other_event).status_code == 403


def test_a_person_rules_with_a_reason_and_takes_it_back(sign_in, cast, as_owner):
    client, chosen = sign_in("dana"), cast.a.other_event
    assert "Version B stands" in client.get(page_of(chosen)).content.decode()
    assert rule(client, chosen, reason=" ").status_code == 422
    page = rule(client, chosen).content.decode()
    assert "Ruled." in page and "A person has ruled" in page and "The pharmacy&#x27;s paper says so" in page
    with as_owner():
        ruling = ConflictRuling.objects.get(version=20_000, payer=cast.a.payer)
        assert (ruling.chosen, ruling.against) == (chosen.content_hash, [cast.a.pharmacy_event.content_hash])
        assert Outbox.objects.filter(topic="conflict.ruled", subject_id=ruling.pk).count() == 1
        assert AuditEvent.objects.get(event="conflict.ruled").patient_ids == [cast.a.patient.pk]
    assert "stands already by a ruling" in rule(client, chosen).content.decode()
    back = client.post(reverse("pbm:conflict_revoke", args=[ruling.public_id]), {"reason": "By mistake"}, follow=True)
    assert "Taken back." in back.content.decode()
    with as_owner():
        assert ConflictRuling.objects.get(pk=ruling.pk).revoked_by_id == cast.dana.pk
        assert Outbox.objects.filter(topic="conflict.ruled", subject_id=ruling.pk).count() == 2
    again = client.post(reverse("pbm:conflict_revoke", args=[ruling.public_id]), {"reason": "x"})
    assert again.status_code == 422 and "taken back already" in again.content.decode()


def test_a_ruling_for_the_other_version_takes_the_place_of_the_first(sign_in, cast, as_owner):
    client = sign_in("dana")
    rule(client, cast.a.other_event), rule(client, cast.a.pharmacy_event)
    with as_owner():
        (ruling,) = ConflictRuling.objects.filter(version=20_000, payer=cast.a.payer, revoked_at=None)
    assert ruling.chosen == cast.a.pharmacy_event.content_hash


def test_when_one_version_is_left_there_is_nothing_to_rule(sign_in, cast, as_owner):
    with as_owner():
        PharmacyEvent.objects.filter(pk=cast.a.other_event.pk).update(is_withdrawn=True)
    client = sign_in("dana")
    assert "There is one version left" in client.get(page_of(cast.a.pharmacy_event)).content.decode()
    assert "no conflict any more" in rule(client, cast.a.pharmacy_event).content.decode()
    assert client.get(page_of(cast.a.other_event)).status_code == 404


def test_a_strangers_conflict_and_ruling_are_not_there(sign_in, cast):
    client = sign_in("dana")
    for address in (
        page_of(cast.b.pharmacy_event),
        reverse("pbm:conflict_pharmacy_rule", args=[cast.b.pharmacy_event.pk]),
        reverse("pbm:conflict_revoke", args=[cast.b.conflict_ruling.public_id]),
        reverse("pbm:conflict_medical", args=[cast.a.pharmacy_event.pk]),
    ):
        assert client.get(address).status_code == 404, address


def test_rulings_in_force_are_listed(sign_in, cast):
    page = sign_in("dana").get(reverse("pbm:conflict_rulings")).content.decode()
    assert cast.a.canary in page and cast.b.canary not in page and "Take back" in page
    assert "Take back" not in sign_in("erin").get(reverse("pbm:conflict_rulings")).content.decode()


def test_whose_records_were_looked_at_is_in_the_trail(sign_in, cast, as_owner):
    client = sign_in("erin")
    for address in (reverse("pbm:conflicts"), page_of(cast.a.other_event), reverse("pbm:conflict_rulings")):
        with as_owner():
            before = AuditEvent.objects.filter(event="patient.read").count()
        client.get(address)
        with as_owner():
            (read,) = AuditEvent.objects.filter(event="patient.read").order_by("pk")[before:]
        assert read.patient_ids == [cast.a.patient.pk], address
