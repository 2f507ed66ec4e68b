"""One prescription drug event (DET, or ACC and INF in the files that CMS returns) as a pharmacy claim."""

from collections import namedtuple

from ...checks import Rejected, day_number, not_before_birth, not_in_the_future, present, problem, supply
from ...fields import (
    CODE,
    COMPACT_DATE,
    DAYS,
    ID,
    NDC,
    NDC_OK,
    NPI_OK,
    SHORT,
    Cached,
    FieldFault,
    one_of,
    whole,
)
from ...zoned import ZONED_CENTS, ZONED_QUANTITY
from ..cms_rif.pde import CHANNEL, DISPENSING_STATUS

ADJUSTMENT = Cached(one_of({"": "", "A": "A", "D": "D"}))
# NCPDP 406-D6: 0 not specified, 1 not a compound, 2 compound.
COMPOUND = Cached(one_of({"": "", "0": "", "1": "no", "2": "yes"}))
IS_COMPOUND = {"": None, "no": False, "yes": True}
FILL_NUMBER = Cached(whole(0, 99))
PART_OF_340B = "20"  # NCPDP 420-DK: a drug bought under section 340B
RANKS = {"": 0, "A": 1, "D": 2}
REJECTED = "REJ"

READ = {
    "MEDICARE BENEFICIARY IDENTIFIER": ID,
    "CARDHOLDER ID": ID,
    "DATE OF BIRTH": COMPACT_DATE,
    "DATE OF SERVICE": COMPACT_DATE,
    "PAID DATE": COMPACT_DATE,
    "RX REFERENCE NUMBER": SHORT,
    "PRODUCT SERVICE ID": NDC,
    "SERVICE PROVIDER ID QUALIFIER": CODE,
    "SERVICE PROVIDER ID": CODE,
    "FILL NUMBER": FILL_NUMBER,
    "DISPENSING STATUS": DISPENSING_STATUS,
    "COMPOUND CODE": COMPOUND,
    "DAW CODE": CODE,
    "QUANTITY DISPENSED": ZONED_QUANTITY,
    "DAYS SUPPLY": DAYS,
    "PRESCRIBER ID": CODE,
    "DRUG COVERAGE STATUS CODE": CODE,
    "ADJUSTMENT DELETION CODE": ADJUSTMENT,
    "INGREDIENT COST PAID": ZONED_CENTS,
    "DISPENSING FEE PAID": ZONED_CENTS,
    "SALES TAX": ZONED_CENTS,
    "PATIENT PAY AMOUNT": ZONED_CENTS,
    "CPP AMOUNT": ZONED_CENTS,
    "NPP AMOUNT": ZONED_CENTS,
}
READ_OF_TAIL = {
    "VACCINE ADMINISTRATION FEE": ZONED_CENTS,
    "PRESCRIPTION ORIGIN CODE": CODE,
    "PHARMACY SERVICE TYPE": CHANNEL,
    "SUBMISSION CLARIFICATION CODE": CODE,
}
Event = namedtuple("Event", [name.replace(" ", "_").lower() for name in (*READ, *READ_OF_TAIL)])
# Where a batch stands: contract, plan benefit package, the day on which the file was sent to CMS, and whether in earnest.
Batch = namedtuple("Batch", "contract pbp sent_on is_production")


Plan = namedtuple("Plan", "edition head tail")


def plan_of(edition):
    """How the details of a file are read: (name, reader, place) of the fields before the tail and in it."""
    return Plan(
        edition,
        tuple((name, reader.careful, edition.places[name]) for name, reader in READ.items()),
        tuple((name, reader.careful, edition.places[name]) for name, reader in READ_OF_TAIL.items()),
    )


NO_TAIL = tuple(reader.careful("") for reader in READ_OF_TAIL.values())


def build(line, plan, batch, seen):
    """The rows of one detail record (text, without its line end): one, or none of an event that CMS rejected."""
    if line.startswith(REJECTED):
        seen.notes["pde_rejected_by_cms"] += 1
        return []
    event = _read(line, plan, seen)
    seen.notes["pde_not_production"] += not batch.is_production
    days_supply = _check(event, seen)
    if event.adjustment_deletion_code != "D":  # it need not name what it deletes
        _count(event, days_supply, seen.notes)
    member_id = event.medicare_beneficiary_identifier or event.cardholder_id
    costs = (event.ingredient_cost_paid, event.dispensing_fee_paid, event.sales_tax, event.vaccine_administration_fee)
    is_reversal = event.adjustment_deletion_code == "D"
    rx_number = event.rx_reference_number.lstrip("0")
    version = day_number(batch.sent_on or event.paid_date or event.date_of_service) * len(RANKS)
    row = (
        (
            _key(event, rx_number, member_id, batch),
            1,
            member_id,
            "",
            "-".join(filter(None, (batch.contract, batch.pbp))),
        )
        + (batch.contract, batch.pbp, event.service_provider_id, event.prescriber_id, event.date_of_service)
        + (event.product_service_id, event.quantity_dispensed, days_supply, None, rx_number, event.fill_number)
        + (event.paid_date, _sum(event.cpp_amount, event.npp_amount), _sum(*costs), None, None, None, None, None)
        + (event.ingredient_cost_paid, event.dispensing_fee_paid, event.patient_pay_amount, None)
        + (event.pharmacy_service_type, "B2" if is_reversal else "B1", "", "")
        + (version + RANKS[event.adjustment_deletion_code], is_reversal, event.daw_code)
        + (event.prescription_origin_code, IS_COMPOUND[event.compound_code], event.dispensing_status, None)
        + (True if event.submission_clarification_code == PART_OF_340B else None, None, None, "")
    )
    return [("pharmacy_claim", row)]


def _key(event, rx_number, member_id, batch):
    """What CMS holds an original, its adjustments and its deletion together by, without the member.

    A reference number is unique for a pharmacy and a day of service (CMS, record layout), so that the member adds nothing;
    and a deletion may come under a member's new identifier. The claim control number is optional, and a plan may give each
    submission another one: it is no part of the key. An event without a reference number is known by member and product.
    """
    parts = [batch.contract, event.service_provider_id_qualifier, event.service_provider_id]
    parts += [rx_number] if rx_number else [member_id, event.product_service_id]
    parts += [event.date_of_service.isoformat(), str(event.fill_number or 0), event.dispensing_status]
    return "/".join(parts)[:100]


def _sum(*amounts):
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _read(line, plan, seen):
    size = plan.edition.size
    if len(line) > size:
        raise Rejected([problem("line", "record_length", f"is longer than {size} characters.")])
    if len(line) < plan.edition.least:
        raise Rejected([problem("line", "record_length", "is cut off before the adjustment code.")])
    line = line.ljust(size)
    has_tail = plan.edition.has_tail(line)
    values, problems = [], []
    for name, careful, place in plan.head + plan.tail if has_tail else plan.head:
        try:
            values.append(careful(line[place]))
        except FieldFault as fault:
            problems.append(problem(name, fault.code, f"{fault.message}."))
    if problems:
        raise Rejected(problems)
    if not has_tail:
        seen.notes["pde_tail_unread"] += 1
        values += NO_TAIL
    return Event(*values)


def _check(event, seen):
    problems = []
    is_reversal = event.adjustment_deletion_code == "D"
    present(problems, "MEDICARE BENEFICIARY IDENTIFIER", event.medicare_beneficiary_identifier or event.cardholder_id)
    present(problems, "DATE OF SERVICE", event.date_of_service)
    present(problems, "SERVICE PROVIDER ID", event.service_provider_id)
    not_in_the_future(problems, "DATE OF SERVICE", event.date_of_service, seen.today)
    not_before_birth(problems, "DATE OF SERVICE", event.date_of_service, event.date_of_birth)
    if event.quantity_dispensed is not None and event.quantity_dispensed < 0 and not is_reversal:
        problems.append(
            problem("QUANTITY DISPENSED", "negative_quantity", "is negative on a record that deletes nothing.")
        )
    days_supply = supply(problems, "DAYS SUPPLY", event.days_supply, is_reversal=is_reversal)
    if problems:
        raise Rejected(problems)
    return days_supply


def _count(event, days_supply, notes):
    notes["no_days_supply"] += days_supply is None
    notes["no_quantity"] += event.quantity_dispensed is None
    notes["no_rx_number"] += not event.rx_reference_number.strip("0")
    notes["paid_before_service"] += event.paid_date is not None and event.paid_date < event.date_of_service
    notes["drug_not_covered"] += event.drug_coverage_status_code in ("E", "O")
    if not NDC_OK[event.product_service_id]:
        notes["ndc_not_11_digits" if event.product_service_id else "no_ndc"] += 1
    if not NPI_OK[event.service_provider_id]:
        notes["pharmacy_ref_not_npi"] += 1
    if not NPI_OK[event.prescriber_id]:
        notes["prescriber_ref_not_npi" if event.prescriber_id else "no_prescriber"] += 1
