"""Taking a file in: once, whatever the network does."""

import io
import threading

import pytest
from django.db import connections

from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context
from patients.claims import actions
from patients.claims.models import Delivery
from tests.conftest import as_owner as as_the_owner

from .feeds import claim, claims_file

LINES = claims_file(claim("A"))


def post(client, content, key, format="tuva_csv"):
    with context.acting_as(client.scope):
        return actions.receive(
            payer=client.organisation,
            client=client,
            format=format,
            stream=io.BytesIO(content),
            file_name="../etc/claims\n.csv",
            idempotency_key=key,
            by=client,
        )


@pytest.mark.django_db
def test_the_same_key_and_bytes_are_the_same_delivery(cast, as_owner):
    first, again = post(cast.frank, LINES, "k1"), post(cast.frank, LINES, "k1")
    assert (first.pk, first.is_replayed, again.is_replayed) == (again.pk, False, True)
    with as_owner():
        assert Outbox.objects.filter(topic="delivery.received").count() == 1


@pytest.mark.django_db
def test_the_same_key_for_other_bytes_or_another_format_is_refused(cast, settings):
    post(cast.frank, LINES, "k1")
    with pytest.raises(actions.KeyReused, match="another file"):
        post(cast.frank, LINES + b"\n", "k1")
    with pytest.raises(actions.KeyReused):
        post(cast.frank, LINES, "k1", format="cms_rif")
    assert len([path for path in settings.DELIVERIES.rglob("*") if path.is_file()]) == 1


@pytest.mark.django_db
def test_keys_are_a_clients_own_and_no_key_is_a_new_delivery(cast):
    made = [post(cast.frank, LINES, "k1"), post(cast.gus, LINES, "k1"), post(cast.frank, LINES, None)]
    assert len({d.pk for d in made}) == 3


@pytest.mark.django_db
def test_a_file_name_is_for_people_only(cast):
    delivery = post(cast.frank, LINES, None)
    assert delivery.file_name == "claims.csv"
    assert delivery.stored_as.isalnum()


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_make_one_delivery(cast):
    made, faults = [], []
    start = threading.Barrier(10)

    def one():
        try:
            start.wait(30)
            for _ in range(5):
                made.append(post(cast.frank, LINES, "race").pk)
        except Exception as fault:  # noqa: BLE001 - a thread's fault must reach the test
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
    assert len(made) == 50
    assert len(set(made)) == 1
    with as_the_owner():
        assert Delivery.objects.filter(idempotency_key="race").count() == 1
        assert Outbox.objects.filter(topic="delivery.received").count() == 1
