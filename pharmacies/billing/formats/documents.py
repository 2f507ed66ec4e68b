"""What a claim and a remittance are, whatever they are written as. Plain frozen data: cents are integers, days are dates.

The 837P and the CMS-1500 are written from the same ClaimDocument, so that they cannot say different things.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Address:
    """`zip` is five or nine digits; of a billing provider and a facility it is nine."""

    street: str
    city: str
    state: str
    zip: str


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Whom to ask, and where: ten digits."""

    name: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class Trader:
    """One end of an interchange: its name and the id that both ends agreed on."""

    name: str
    id: str
    contact: Contact | None = None


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """A billing provider, payee or facility. `tax_id` is an employer's number: nine digits; `contact_name` answers questions."""

    name: str
    npi: str
    address: Address
    tax_id: str = ""
    taxonomy: str = ""
    contact_name: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Practitioner:
    """A person with an NPI: rendering, referring or supervising."""

    last_name: str
    first_name: str = ""
    npi: str = ""
    taxonomy: str = ""


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """The member, who is always the patient: a member with an id of their own is a subscriber. `sex` is F, M or U."""

    last_name: str
    first_name: str = ""
    middle_name: str = ""
    member_id: str = ""
    group_number: str = ""
    born_on: date | None = None
    sex: str = "U"
    address: Address | None = None


@dataclass(frozen=True, kw_only=True)
class Payer:
    """`filing` is the kind of plan (X12 code source 1032: 16 Medicare Advantage, MB Part B, MC Medicaid, CI commercial)."""

    name: str
    id: str
    filing: str
    address: Address | None = None
    tax_id: str = ""
    contact: Contact | None = None


@dataclass(frozen=True, kw_only=True)
class Drug:
    """A product that was given: an 11-digit NDC, how much, and in UN, ML, GR, ME or F2."""

    ndc: str
    quantity: Decimal
    unit: str = "UN"


@dataclass(frozen=True, kw_only=True)
class ClaimLine:
    """One service. `pointers` count the claim's diagnoses from 1; `ref` comes back in the 835 (REF*6R)."""

    code: str
    charge_cents: int
    units: int
    service_on: date
    pointers: tuple[int, ...] = (1,)
    modifiers: tuple[str, ...] = ()
    ref: str = ""
    drug: Drug | None = None


@dataclass(frozen=True, kw_only=True)
class ClaimDocument:
    """One professional claim. `frequency` is 1, 7 (replaces `original_icn`) or 8 (voids it)."""

    control_number: str
    billing: Organisation
    subscriber: Subscriber
    payer: Payer
    diagnoses: tuple[str, ...]
    lines: tuple[ClaimLine, ...]
    place: str = "01"
    frequency: str = "1"
    original_icn: str = ""
    authorization: str = ""
    clia: str = ""
    note: str = ""
    accepts_assignment: bool = True
    pays_provider: bool = True
    signed_on: date | None = None
    pay_to: Address | None = None
    rendering: Practitioner | None = None
    referring: Practitioner | None = None
    supervising: Practitioner | None = None
    facility: Organisation | None = None

    @property
    def charge_cents(self):
        return sum(line.charge_cents for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """One CAS triple: who bears how much (CO, PR, OA, PI), and why (CARC)."""

    group: str
    reason: str
    cents: int
    quantity: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class RemittedLine:
    """One SVC. `remarks` are RARCs; `allowed_cents` is AMT*B6. `segment` is where it stood in the file that was read."""

    code: str
    charge_cents: int
    paid_cents: int
    units: Decimal = Decimal(1)
    modifiers: tuple[str, ...] = ()
    service_on: date | None = None
    ref: str = ""
    allowed_cents: int | None = None
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    segment: int = 0


@dataclass(frozen=True, kw_only=True)
class RemittedClaim:
    """One CLP. `status` is CLP02 (1 processed as primary, 4 patient unknown, 22 reversal, ...); in a reversal the cents are negative."""

    control_number: str
    status: str
    charge_cents: int
    paid_cents: int
    patient_cents: int = 0
    filing: str = ""
    icn: str = ""
    place: str = ""
    frequency: str = ""
    last_name: str = ""
    first_name: str = ""
    member_id: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    lines: tuple[RemittedLine, ...] = ()
    segment: int = 0

    @property
    def is_reversal(self):
        return self.status == "22"

    @property
    def every_adjustment(self):
        """Of the claim itself and of its lines."""
        return (*self.adjustments, *(each for line in self.lines for each in line.adjustments))


@dataclass(frozen=True, kw_only=True)
class ProviderAdjustment:
    """One pair of a PLB. A positive amount makes the payment smaller."""

    reason: str
    cents: int
    reference: str = ""
    segment: int = 0


@dataclass(frozen=True, kw_only=True)
class RemittanceDocument:
    """One payment and what it is for. `method` is ACH, CHK, NON or what the payer wrote."""

    trace: str
    paid_on: date
    method: str
    total_cents: int
    payer: Payer
    payee: Organisation
    claims: tuple[RemittedClaim, ...] = ()
    provider_adjustments: tuple[ProviderAdjustment, ...] = field(default=())
    produced_on: date | None = None
    segment: int = 0
