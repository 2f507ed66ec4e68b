"""A fill whose quantity contradicts its days' supply is flagged for somebody to ask, and counts as it was told."""

from datetime import date
from decimal import Decimal

import pytest

from carecoord.kernel.parameters.models import ParameterValue
from patients.measures.kinds import days_supply

pytestmark = pytest.mark.django_db
ON = date(2025, 12, 31)


@pytest.mark.parametrize(
    ("quantity", "days", "says"),
    [
        ("90", 3, "Days' supply of 3 for 90 tablets or capsules: ask the pharmacy."),
        ("360", 30, ""),  # twelve a day
        ("361", 30, "Days' supply of 30 for 361 tablets or capsules: ask the pharmacy."),
        ("30", 120, ""),  # four days a tablet
        ("30", 121, "Days' supply of 121 for 30 tablets or capsules: ask the pharmacy."),
        ("7.5", 30, ""),
        ("7.25", 30, "Days' supply of 30 for 7.25 tablets or capsules: ask the pharmacy."),
        ("0", 30, "Days' supply of 30 for 0 tablets or capsules: ask the pharmacy."),
        ("90.000", 0, "No days' supply for 90 tablets or capsules: ask the pharmacy."),
        (None, None, "No days' supply: ask the pharmacy."),
        ("365", 365, ""),
        ("366", 366, "Days' supply of 366: ask the pharmacy."),
        (None, 90, ""),
    ],
)
def test_tablets(quantity, days, says):
    amount = quantity and Decimal(quantity)
    assert days_supply.doubt(quantity=amount, days_supply=days, form="oral_solid", as_of=ON) == says


@pytest.mark.parametrize(("quantity", "days"), [("1", 90), ("3", 84), ("600", 30)])
def test_the_quantity_of_a_pen_or_a_liquid_says_nothing_of_days(quantity, days):
    for form in ("injection", "oral_liquid", "other"):
        assert days_supply.doubt(quantity=Decimal(quantity), days_supply=days, form=form, as_of=ON) == ""


def test_its_days_supply_does(evaluate):
    assert days_supply.doubt(quantity=Decimal(2), days_supply=0, form="injection", as_of=ON) == (
        "No days' supply for 2 units: ask the pharmacy."
    )


def test_the_limits_are_those_of_the_day(evaluate):
    ParameterValue.objects.create(
        code=days_supply.MOST_UNITS_A_DAY.code, value=31, since=date(2025, 6, 1), reason="Test."
    )
    asked = {"quantity": Decimal(90), "days_supply": 3, "form": "oral_solid"}
    assert days_supply.doubt(**asked, as_of=date(2025, 5, 31)) and not days_supply.doubt(
        **asked, as_of=date(2025, 6, 1)
    )


def test_a_doubt_changes_no_number(evaluate):
    table = """
        2025-01-01  fill  90  atorvastatin  {}
        2025-04-01  fill  3   atorvastatin  {}
    """
    plain, odd = evaluate("pdc_sta", table.format("x90", "x3")), evaluate("pdc_sta", table.format("x90", "x90"))
    assert plain.row == odd.row and odd.of == (93, 365)
    assert [fill["doubt"] for fill in plain.evidence["fills"]] == ["", ""]
    assert [fill["doubt"] for fill in odd.evidence["fills"]] == [
        "", "Days' supply of 3 for 90 tablets or capsules: ask the pharmacy."
    ]  # fmt: skip


def test_a_fill_without_days_supply_is_named_where_nothing_can_be_computed(evaluate):
    result = evaluate("pdc_sta", "2025-01-01  fill  90  atorvastatin  x90\n2025-04-01  fill  -  atorvastatin  x90")
    assert result.not_computed == "no_days_supply"
    assert [fill["doubt"][:14] for fill in result.evidence["fills"]] == ["", "No days' suppl"]


def test_cash_fills_are_looked_at_too(evaluate):
    result = evaluate("pdc_sta", "2025-01-01  fill  90  atorvastatin\n2025-05-01  cash  300  atorvastatin  x30")
    (fill,) = result.evidence["with_cash"]["fills"]
    assert fill["doubt"].startswith("Days' supply of 300 for 30 tablets")
