"""What claims need that the cast does not say: addresses, tax numbers, payers' ids."""

from dataclasses import replace

from pharmacies.billing.models import BillingIdentity, PayerIdentity
from pharmacies.models import Pharmacy
from tests.factories.snapshots import snapshot_of

PHARMACY = {"tax_id": "123456789", "zip": "249011234", "contact_name": "Alice", "contact_phone": "3045550100"}
PAYER = {
    "edi_id": "PAYERA", "tax_id": "987654321", "street": "1 Main Street", "city": "Charleston", "state": "WV", "zip": "253011111",
    "contact_name": "Claims desk", "contact_phone": "3045550111",
}  # fmt: skip
HOME = {"street": "3 Elm Street", "city": "Lewisburg", "state": "WV", "zip": "24901"}


def introduce(side):
    """Both ends of a side's claims are named. As the owner."""
    Pharmacy.objects.filter(pk=side.pharmacy.pk).update(street="12 Ash Street", phone="3045550100")
    BillingIdentity.objects.create(pharmacy=side.pharmacy, **PHARMACY)
    PayerIdentity.objects.create(payer=side.payer, **PAYER)


def complete_snapshot(side, **changes):
    """A snapshot with the addresses that a claim needs."""
    made = snapshot_of(side, **changes)
    shop = {"street": "12 Ash Street", "city": "Lewisburg", "state": "WV", "zip": "24901", "phone": "3045550100"}
    return replace(made, patient=replace(made.patient, **HOME), pharmacy=replace(made.pharmacy, **shop))
