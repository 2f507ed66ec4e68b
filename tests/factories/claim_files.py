"""What claims need that the cast does not say: addresses, and a claim that was sent."""

from dataclasses import replace

from carecoord.kernel.tenancy import context
from pharmacies.billing import actions as billing
from pharmacies.models import Pharmacy
from tests.factories.snapshots import snapshot_of

HOME = {"street": "3 Elm Street", "city": "Lewisburg", "state": "WV", "zip": "24901"}
SHOP = {"street": "12 Ash Street", "city": "Lewisburg", "state": "WV", "zip": "24901", "phone": "3045550100"}


def settle_in(side):
    """The pharmacy of a side has a street. As the owner."""
    Pharmacy.objects.filter(pk=side.pharmacy.pk).update(**SHOP)


def complete_snapshot(side, **changes):
    """A snapshot with the addresses that a claim needs."""
    made = snapshot_of(side, **changes)
    return replace(made, patient=replace(made.patient, **HOME), pharmacy=replace(made.pharmacy, **SHOP))


def send_one(cast, as_owner):
    """The cast with `sent`, a claim of side A that can be written."""
    with as_owner():
        settle_in(cast.a)
    with context.acting_as(cast.alice.scope):
        cast.sent = [billing.open_claim(snapshot=complete_snapshot(cast.a), by=cast.alice)]
    return cast
