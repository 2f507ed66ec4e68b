"""Billing: every status in plain words, held claims with the fix, totals that add up, remittances."""

import csv
import io
import re
from datetime import date

import pytest

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import bill
from pharmacies.billing import actions as billing_actions
from pharmacies.billing import adjudicate, queries
from pharmacies.billing.models import ServiceClaim
from tests.factories import money
from tests.patients.care.test_protocols import CALL, SHOT

pytestmark = pytest.mark.django_db


def completed(cast, protocol="adherence_call", answers=CALL):
    with context.acting_as(cast.alice.scope):
        visit = care.start(patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol=protocol, by=cast.alice)
        visit = care.save(encounter=visit, answers=answers, revision=visit.revision, by=cast.alice)
        return bill.claim_of(cast.alice, care.complete(encounter=visit, by=cast.alice))


@pytest.fixture
def claims(cast, story):
    """Paid, approved, denied, held (a duplicate), submitted."""
    paid, held = completed(cast), completed(cast)
    shots = [completed(cast, "vaccination", SHOT | {"cvx": cvx}) for cvx in ("135", "216", "189")]
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[paid, shots[0]], by=cast.erin)
        (remittance,) = adjudicate.pay(claims=[paid], paid_on=date(2026, 11, 21), by=cast.erin)
        adjudicate.deny(claim=shots[1], reason="Given at the clinic in March already.", carc="18", by=cast.erin)
    return {
        "paid": paid,
        "held": held,
        "approved": shots[0],
        "denied": shots[1],
        "submitted": shots[2],
        "remittance": remittance,
    }


def test_the_page_shows_every_claim_with_what_to_do(alice, claims):
    page = alice.get("/portal/billing/").content.decode()
    for name in ("paid", "held", "approved", "denied", "submitted"):
        assert claims[name].number in page
    assert "Given at the clinic in March already." in page
    assert "is on claim" in page
    assert claims["remittance"].number in page


def test_nothing_more_is_promised_for_a_claim_that_is_over(alice, claims, cast):
    with context.acting_as(cast.alice.scope):
        gone = billing_actions.void(claim=claims["held"], reason="Twice.", by=cast.alice)
    said = {name: alice.get(f"/portal/billing/claims/{claims[name].public_id}/").context["row"] for name in STATES}
    assert {name: row["paid_words"] for name, row in said.items()} == STATES
    assert alice.get(f"/portal/billing/claims/{gone.public_id}/").context["row"]["lines"][0][3] == "none"


STATES = {"paid": "$25.00", "approved": "not yet", "denied": "none", "submitted": "not yet"}


def test_the_totals_add_up(alice, claims, cast):
    with context.acting_as(cast.alice.scope):
        totals = {each.status: each for each in queries.totals_by_status(cast.alice)}
    assert {status: (t.claims, t.charge_cents, t.approved_cents, t.paid_cents) for status, t in totals.items()} == {
        "held": (1, 2500, 0, 0), "submitted": (1, 2000, 0, 0), "approved": (1, 2700, 2700, 0),
        "denied": (1, 2700, 0, 0), "paid": (1, 2500, 2500, 2500),
        "pended": (0, 0, 0, 0), "voided": (0, 0, 0, 0), "replaced": (0, 0, 0, 0),
    }  # fmt: skip
    page = alice.get("/portal/billing/").content.decode()
    foot = page[page.index("<tfoot") : page.index("</tfoot>")]
    for amount in (">5<", "$124.00", "$52.00", "$25.00"):
        assert amount in foot


def test_what_was_replaced_or_voided_is_in_the_first_sum_and_not_in_the_second(alice, cast, as_owner):
    money.one_of_each(cast, as_owner)
    page = alice.get("/portal/billing/").content.decode()
    foot = page[page.index("<tfoot") : page.index("</tfoot>")]
    together, standing = [re.findall(r">([\d$.,]+)<", row) for row in foot.split("</tr>")[:2]]
    with as_owner():
        rows = ServiceClaim.objects.filter(pharmacy=cast.a.pharmacy).values_list("status", "charge_cents")
        stand = [cents for status, cents in rows if status not in ("replaced", "voided")]
        assert (together[0], standing[0]) == (str(len(rows)), str(len(stand))) and len(rows) > len(stand)
        assert [together[1], standing[1]] == [f"${sum(c) / 100:.2f}" for c in ([cents for _, cents in rows], stand)]


def test_a_filter_leaves_its_status(alice, claims):
    page = alice.get("/portal/billing/?status=held").content.decode()
    table = page[page.index("<h2>Claims") : page.index("<h2>Remittances")]
    assert claims["held"].number in table
    assert f">{claims['submitted'].number}<" not in table


def test_a_held_claim_is_sent_again_by_anybody_at_the_counter_and_withdrawn_by_a_pharmacist(alice, bob, claims):
    address = f"/portal/billing/claims/{claims['held'].public_id}/"
    assert "Not billed before" in alice.get(address).content.decode()
    assert "Withdraw the claim" in alice.get(address).content.decode()
    assert "Check again and send" in bob.get(address).content.decode()
    assert "Withdraw the claim" not in bob.get(address).content.decode()
    assert bob.post(f"{address}void/", {"reason": "x"}).status_code == 403
    assert "still held" in bob.post(f"{address}resubmit/", follow=True).content.decode()
    paid = f"/portal/billing/claims/{claims['paid'].public_id}/resubmit/"
    assert "only held claims" in alice.post(paid, follow=True).content.decode()


def test_the_remittances_lines_add_up(alice, claims):
    page = alice.get(f"/portal/billing/remittances/{claims['remittance'].public_id}/").content.decode()
    assert claims["paid"].number in page
    assert page.count("$25.00") == 5  # in words, charged and paid of the one line, both of their sums


def test_the_file_has_a_row_a_line(alice, claims):
    rows = list(csv.DictReader(io.StringIO(alice.get("/portal/billing/claims.csv").content.decode())))
    assert len(rows) == 5
    assert {row["claim"]: row["paid"] for row in rows}[claims["paid"].number] == "25.00"
    held = list(csv.DictReader(io.StringIO(alice.get("/portal/billing/claims.csv?status=held").content.decode())))
    assert [row["claim"] for row in held] == [claims["held"].number]


def test_the_pharmacy_page_says_what_is_paid(alice, cast):
    page = alice.get("/portal/pharmacy/").content.decode()
    for said in (
        cast.a.pharmacy.npi,
        "core of a small town (RUCA 7; rural from 4)",
        "Lantern Network",
        "Northbridge PBM",
        "99606",
        "$25.00",
        "Alice",
        "Technician",
    ):
        assert said in page
    assert "Charlie" not in page


def test_a_strangers_remittance_and_claims_are_not_there(charlie, claims):
    assert charlie.get(f"/portal/billing/remittances/{claims['remittance'].public_id}/").status_code == 404
    for name in ("paid", "held"):
        assert charlie.get(f"/portal/billing/claims/{claims[name].public_id}/").status_code == 404
    page = charlie.get("/portal/billing/").content.decode()
    assert not [name for name, row in claims.items() if row.number in page]
