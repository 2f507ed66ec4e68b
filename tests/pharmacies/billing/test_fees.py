"""The price of a rural pharmacy: a dated term of the contract, rounded once, with its reason on the line."""

from datetime import date

import pytest

from carecoord.kernel.tenancy import context
from pharmacies import actions
from pharmacies.billing.actions import open_claim
from pharmacies.billing.fees import price, raised, schedule
from pharmacies.billing.models import ServiceLine
from pharmacies.models import Fee, Pharmacy
from tests.factories.snapshots import snapshot_of

pytestmark = pytest.mark.django_db
TABLE = """
cents  basis_points  raised
2500   0             2500
2500   1250          2813
2500   1000          2750
333    150           338
1      4999          1
1      5000          2
0      10000         0
"""


@pytest.mark.parametrize("line", TABLE.strip().splitlines()[1:])
def test_an_uplift_is_rounded_half_up_to_whole_cents(line):
    amount, basis_points, expected = map(int, line.split())
    assert raised(amount, basis_points) == expected


def set_uplift(cast, basis_points, since):
    with context.acting_as(cast.dana.scope):
        actions.set_uplift(contract=cast.contract, basis_points=basis_points, since=since, by=cast.dana)


def priced(cast, **change):
    with context.acting_as(cast.alice.scope):
        return price(snapshot=snapshot_of(cast.a, **change), who=cast.alice).lines[0]


def test_a_rural_pharmacy_gets_the_uplift_of_the_day_with_its_reason(cast):
    set_uplift(cast, 1250, date(2020, 1, 1))
    line = priced(cast)
    assert (line.charge_cents, line.reason, line.label) == (2813, "rural +12.5%", "Adherence call, rural +12.5%")


def test_several_units_are_rounded_once(cast):
    set_uplift(cast, 1250, date(2020, 1, 1))
    assert priced(cast, lines=(("99606", 3),)).charge_cents == 8438  # not three times 2813


@pytest.mark.parametrize("ruca", [1, 3, 99, None])
def test_a_pharmacy_that_is_not_rural_gets_the_fee(cast, as_owner, ruca):
    set_uplift(cast, 1250, date(2020, 1, 1))
    with as_owner():
        Pharmacy.objects.filter(pk=cast.a.pharmacy.pk).update(ruca=ruca)
    assert (priced(cast).charge_cents, priced(cast).label) == (2500, "Adherence call")


def test_a_fee_for_rural_pharmacies_is_the_price_as_it_stands(cast):
    set_uplift(cast, 1250, date(2020, 1, 1))
    with context.acting_as(cast.dana.scope):
        actions.set_fee(
            contract=cast.contract, code="99606", label="Adherence call", amount_cents=4000, area=Fee.Area.RURAL,
            since=date(2020, 1, 1), by=cast.dana,
        )  # fmt: skip
    assert (priced(cast).charge_cents, priced(cast).reason) == (4000, "rural fee")


def test_a_changed_uplift_or_fee_leaves_past_claims_alone(cast, as_owner):
    set_uplift(cast, 1000, date(2020, 1, 1))
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a), by=cast.alice)
    set_uplift(cast, 2000, date(2020, 1, 1))
    with context.acting_as(cast.dana.scope):
        actions.set_fee(
            contract=cast.contract, code="99606", label="Call", amount_cents=9900, since=date(2020, 1, 1), by=cast.dana
        )
    with as_owner():
        line = ServiceLine.objects.get(claim=claim)
        assert (line.charge_cents, line.label) == (2750, "Adherence call, rural +10%")


def test_a_new_uplift_ends_the_one_before_it_and_none_overlaps(cast, as_owner):
    set_uplift(cast, 1000, date(2020, 1, 1))
    set_uplift(cast, 0, date(2026, 1, 1))
    with as_owner():
        assert list(cast.contract.uplifts.order_by("since").values_list("basis_points", "until")) == [
            (1000, date(2025, 12, 31)),
            (0, None),
        ]
    with pytest.raises(actions.CannotChange, match="later uplift"):
        set_uplift(cast, 500, date(2025, 1, 1))
    with pytest.raises(actions.CannotChange, match="not in force"):
        set_uplift(cast, 500, date(2019, 1, 1))


def test_a_fee_is_not_reopened_over_the_one_after_it(cast, as_owner):
    with context.acting_as(cast.dana.scope):
        actions.set_fee(
            contract=cast.contract, code="99606", label="Call", amount_cents=1, since=date(2026, 1, 1), by=cast.dana
        )
    with as_owner():
        first = Fee.objects.get(code="99606", since=date(2020, 1, 1))
    with context.acting_as(cast.dana.scope), pytest.raises(actions.CannotChange, match="overlap"):
        actions.end_fee(fee=first, until=None, by=cast.dana)


def test_a_pharmacys_schedule_is_what_it_is_paid(cast, as_owner):
    set_uplift(cast, 1250, date(2020, 1, 1))
    with context.acting_as(cast.alice.scope):
        rows = schedule(pharmacy=cast.a.pharmacy, who=cast.alice, on=date(2026, 1, 1))
    assert [(row.code, row.amount_cents, row.reason) for row in rows] == [
        ("90471", 2250, "rural +12.5%"),
        ("99606", 2813, "rural +12.5%"),
    ]
    with as_owner():
        Pharmacy.objects.filter(pk=cast.a.pharmacy.pk).update(ruca=1)
        urban = Pharmacy.objects.get(pk=cast.a.pharmacy.pk)
    with context.acting_as(cast.alice.scope):
        rows = schedule(pharmacy=urban, who=cast.alice, on=date(2026, 1, 1))
    assert [(row.amount_cents, row.reason) for row in rows] == [(2000, ""), (2500, "")]
