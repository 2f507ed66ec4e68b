"""X12 835 005010X221A1 out: one payment and what it is for, of a document that balances.

Money moves by other means (BPR01 is I, remittance alone): bank accounts are none of this file's business.
source: domain/billing.md 5.4; every file in the tests is judged by pyx12's map of the guide
"""

from itertools import groupby

from carecoord.kernel.npi import is_npi

from . import balance, checks
from .x12 import FIRST, CannotWrite, Envelope, address_segments, amount, code, day, interchange, number, segment, words

VERSION = "005010X221A1"
TRIPLES, PAIRS = 6, 6
TRANSFER = "CCP"
"""The form of transfer that the law sets for providers: CCD with an addendum, which carries the trace number."""
PLANS = ("12", "13", "14", "15", "16", "17", "AM", "CH", "DS", "HM", "LM", "MA", "MB", "MC", "OF", "TV", "VA", "WC")
UNKNOWN_PLAN = "ZZ"
"""CLP06 has fewer kinds of plan than SBR09 of the 837P: no CI, for one."""
NEED_A_REMARK = ("16", "96", "A1")


def write(document, *, sender, receiver, control, at, is_test=False):
    """The file as text. Raises CannotWrite with what is missing, and with the numbers where it does not balance."""
    faults = [*_missing(document), *(fault.sentence for fault in balance.faults(document))]
    if faults:
        raise CannotWrite(*faults)
    envelope = Envelope(
        sender=sender,
        receiver=receiver,
        control=control,
        at=at,
        kind="HP",
        transaction="835",
        version=VERSION,
        is_test=is_test,
    )
    return interchange(envelope, [[*_header(document, at), *_claims(document), *_provider_level(document)]])


def _missing(document):
    payer, payee = document.payer, document.payee
    if not payer.name or not payer.tax_id or payer.address is None or payer.contact is None:
        yield "The payer's name, tax number, address or contact is missing; the PBM enters them under Payers in claim files."
    if not is_npi(payee.npi) or not payee.tax_id:
        yield "The pharmacy's NPI or tax number (EIN) is missing; the pharmacy enters it under Billing."
    yield from checks.faults_of_address(payee.address, "the pharmacy")
    if payer.address:
        yield from checks.faults_of_address(payer.address, "the payer")
    if not document.trace:
        yield "The payment has no trace number."
    if document.total_cents < 0:
        yield "A payment is never below zero: carry the rest forward with a provider-level adjustment."
    for claim in document.claims:
        for each in claim.lines:
            bare = {cut.reason for cut in each.adjustments} & set(NEED_A_REMARK)
            if bare and not each.remarks:
                yield f"Claim {claim.control_number}: reason {', '.join(sorted(bare))} needs a remark code (RARC)."


def _header(document, at):
    """BPR to loop 1000B."""
    payer, payee = document.payer, document.payee
    company = f"1{payer.tax_id}"
    bank = [TRANSFER if document.method == "ACH" else "", *[""] * 4, company, *[""] * 5]
    return [
        segment("BPR", "I", amount(document.total_cents), "C", document.method, *bank, day(document.paid_on)),
        segment("TRN", "1", code(document.trace, at="Trace number"), company),
        segment("DTM", "405", day(document.produced_on or at)),
        segment("N1", "PR", words(payer.name, at="Payer")),
        *address_segments(payer.address, at="Payer"),
        segment("PER", "BL", words(payer.contact.name, at="Payer's contact"), "TE", payer.contact.phone),
        segment("N1", "PE", words(payee.name, at="Payee"), "XX", payee.npi),
        *address_segments(payee.address, at="Payee"),
        segment("REF", "TJ", payee.tax_id),
    ]


def _claims(document):
    if not document.claims:
        return []
    return [segment("LX", "1"), *(each for claim in document.claims for each in _claim(claim))]


def _claim(claim):
    """Loop 2100 with its lines. A reversal tells no patient's share."""
    patient = "" if claim.is_reversal else amount(claim.patient_cents)
    plan = claim.filing if claim.filing in PLANS else UNKNOWN_PLAN
    found = [
        segment(
            "CLP", code(claim.control_number, at="Claim number"), claim.status, amount(claim.charge_cents),
            amount(claim.paid_cents), patient, plan, code(claim.icn, at="Control number"), claim.place, claim.frequency,
        ),
        *_cas(claim.adjustments),
        segment(
            "NM1", "QC", "1", words(claim.last_name, at="Patient"), words(claim.first_name, at="Patient", most=FIRST), "", "", "",
            *(("MI", code(claim.member_id, at="Member id", fewest=2, most=80)) if claim.member_id else ()),
        ),
    ]  # fmt: skip
    return found + [each for line in claim.lines for each in _line(line)]


def _line(line):
    """Loop 2110."""
    service = ("HC", code(line.code, at="Service code"), *line.modifiers)
    found = [segment("SVC", service, amount(line.charge_cents), amount(line.paid_cents), "", number(line.units))]
    found += [segment("DTM", "472", day(line.service_on))] if line.service_on else []
    found += _cas(line.adjustments)
    found += [segment("REF", "6R", code(line.ref, at="Line reference"))] if line.ref else []
    found += [segment("AMT", "B6", amount(line.allowed_cents))] if line.allowed_cents is not None else []
    return found + [segment("LQ", "HE", code(remark, at="Remark code")) for remark in line.remarks]


def _cas(adjustments):
    """One CAS for each six triples of a group."""
    found = []
    for group, mine in groupby(sorted(adjustments, key=lambda each: each.group), key=lambda each: each.group):
        mine = list(mine)
        for at in range(0, len(mine), TRIPLES):
            triples = [
                (x.reason, amount(x.cents), number(x.quantity) if x.quantity else "") for x in mine[at : at + TRIPLES]
            ]
            found.append(segment("CAS", group, *(element for triple in triples for element in triple)))
    return found


def _provider_level(document):
    """PLB: the last day of the payer's year, and six adjustments a segment."""
    found, year_end = [], f"{document.paid_on.year}1231"
    adjustments = document.provider_adjustments
    for at in range(0, len(adjustments), PAIRS):
        pairs = [((x.reason, code(x.reference, at="PLB")), amount(x.cents)) for x in adjustments[at : at + PAIRS]]
        found.append(segment("PLB", document.payee.npi, year_end, *(element for pair in pairs for element in pair)))
    return found
