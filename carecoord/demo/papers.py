"""Invented papers and attested services of the demo's pharmacies: most are in order, some run out, a few are missing."""

from datetime import timedelta

from django.utils import timezone

from carecoord.kernel.accounts.models import Membership, Organisation
from carecoord.kernel.npi import check_digit
from pharmacies.billing.models import BillingIdentity, PayerIdentity, PersonIdentity
from pharmacies.models import Credential, NetworkMembership, Pharmacy, ServiceAttestation

A_LICENCE_LASTS, A_CHECK_LASTS, A_WORD_LASTS = timedelta(days=730), timedelta(days=31), timedelta(days=364)
WANTING = {3: "exclusion_check", 6: "attestation"}
"""Of every ten pharmacies, which one lacks what."""
SOON_DAYS = {1: 24, 4: 52, 8: 85}
"""Of every ten pharmacies, which one's licence runs out within how many days."""


def make(*, opened):
    """Once for each pharmacy; what is there already stays. Runs inside a context of the PBM's people."""
    today = timezone.localdate()
    for number, store in enumerate(Pharmacy.objects.order_by("npi")):
        soon = today + timedelta(days=SOON_DAYS[number % 10]) if number % 10 in SOON_DAYS else today + A_LICENCE_LASTS
        _paper(store, "license", opened, soon, number=f"P-{store.npi[-5:]}", issuer=f"Board of Pharmacy, {store.state}")
        for kind, since, until in (
            ("exclusion_check", opened, today + A_CHECK_LASTS),
            ("attestation", opened, today + A_WORD_LASTS),
            ("immunization", opened, today + A_LICENCE_LASTS),
        ):
            if WANTING.get(number % 10) != kind:
                _paper(store, kind, since, until)
    for row in Membership.objects.filter(role__in=("pharmacist", "owner")).select_related("user", "organisation"):
        store = row.organisation.pharmacy
        for kind in ("license", "immunization"):
            _paper(store, kind, opened, today + A_LICENCE_LASTS, person=row.user, number=f"R-{row.user_id:05d}")
    _words(opened, today)


def name_payers():
    """Invented ids of payers, without which no claim file can be written. Inside a context of the PBM's people."""
    named = PayerIdentity.objects.values("payer")
    for payer in Organisation.objects.filter(kind="payer").exclude(pk__in=named):
        PayerIdentity.objects.create(
            payer=payer, edi_id=f"PAYER{payer.pk}", tax_id=f"98{payer.pk:07d}", street="1 Main Street", city="Charleston", state="WV",
            zip="253010001", contact_name="Claims desk", contact_phone="3045550111",
        )  # fmt: skip


def name_store(store):
    """An invented tax number, and invented NPIs of who serves. Inside a context of the pharmacy's people."""
    identity = {
        "tax_id": f"99{store.pk:07d}",
        "zip": f"{store.zip}0001",
        "contact_name": "The owner",
        "contact_phone": "3045550100",
    }
    BillingIdentity.objects.get_or_create(pharmacy=store, defaults=identity)
    serving = Membership.objects.filter(organisation=store.pk, role__in=("pharmacist", "owner")).select_related("user")
    for row in serving:
        first, _, last = row.user.name.rpartition(" ")
        nine = f"100003{row.user_id % 1000:03d}"  # below the range that is handed out
        named = {"last_name": last, "first_name": first, "npi": nine + check_digit(nine)}
        PersonIdentity.objects.get_or_create(pharmacy=store, person=row.user, defaults=named)


def _paper(store, kind, since, until, *, person=None, number="", issuer=""):
    there = Credential.objects.filter(pharmacy=store, person=person, kind=kind)
    if not there.exists():
        Credential.objects.create(
            pharmacy=store, person=person, kind=kind, number=number, issuer=issuer, since=since, until=until,
            state=store.state if kind == "license" else "", evidence="Invented for the demo.",
        )  # fmt: skip


def _words(opened, today):
    attested = set(ServiceAttestation.objects.values_list("network", "pharmacy"))
    made = [
        ServiceAttestation(
            network=row.network, pharmacy=row.pharmacy, service=code, attested_by="The owner",
            since=opened, until=today + A_WORD_LASTS, evidence="Invented for the demo.",
        )
        for number, row in enumerate(NetworkMembership.objects.select_related("network").order_by("pharmacy"))
        if (row.network_id, row.pharmacy_id) not in attested
        for code in row.network.services
        if not (number % 5 == 2 and code == "synchronisation")
    ]  # fmt: skip
    ServiceAttestation.objects.bulk_create(made)
