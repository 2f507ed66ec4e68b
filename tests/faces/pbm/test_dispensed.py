"""The page of fills that dispensing systems tell: each beside the payer's claim, or contradictions alone."""

import pytest
from django.urls import reverse

from carecoord.kernel.jobs import actions as jobs
from tests.patients.claims.conftest import leave_it
from tests.patients.claims.feeds import claim, claims_file, load, span, spans_file
from tests.patients.claims.formats.reading import lines
from tests.patients.claims.formats.test_pharmacy_dispensing import HEADER, fill

pytestmark = pytest.mark.django_db


def test_a_fill_that_went_back_to_stock_stands_beside_the_claim_that_still_counts(
    sign_in, cast, monkeypatch, settings, tmp_path, django_assert_max_num_queries
):
    settings.DELIVERIES = tmp_path
    monkeypatch.setitem(jobs._handlers, "patients.touched", f"{leave_it.__module__}.leave_it")
    client, payer = sign_in("dana"), cast.a.payer
    assert "No dispensing system has sent fills" in client.get(reverse("pbm:dispensed")).content.decode()
    load(payer, spans_file(span("M9", last_name="Ash")))
    told = fill(member_id="M9", sold_date="", returned_to_stock_date="2025-03-09", refills_left="4")
    load(payer, lines(HEADER, told, fill(member_id="M9", rx_number="8", paid_by="cash")), format="pharmacy_dispensing")
    load(payer, claims_file(claim("PAID-1", member_id="M9", rx_number="1234567", fill_number="0")))
    with django_assert_max_num_queries(25):
        page = client.get(reverse("pbm:dispensed")).content.decode()
    assert "Returned to stock, as of 9 Mar 2025" in page and "PAID-1: in force" in page and "4 refills left" in page
    assert page.count(">Contradiction<") == 1 or page.count("Contradiction") == 2  # the filter names them, too
    alone = client.get(reverse("pbm:dispensed"), {"show": "contradicted"}).content.decode()
    assert "PAID-1" in alone and "None: paid in cash" not in alone
    assert client.get(reverse("pbm:dispensed"), {"after": "nonsense"}).status_code == 200
    assert page.count("Ash") >= 2
