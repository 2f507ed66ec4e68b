"""Claims and remittances as documents, about invented people: say only what differs."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from pharmacies.billing.formats.documents import (
    Address,
    ClaimDocument,
    ClaimLine,
    Contact,
    Drug,
    Organisation,
    Payer,
    Practitioner,
    Subscriber,
    Trader,
)
from tests.factories.cast import npi

HERE = Address(street="12 Ash Street", city="Lewisburg", state="WV", zip="249011234")
PHARMACY = Organisation(
    name="Ash Street Pharmacy", npi=npi(1), address=HERE, tax_id="123456789", taxonomy="3336C0003X", phone="3045550100"
)
PATIENT = Subscriber(
    last_name="Doe", first_name="Pat", middle_name="Q", member_id="M1", born_on=date(1950, 5, 5), sex="F",
    address=Address(street="3 Elm Street", city="Lewisburg", state="WV", zip="24901"),
)  # fmt: skip
PLAN = Payer(
    name="Payer A", id="PAYERA", filing="16", tax_id="987654321", contact=Contact(name="Claims desk", phone="3045550111"),
    address=Address(street="1 Main Street", city="Charleston", state="WV", zip="253011111"),
)  # fmt: skip
SENDER = Trader(name="Ash Street Pharmacy", id="ASHSTREET", contact=Contact(name="Alice", phone="3045550100"))
RECEIVER = Trader(name="Northbridge PBM", id="NORTHBRIDGE")
DAY = date(2026, 11, 20)
CALL = ClaimLine(code="99606", charge_cents=2500, units=1, service_on=DAY, ref="1")
SHOT = ClaimLine(code="90471", charge_cents=2000, units=1, service_on=DAY, ref="1")
PRODUCT = ClaimLine(
    code="90662", charge_cents=7550, units=1, service_on=DAY, ref="2", modifiers=("33",),
    drug=Drug(ndc="49281012165", quantity=Decimal("0.5"), unit="ML"),
)  # fmt: skip
CLAIM = ClaimDocument(
    control_number="SC-7KQ4M-9XDT2", billing=PHARMACY, subscriber=PATIENT, payer=PLAN, diagnoses=("Z71.89",), lines=(CALL,),
    signed_on=DAY,
)  # fmt: skip
PHARMACIST = Practitioner(last_name="Alba", first_name="Alice", npi=npi(2), taxonomy="183500000X")


def claim_document(**changes):
    return replace(CLAIM, **changes)
