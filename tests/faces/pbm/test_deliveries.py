"""A delivery's page: its counts, its rejects, and taking it back."""

import pytest
from django.urls import reverse

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs.models import Outbox
from patients.claims.models import Delivery, Reject

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(cast, as_owner):
    with as_owner():
        Delivery.objects.filter(pk=cast.a.delivery.pk).update(state="loaded", lines=1, rejected=1)
        Reject.objects.create(
            payer=cast.a.payer, delivery=cast.a.delivery, line_number=7, field="ndc_code", code="not_an_ndc",
            message="ndc_code has no eleven digits", digest="0" * 64,
        )  # fmt: skip
    return cast.a.delivery


def page_of(delivery):
    return reverse("pbm:claims_delivery_change", args=[delivery.public_id])


def withdraw(client, delivery, reason="Sent by mistake"):
    return client.post(reverse("pbm:delivery_withdraw", args=[delivery.public_id]), {"reason": reason}, follow=True)


def test_rejects_are_listed_with_line_field_and_code(sign_in, loaded):
    page = sign_in("dana").get(page_of(loaded)).content.decode()
    assert "ndc_code has no eleven digits" in page and "not_an_ndc" in page


def test_rejects_come_as_a_file(sign_in, loaded, cast):
    file = sign_in("erin").get(reverse("pbm:delivery_rejects", args=[loaded.public_id]))
    assert b"".join(file).decode().splitlines() == [
        "line,field,code,message",
        "7,ndc_code,not_an_ndc,ndc_code has no eleven digits",
    ]
    assert sign_in("dana").get(reverse("pbm:delivery_rejects", args=[cast.b.delivery.public_id])).status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 1),
        ({"trouble": "rejects"}, 1),
        ({"trouble": "failed"}, 0),
        ({"state": "loaded"}, 1),
        ({"payer": "payer-a"}, 1),
    ],
)
def test_deliveries_are_filtered(sign_in, loaded, asked, found):
    page = sign_in("dana").get(reverse("pbm:claims_delivery_changelist"), asked)
    assert len(page.context["rows"]) == found


@pytest.mark.parametrize("asked", [{"payer": "payer-b"}, {"state": "x"}, {"trouble": "\0"}])
def test_a_filter_for_what_is_not_there_is_refused(sign_in, loaded, asked):
    assert sign_in("dana").get(reverse("pbm:claims_delivery_changelist"), asked).status_code == 400


def test_a_delivery_is_withdrawn_with_a_reason_and_its_work_handed_on(sign_in, loaded, as_owner):
    answer = withdraw(sign_in("dana"), loaded)
    assert "Withdrawn." in answer.content.decode()
    with as_owner():
        assert Delivery.objects.get(pk=loaded.pk).state == "withdrawn"
        assert Outbox.objects.filter(topic="delivery.withdrawn", subject_id=loaded.pk).count() == 1
        assert AuditEvent.objects.get(event="delivery.withdrawn").user_id is not None
    again = withdraw(sign_in("dana"), loaded, reason="Sent \u201ctwice\u201d")
    assert again.status_code == 422 and "only a loaded one can be withdrawn" in again.content.decode()
    assert 'value="Sent \u201ctwice\u201d"' in again.content.decode()


@pytest.mark.parametrize(("reason", "said"), [(" ", "Say why"), ("x" * 501, "at most 500")])
def test_without_a_good_reason_nothing_happens_and_what_was_typed_stays(sign_in, loaded, as_owner, reason, said):
    answer = withdraw(sign_in("dana"), loaded, reason=reason)
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page and reason.strip() in page
    with as_owner():
        assert Delivery.objects.get(pk=loaded.pk).state == "loaded"


def test_withdrawing_is_asked_for_on_a_page_that_says_what_it_does(sign_in, loaded):
    client, address = sign_in("dana"), reverse("pbm:delivery_withdraw", args=[loaded.public_id])
    assert f'href="{address}"' in client.get(page_of(loaded)).content.decode()
    assert "1 line of this file is taken back" in client.get(address).content.decode()


def test_who_may_not_withdraw_is_not_offered_it(sign_in, loaded):
    client = sign_in("erin")
    assert "Withdraw this delivery" not in client.get(page_of(loaded)).content.decode()
    assert withdraw(client, loaded).status_code == 403


def test_a_strangers_delivery_is_not_there(sign_in, cast):
    assert withdraw(sign_in("dana"), cast.b.delivery).status_code == 404


@pytest.fixture
def failed(loaded, as_owner):
    with as_owner():
        Delivery.objects.filter(pk=loaded.pk).update(state="failed", refusal="The load failed several times.")
    return loaded


def try_again(client, delivery):
    return client.post(reverse("pbm:delivery_try_again", args=[delivery.public_id]), follow=True)


def test_a_failed_delivery_says_so_and_is_tried_again(sign_in, failed, as_owner):
    page = sign_in("dana").get(page_of(failed)).content.decode()
    assert "The load failed several times." in page and "Try this delivery again" in page
    assert "Handed to the workers once more." in try_again(sign_in("dana"), failed).content.decode()
    with as_owner():
        assert Delivery.objects.get(pk=failed.pk).state == "received"
        assert Outbox.objects.filter(topic="delivery.received", subject_id=failed.pk).count() == 1
        assert AuditEvent.objects.get(event="delivery.tried_again").user_id is not None
    assert "only a failed one can be tried again" in try_again(sign_in("dana"), failed).content.decode()


def test_who_may_not_try_again_is_not_offered_it(sign_in, failed, cast):
    client = sign_in("erin")
    assert "Try this delivery again" not in client.get(page_of(failed)).content.decode()
    assert try_again(client, failed).status_code == 403
    assert try_again(sign_in("dana"), cast.b.delivery).status_code == 404
