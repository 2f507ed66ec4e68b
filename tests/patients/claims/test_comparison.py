"""A delivery beside those before it: the sentences say what is unusual, and nothing when nothing is."""

import pytest

from carecoord.kernel.tenancy import context
from patients.claims import comparison
from patients.claims.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(payer, as_owner):
    def make(**fields):
        words = {
            "payer": payer, "format": "tuva_csv", "kind": "pharmacy_claim", "stored_as": "x", "sha256": "0" * 64,
            "size_bytes": 1, "state": "loaded", "lines": 100, "loaded": 100,
        }  # fmt: skip
        with as_owner():
            made = words | fields
            made["loaded"] = made["lines"] - sum(made.get(n, 0) for n in ("repeated", "rejected", "waiting"))
            return Delivery.objects.create(**made)

    return make


def unusual(delivery, as_owner):
    with as_owner():
        everything = Delivery.objects.filter(payer=delivery.payer)
        earlier = [one for one in everything.order_by("-pk") if one.pk < delivery.pk]
        return comparison.compare(delivery, earlier[:10]).unusual


def test_what_is_as_ever_is_not_named(make, as_owner):
    for _ in range(4):
        make(rejected=1, drift={"missing": ["daw"], "unknown": ["x"]}, notes={"no_days_supply": 3})
    same = make(rejected=2, drift={"missing": ["daw"], "unknown": ["x"]}, notes={"no_days_supply": 4})
    assert unusual(same, as_owner) == []


def test_columns_that_came_went_and_moved_are_named(make, as_owner):
    for _ in range(3):
        make(drift={"missing": ["daw"], "unknown": ["old_name"]})
    changed = make(drift={"missing": ["quantity"], "unknown": ["new_name"], "reordered": ["paid_date"]})
    assert unusual(changed, as_owner) == [
        "Columns that none of the last 3 had: daw, new_name.",
        "Columns that all of the last 3 had, and this one lacks: old_name, quantity.",
        "Columns that moved: paid_date.",
    ]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"lines": 40}, "40 lines are less than half of the usual 100."),
        ({"lines": 250}, "250 lines are more than twice the usual 100."),
        ({"rejected": 9}, "9.0% of lines are rejected; usual are 1.0%."),
        ({"repeated": 90}, "90.0% of lines repeat what came before; usual are 0.0%."),
        ({"notes": {"no_days_supply": 50}}, "50.0% of lines have no days supply; usual are 5.0%."),
        ({"rejected": 2}, None),
        ({"lines": 60}, None),
        ({"notes": {"no_days_supply": 9}}, None),
    ],
)
def test_numbers_that_jump_are_named(make, as_owner, fields, says):
    for _ in range(3):
        make(rejected=1, notes={"no_days_supply": 5})
    jumped = make(**{"rejected": 0 if "lines" in fields else 1, "notes": {"no_days_supply": 5}} | fields)
    found = [line for line in unusual(jumped, as_owner) if "days supply" not in line or "notes" in fields]
    assert found == ([says] if says else [])


def test_two_deliveries_say_nothing_about_the_third(make, as_owner):
    make(), make()
    assert unusual(make(lines=1), as_owner) == []


def test_it_is_compared_with_its_own_kind_only(make, as_owner, cast):
    mine = [make(), make(kind="eligibility"), make(format="cms_rif"), make(state="withdrawn"), make(), make()]
    with as_owner():
        Delivery.objects.filter(pk=mine[4].pk).update(client=cast.frank)
    with context.acting_as(context.worker_for(mine[0].payer_id)):
        scope = context.current_scope()
        assert comparison.before(mine[5], visible_to=scope) == [mine[0]]
