"""Rows of the ledger as documents. A service claim is read from its frozen snapshot; a remittance from its lines.

What is not on record stays empty here, and `checks` says so in a sentence when a file is written.
"""

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import groupby

from ..models import BillingIdentity, PayerIdentity, ProviderAdjustment, RemittanceLine, ServiceClaim
from ..reasons import read
from .documents import (
    Address,
    Adjustment,
    ClaimDocument,
    ClaimLine,
    Contact,
    Drug,
    Organisation,
    Payer,
    Practitioner,
    RemittanceDocument,
    RemittedClaim,
    RemittedLine,
    Subscriber,
    Trader,
)
from .documents import ProviderAdjustment as ProviderLevel
from .x12 import CannotWrite

FILING = {"medicare": "16", "medicaid": "MC", "commercial": "CI"}
"""Line of business -> SBR09. Our Medicare members are in Medicare Advantage: their contracts begin with H."""
SEX = {"female": "F", "male": "M"}
Status = ServiceClaim.Status
PROCESSED, UNKNOWN_PATIENT, REVERSED = "1", "4", "22"
"""CLP02. A denial is processed, too: 4 says that the payer does not know the patient, and nothing else (X12 RFI 1423)."""
NOT_OUR_INSURED = "31"


def claims_of(claims, who):
    """ClaimDocuments of service claims that `who` may see, in their order. Raises CannotWrite for one that never went out."""
    wanted = [claim.pk for claim in claims]
    rows = ServiceClaim.objects.visible_to(who).filter(pk__in=wanted).select_related("payer", "pharmacy", "replaces")
    rows = {row.pk: row for row in rows.prefetch_related("lines", "replaces__lines")}
    held = [row.number for row in rows.values() if _never_went_out(row)]
    if held:
        raise CannotWrite(*(f"Claim {number} was not sent: an edit holds it." for number in sorted(held)))
    pharmacies = _identities(BillingIdentity, "pharmacy", {row.pharmacy_id for row in rows.values()}, who)
    payers = _identities(PayerIdentity, "payer", {row.payer_id for row in rows.values()}, who)
    return tuple(
        _claim(rows[key], pharmacies.get(rows[key].pharmacy_id), payers.get(rows[key].payer_id))
        for key in wanted
        if key in rows
    )


def remittance(row, who):
    """RemittanceDocument of a Remittance, in the order of claims and lines."""
    lines = RemittanceLine.objects.visible_to(who).filter(remittance=row)
    lines = lines.select_related("claim", "service_line").prefetch_related("service_line__adjustments")
    lines = lines.order_by("-is_reversal", "claim_id", "service_line__line_number")
    more = ProviderAdjustment.objects.visible_to(who).filter(remittance=row).order_by("id")
    pharmacy = _identities(BillingIdentity, "pharmacy", {row.pharmacy_id}, who).get(row.pharmacy_id)
    payer = _identities(PayerIdentity, "payer", {row.payer_id}, who).get(row.payer_id)
    return RemittanceDocument(
        trace=row.trace,
        paid_on=row.paid_on,
        method=row.method,
        total_cents=row.total_cents,
        payer=_payer(row.payer, payer, ""),
        payee=_billing(_directory(row.pharmacy), pharmacy),
        claims=tuple(
            _remitted(list(mine)) for _, mine in groupby(lines, key=lambda each: (each.claim_id, each.is_reversal))
        ),
        provider_adjustments=tuple(
            ProviderLevel(reason=each.reason, reference=each.reference, cents=each.amount_cents) for each in more
        ),
    )


def sender_of(document):
    """The pharmacy as the sender of its own claims."""
    who = document.billing
    return Trader(name=who.name, id=who.npi, contact=Contact(name=who.contact_name or who.name, phone=who.phone))


def receiver_of(document):
    """The payer as the receiver of claims."""
    return Trader(name=document.payer.name, id=document.payer.id)


def _never_went_out(row):
    return row.status == Status.HELD or row.status == Status.VOIDED and row.received_at is None


def _identities(model, name, keys, who):
    found = model.objects.visible_to(who).filter(**{f"{name}__in": keys})
    return {getattr(each, f"{name}_id"): each for each in found}


def _claim(row, pharmacy, payer):
    facts = row.snapshot
    patient, cover = facts.get("patient") or {}, facts.get("coverage") or {}
    here = _directory(row.pharmacy) | {name: value for name, value in (facts.get("pharmacy") or {}).items() if value}
    reason = visit_reasons().get(facts.get("protocol"), {})
    diagnoses = tuple(facts.get("diagnoses") or filter(None, [reason.get("diagnosis")]))
    taken_back = row.frequency == ServiceClaim.Frequency.VOID  # a void says again what it takes back
    lines = sorted((row.replaces if taken_back else row).lines.all(), key=lambda line: line.line_number)
    return ClaimDocument(
        control_number=row.number,
        billing=_billing(here, pharmacy),
        subscriber=_subscriber(patient, cover),
        payer=_payer(row.payer, payer, FILING.get(cover.get("line_of_business"), "")),
        diagnoses=diagnoses,
        lines=tuple(_line(row, line, facts) for line in lines),
        place=reason.get("place") or "01",
        frequency=row.frequency,
        original_icn=row.replaces.icn if row.replaces else "",
        signed_on=row.service_on,
        rendering=_rendering(facts.get("rendering") or {}),
    )


def _rendering(person):
    """Whoever served, where their own NPI was on record; without one the pharmacy alone is named."""
    if not person.get("npi"):
        return None
    return Practitioner(**{name: person.get(name, "") for name in ("npi", "last_name", "first_name", "taxonomy")})


@cache
def visit_reasons():
    """Protocol -> its row of data/visit_reasons.csv."""
    return {each["protocol"]: each for each in read("visit_reasons")}


def _line(row, line, facts):
    return ClaimLine(
        code=line.code,
        charge_cents=line.charge_cents,
        units=line.units,
        service_on=row.service_on,
        ref=f"{row.number}-{line.line_number}",
        drug=_drug(line.code, (facts.get("documentation") or {}).get("vaccine") or {}),
    )


def _drug(code, vaccine):
    """The product, on the line that bills it (a vaccine's own code begins with 90 and is none for giving it)."""
    if not vaccine.get("ndc") or not code.startswith("90") or code.startswith(("9047", "90480")):
        return None
    return Drug(ndc=vaccine["ndc"], quantity=Decimal(1), unit="UN")


def _directory(pharmacy):
    return {name: getattr(pharmacy, name) for name in ("npi", "name", "street", "city", "state", "zip", "phone")}


def _billing(here, identity):
    """`here` is what the snapshot says, and the directory where that is silent; the nine digits of the ZIP code must agree with it."""
    long = identity.zip if identity and identity.zip.startswith(here.get("zip") or "") else here.get("zip", "")
    street, city, state = (here.get(name, "") for name in ("street", "city", "state"))
    return Organisation(
        name=here["name"],
        npi=here["npi"],
        address=Address(street=street, city=city, state=state, zip=long),
        tax_id=identity.tax_id if identity else "",
        taxonomy=identity.taxonomy if identity else "",
        contact_name=identity.contact_name if identity else "",
        phone=identity.contact_phone if identity else "",
    )


def _payer(organisation, identity, filing):
    if identity is None:
        return Payer(name=organisation.name, id="", filing=filing)
    address = Address(street=identity.street, city=identity.city, state=identity.state, zip=identity.zip)
    contact = Contact(name=identity.contact_name, phone=identity.contact_phone)
    return Payer(
        name=organisation.name,
        id=identity.edi_id,
        filing=filing,
        address=address,
        tax_id=identity.tax_id,
        contact=contact,
    )


def _subscriber(patient, cover):
    last, first = names(patient.get("name", ""))
    born = patient.get("born_on")
    return Subscriber(
        last_name=last,
        first_name=first,
        member_id=patient.get("member_id", ""),
        group_number=cover.get("group", ""),
        born_on=date.fromisoformat(born) if born else None,
        sex=SEX.get(patient.get("sex"), "U"),
        address=Address(**{name: patient.get(name, "") for name in ("street", "city", "state", "zip")}),
    )


def names(written):
    """'Okafor, Ada' -> ('Okafor', 'Ada'). A member whose feed has no name ('Patient 1a2b3c4d') has none in a claim either."""
    last, comma, first = written.partition(",")
    return (last.strip(), first.strip()) if comma or not last.startswith("Patient ") else ("", "")


def _remitted(lines):
    """One CLP: the lines of a claim that this remittance pays, or takes back."""
    first = lines[0]
    claim, sign = first.claim, -1 if first.is_reversal else 1
    paid = sum(line.paid_cents for line in lines)
    made = tuple(_remitted_line(line, sign) for line in lines)
    last, given = names(claim.snapshot.get("patient", {}).get("name", ""))
    cover = claim.snapshot.get("coverage") or {}
    is_unknown = not paid and any(cut.reason == NOT_OUR_INSURED for line in made for cut in line.adjustments)
    status = REVERSED if first.is_reversal else UNKNOWN_PATIENT if is_unknown else PROCESSED
    return RemittedClaim(
        control_number=claim.number,
        status=status,
        charge_cents=sum(line.charge_cents for line in lines),
        paid_cents=paid,
        patient_cents=sum(cut.cents for line in made for cut in line.adjustments if cut.group == "PR"),
        filing=FILING.get(cover.get("line_of_business"), ""),
        icn=claim.icn,
        place=visit_reasons().get(claim.snapshot.get("protocol"), {}).get("place", "01"),
        frequency=claim.frequency,
        last_name=last,
        first_name=given,
        member_id=claim.snapshot.get("patient", {}).get("member_id", ""),
        lines=made,
    )


def _remitted_line(row, sign):
    cuts = [cut for cut in row.service_line.adjustments.all() if cut.decision == row.claim.decision]
    merged = {}
    for cut in cuts:
        merged[cut.group, cut.carc] = merged.get((cut.group, cut.carc), 0) + sign * cut.amount_cents
    return RemittedLine(
        code=row.service_line.code,
        charge_cents=row.charge_cents,
        paid_cents=row.paid_cents,
        units=Decimal(row.service_line.units),
        service_on=row.claim.service_on,
        ref=f"{row.claim.number}-{row.service_line.line_number}",
        adjustments=tuple(Adjustment(group=group, reason=carc, cents=cents) for (group, carc), cents in merged.items()),
        remarks=tuple(dict.fromkeys(cut.rarc for cut in cuts if cut.rarc)),
    )
