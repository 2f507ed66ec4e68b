"""X12 837P 005010X222A1 out: professional claims. Loop numbers are those of the implementation guide.

source: domain/billing.md 5.4; every file in the tests is judged by pyx12's map of the guide
"""

from itertools import groupby

from . import checks
from .x12 import (
    FIRST,
    MIDDLE,
    NOTE,
    CannotWrite,
    Envelope,
    address_segments,
    amount,
    code,
    day,
    interchange,
    number,
    segment,
    words,
)

VERSION = "005010X222A1"


def write(claims, *, submitter, receiver, control, at, is_test=False):
    """The file as text. `claims` are ClaimDocuments, `submitter` and `receiver` Traders. Raises CannotWrite with all faults."""
    faults = [
        *checks.faults_of_traders(submitter, receiver),
        *(each for claim in claims for each in checks.faults(claim)),
    ]
    if not claims:
        faults.append("There is no claim to write.")
    if faults:
        raise CannotWrite(*faults)
    envelope = Envelope(
        sender=submitter.id, receiver=receiver.id, control=control, at=at, kind="HC", transaction="837", version=VERSION,
        has_version_in_st=True, is_test=is_test,
    )  # fmt: skip
    return interchange(envelope, [_transaction(claims, submitter, receiver, control, at)])


def _transaction(claims, submitter, receiver, control, at):
    found = [segment("BHT", "0019", "00", str(control), day(at), f"{at:%H%M}", "CH"), *_traders(submitter, receiver)]
    level = 0
    in_order = sorted(claims, key=lambda claim: (claim.billing.npi, claim.subscriber.member_id, claim.payer.id))
    for billing, of_billing in groupby(in_order, key=lambda claim: (claim.billing, claim.pay_to)):
        level = parent = level + 1
        found += _billing(level, *billing)
        for (subscriber, payer), mine in groupby(of_billing, key=lambda claim: (claim.subscriber, claim.payer)):
            level += 1
            found += _subscriber(level, parent, subscriber, payer)
            found += [line for claim in mine for line in _claim(claim)]
    return found


def _traders(submitter, receiver):
    """Loops 1000A and 1000B."""
    contact = submitter.contact
    return [
        segment(
            "NM1", "41", "2", words(submitter.name, at="Sender"), "", "", "", "", "46", code(submitter.id, at="Sender")
        ),
        segment("PER", "IC", words(contact.name, at="Contact"), "TE", contact.phone),
        segment(
            "NM1",
            "40",
            "2",
            words(receiver.name, at="Receiver"),
            "",
            "",
            "",
            "",
            "46",
            code(receiver.id, at="Receiver"),
        ),
    ]


def _billing(level, billing, pay_to):
    """Loop 2000A with 2010AA and, where the money goes elsewhere, 2010AB."""
    found = [
        segment("HL", str(level), "", "20", "1"),
        segment("PRV", "BI", "PXC", code(billing.taxonomy, at="Taxonomy")),
        segment("NM1", "85", "2", words(billing.name, at="Billing provider"), "", "", "", "", "XX", billing.npi),
        *address_segments(billing.address, at="Billing provider"),
        segment("REF", "EI", billing.tax_id),
    ]
    return found + ([segment("NM1", "87", "2"), *address_segments(pay_to, at="Pay-to address")] if pay_to else [])


def _subscriber(level, parent, who, payer):
    """Loop 2000B with 2010BA and 2010BB."""
    return [
        segment("HL", str(level), str(parent), "22", "0"),
        segment("SBR", "P", "18", code(who.group_number, at="Group number"), "", "", "", "", "", payer.filing),
        _person("IL", who, "MI", who.member_id, at="Patient"),
        *address_segments(who.address, at="Patient"),
        segment("DMG", "D8", day(who.born_on), who.sex),
        segment(
            "NM1",
            "PR",
            "2",
            words(payer.name, at="Payer"),
            "",
            "",
            "",
            "",
            "PI",
            code(payer.id, at="Payer id", fewest=2),
        ),
        *(address_segments(payer.address, at="Payer") if payer.address else []),
    ]


def _claim(claim):
    """Loop 2300 with its people and lines."""
    said = "A" if claim.accepts_assignment else "C"
    pays = "Y" if claim.pays_provider else "N"
    number_ = code(claim.control_number, at="Claim number")
    found = [
        segment(
            "CLM",
            number_,
            amount(claim.charge_cents),
            "",
            "",
            (claim.place, "B", claim.frequency),
            "Y",
            said,
            pays,
            "Y",
        )
    ]
    for qualifier, value in (("G1", claim.authorization), ("F8", claim.original_icn), ("X4", claim.clia)):
        found += [segment("REF", qualifier, code(value, at=f"Reference {qualifier}"))] if value else []
    found += [segment("NTE", "ADD", words(claim.note, at="Note", most=NOTE))] if claim.note else []
    kinds = ["ABK", *["ABF"] * (len(claim.diagnoses) - 1)]
    found.append(segment("HI", *zip(kinds, map(undotted, claim.diagnoses), strict=True)))
    found += _people(claim)
    return found + [each for at, line in enumerate(claim.lines, 1) for each in _line(at, line)]


def undotted(diagnosis):
    """'E11.9' -> 'E119'; both formats write diagnoses without the point."""
    return diagnosis.replace(".", "")


def _people(claim):
    """Loops 2310A to 2310D; the facility only where it is not the billing provider itself."""
    found = []
    if claim.referring:
        found.append(_person("DN", claim.referring, "XX", claim.referring.npi, at="Referring provider"))
    if claim.rendering:
        found.append(_person("82", claim.rendering, "XX", claim.rendering.npi, at="Rendering provider"))
        if claim.rendering.taxonomy:
            found.append(segment("PRV", "PE", "PXC", code(claim.rendering.taxonomy, at="Taxonomy")))
    if facility := differing_facility(claim):
        id_ = ("XX", facility.npi) if facility.npi else ()
        found.append(segment("NM1", "77", "2", words(facility.name, at="Facility"), "", "", "", "", *id_))
        found += address_segments(facility.address, at="Facility")
    if claim.supervising:
        found.append(_person("DQ", claim.supervising, "XX", claim.supervising.npi, at="Supervising provider"))
    return found


def differing_facility(claim):
    """Where it was done, or None where that is the billing provider's own address."""
    here = claim.facility
    return None if here is None or (here.npi, here.address) == (claim.billing.npi, claim.billing.address) else here


def _line(at, line):
    """Loop 2400 with 2410."""
    service = ("HC", code(line.code, at="Service code"), *(code(each, at="Modifier") for each in line.modifiers))
    pointers = tuple(map(str, line.pointers))
    found = [
        segment("LX", str(at)),
        segment("SV1", service, amount(line.charge_cents), "UN", str(line.units), "", "", pointers),
        segment("DTP", "472", "D8", day(line.service_on)),
    ]
    found += [segment("REF", "6R", code(line.ref, at="Line reference"))] if line.ref else []
    if line.drug:
        found.append(segment("LIN", "", "N4", line.drug.ndc))
        found.append(segment("CTP", "", "", "", number(line.drug.quantity), (line.drug.unit,)))
    return found


def _person(role, who, qualifier, id_, *, at):
    last, first = words(who.last_name, at=at), words(who.first_name, at=at, most=FIRST)
    middle = words(getattr(who, "middle_name", ""), at=at, most=MIDDLE)
    return segment(
        "NM1", role, "1", last, first, middle, "", "", qualifier, code(id_, at=f"{at}, id", fewest=2, most=80)
    )
