"""Fills of a dispensing system: sold, waiting, returned, paid in cash; and never counted beside the payer's own claim."""

from datetime import date
from decimal import Decimal

import pytest

from carecoord.kernel.periods import date_of
from carecoord.kernel.tenancy import context
from patients.claims import queries
from patients.claims.formats.pharmacy_dispensing import COLUMNS, FORMAT
from patients.claims.models import CashFill, Fill
from tests.conftest import as_owner

from ..feeds import claim, claims_file, counts, load, span, spans_file, states, withdraw
from .reading import DATA, faults, line_with, lines, read

HEADER = ",".join(name for name, *_ in COLUMNS)
FILL = {name: example for name, _, _, _, _, example in COLUMNS} | {"reported_date": ""}
FIXTURE = DATA / "pharmacy_dispensing" / "fills.csv"
KEY = "dispensed-1679576722-1234567-0-20250301"


def fill(**changes):
    return line_with(HEADER, FILL | {"member_id": "M1"}, **changes)


def one(**changes):
    feed, good, bad = read("pharmacy_dispensing", lines(HEADER, fill(**changes)))
    assert (len(good), bad) == (1, [])
    return good[0]


def test_the_fixture():
    feed, good, bad = read("pharmacy_dispensing", FIXTURE.read_bytes())
    assert bad == [] and not feed.drift
    assert [(row["is_cash"], row["is_reversal"], row["sold_on"]) for row in good] == [
        (False, False, date(2025, 3, 2)),
        (False, False, None),
        (True, False, date(2025, 3, 3)),
        (False, True, None),
    ]
    assert feed.notes == {"not_sold": 1}
    assert {
        name: good[0][name] for name in ("ndc", "quantity", "days_supply", "refills_left", "charge_cents", "source")
    } == {
        "ndc": "00071015523",
        "quantity": Decimal("30.000"),
        "days_supply": 30,
        "refills_left": 5,
        "charge_cents": 6570,
        "source": "format:pharmacy_dispensing",
    }


def test_the_latest_day_that_a_line_names_is_its_version():
    versions = [
        one(sold_date="")["version"],
        one()["version"],
        one(reported_date="2025-03-20")["version"],
        one(returned_to_stock_date="2025-03-12")["version"],
    ]
    assert [version - versions[0] for version in versions] == [0, 1, 19, 11]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"member_id": ""}, ("member_id", "missing")),
        ({"rx_number": ""}, ("rx_number", "missing")),
        ({"quantity": ""}, ("quantity", "missing")),
        ({"quantity": "-1"}, ("quantity", "negative_quantity")),
        ({"fill_number": ""}, ("fill_number", "missing")),
        ({"paid_by": ""}, ("paid_by", "missing")),
        ({"paid_by": "medicaid"}, ("paid_by", "unknown_code")),
        ({"filled_date": "03/01/2025"}, ("filled_date", "not_a_date")),
        ({"filled_date": "2027-01-01", "sold_date": ""}, ("filled_date", "in_the_future")),
        ({"sold_date": "2025-02-28"}, ("sold_date", "end_before_start")),
        ({"returned_to_stock_date": "2025-02-28"}, ("returned_to_stock_date", "end_before_start")),
        ({"days_supply": "400"}, ("days_supply", "out_of_range")),
    ],
)
def test_a_bad_line_is_named(changes, expected):
    _, good, bad = read("pharmacy_dispensing", lines(HEADER, fill(**changes), fill()))
    assert len(good) == 1
    assert (2, *expected) in faults(bad)


def test_every_column_is_documented():
    assert [field.name for field in FORMAT.fields["fill"]] == [*HEADER.split(","), "phone"]


@pytest.mark.django_db
def test_a_fill_counts_once_by_the_payers_claim(payer):
    load(payer, spans_file(span("M1")))
    load(payer, lines(HEADER, fill()), format="pharmacy_dispensing")
    load(payer, lines(HEADER, fill(rx_number="2", paid_by="cash")), format="pharmacy_dispensing")
    with as_owner():
        assert not Fill.objects.filter(payer=payer).exists()
    load(payer, claims_file(claim("C1", rx_number="1234567", fill_number="0")))
    with as_owner():
        assert Fill.objects.filter(payer=payer).count() == 1


def cash_fills(payer):
    with as_owner():
        found = (
            CashFill.objects.filter(payer=payer)
            .order_by("day")
            .values_list("day", "days_supply", "ndc", "pharmacy_ref")
        )
        assert not Fill.objects.filter(payer=payer).exists()
        return [(date_of(day), *rest) for day, *rest in found]


@pytest.mark.django_db
def test_what_was_sold_for_cash_is_a_fact_of_its_own_and_no_fill(payer):
    """Waiting it is not at hand, sold it is, and back in stock it is not again."""
    load(payer, spans_file(span("M1")))
    cash = {"rx_number": "2", "paid_by": "cash"}
    weeks = [{"sold_date": ""}, {}, {"reported_date": "2025-03-09"}, {"returned_to_stock_date": "2025-03-12"}]
    sold = [(date(2025, 3, 1), 30, "00071015523", "1679576722")]
    for week, found in zip(weeks, ([], sold, sold, []), strict=True):
        load(payer, lines(HEADER, fill(), fill(**cash, **week)), format="pharmacy_dispensing")
        assert cash_fills(payer) == found


@pytest.mark.django_db
def test_a_cash_fill_leaves_with_its_delivery_and_waits_for_its_member(payer):
    delivery = load(payer, lines(HEADER, fill(paid_by="cash")), format="pharmacy_dispensing")
    assert cash_fills(payer) == []
    load(payer, spans_file(span("M1")))
    assert len(cash_fills(payer)) == 1
    withdraw(payer, delivery)
    assert cash_fills(payer) == []


@pytest.mark.django_db
def test_a_payers_own_line_with_the_cash_flag_is_one_too(payer):
    load(payer, spans_file(span("M1")))
    header, *told = claims_file(claim("C1"), claim("C2", dispensing_date="2025-04-01")).decode().split()
    flagged = [header + ",cash_flag", *(f"{line},{flag}" for line, flag in zip(told, ("1", "0"), strict=True)), ""]
    load(payer, "\n".join(flagged).encode())
    with as_owner():
        days = [model.objects.filter(payer=payer).values_list("day", flat=True) for model in (CashFill, Fill)]
        assert [[f"{date_of(day)}" for day in found] for found in days] == [["2025-03-01"], ["2025-04-01"]]


@pytest.mark.django_db
def test_a_payers_reversal_does_not_mean_the_pharmacys_line_nor_the_other_way_round(payer):
    load(payer, spans_file(span("M1")))
    load(payer, lines(HEADER, fill()), format="pharmacy_dispensing")
    same = {"rx_number": "1234567", "fill_number": "0"}
    load(payer, claims_file(claim("R1", transaction_code="B2", **same)))
    assert states(payer) == {KEY: "paid", "R1": "reversed_pending"}
    load(payer, claims_file(claim("C1", **same)))
    assert states(payer) == {KEY: "paid", "C1": "reversed"}
    load(payer, claims_file(claim("C2", dispensing_date="2025-04-01", **same)))
    other = {"filled_date": "2025-04-01", "sold_date": "", "returned_to_stock_date": "2025-04-12"}
    load(payer, lines(HEADER, fill(**other)), format="pharmacy_dispensing")
    assert states(payer)["C2"] == "paid"


@pytest.mark.django_db
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_filled_then_sold_then_returned_in_any_order(payer, order):
    load(payer, spans_file(span("M1")))
    weeks = [{"sold_date": ""}, {}, {"sold_date": "", "returned_to_stock_date": "2025-03-12"}]
    for week in order:
        assert counts(load(payer, lines(HEADER, fill(**weeks[week])), format="pharmacy_dispensing"))[:2] == (1, 1)
    assert states(payer) == {KEY: "reversed"}
    assert counts(load(payer, lines(HEADER, fill()), format="pharmacy_dispensing")) == (1, 0, 0, 1, 0, 0)


@pytest.mark.django_db
def test_a_fill_that_nobody_fetched_in_two_weeks_is_not_in_force_until_it_is_sold(payer):
    load(payer, spans_file(span("M1")))
    waits = fill(sold_date="", reported_date="2025-03-01")
    load(payer, lines(HEADER, waits), format="pharmacy_dispensing")

    def state(today):
        with context.acting_as(context.worker_for(payer.pk)):
            return [one.state for one in queries.claims_as_they_stand(payer=payer, kind="pharmacy", today=today)]

    assert state(date(2025, 3, 15)) == ["paid"]
    assert state(date(2025, 3, 16)) == ["not_sold"]
    assert states(payer) == {KEY: "not_sold"}, "the export looks today"
    load(payer, lines(HEADER, fill(sold_date="2025-03-20")), format="pharmacy_dispensing")
    load(payer, lines(HEADER, fill(sold_date="", reported_date="2025-03-18")), format="pharmacy_dispensing")
    assert states(payer) == {KEY: "paid"}
    load(payer, lines(HEADER, fill(sold_date="", returned_to_stock_date="2025-03-25")), format="pharmacy_dispensing")
    assert states(payer) == {KEY: "reversed"}


@pytest.mark.django_db
def test_a_claim_of_a_payer_is_never_not_sold(payer):
    load(payer, spans_file(span("M1")))
    load(payer, claims_file(claim("C1")))
    assert states(payer) == {"C1": "paid"}
