"""Claims that do not fit their member's life: listed with their code, and noted on their delivery's page."""

import pytest
from django.urls import reverse

from carecoord.kernel.jobs import actions as jobs
from tests.patients.claims.conftest import leave_it
from tests.patients.claims.feeds import claim, claims_file, load, span, spans_file

pytestmark = pytest.mark.django_db


def test_a_fill_after_death_is_on_the_page_and_on_its_delivery(sign_in, cast, monkeypatch, settings, tmp_path):
    settings.DELIVERIES = tmp_path
    monkeypatch.setitem(jobs._handlers, "patients.touched", f"{leave_it.__module__}.leave_it")
    client, payer = sign_in("dana"), cast.a.payer
    assert "No odd date" in client.get(reverse("pbm:odd_dates")).content.decode()
    delivery = load(payer, claims_file(claim("LATE-1", member_id="M9", dispensing_date="2025-09-01")))
    load(payer, spans_file(span("M9", last_name="Ash", death_date="2025-06-01")))
    page = client.get(reverse("pbm:odd_dates")).content.decode()
    assert "LATE-1" in page and "after_death" in page and "1 Jun 2025" in page
    page = client.get(reverse("pbm:claims_delivery_change", args=[delivery.public_id])).content.decode()
    assert "Dated after the member&#x27;s death. (after_death)" in page
