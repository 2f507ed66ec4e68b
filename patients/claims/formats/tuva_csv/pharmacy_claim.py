"""Tuva pharmacy_claim, with the optional columns for transactions, prescriptions and costs."""

import re
from functools import partial

from ...checks import LONGEST_SUPPLY_DAYS, Rejected, day_number, not_in_the_future, present, problem, supply
from ...fields import (
    BOOL,
    CENTS,
    CODE,
    DATE,
    DAYS,
    ID,
    LINE_NUMBER,
    NDC,
    NDC_OK,
    NPI_OK,
    QUANTITY,
    SHORT,
    Cached,
    one_of,
    whole,
)
from ...records import PHARMACY_CLAIM, words
from ..reading.shape import In, Shape
from .pharmacy_columns import PharmacyColumns

TRANSACTION = Cached(one_of({"": "", "B1": "B1", "B2": "B2", "B3": "B3"}))
CHANNEL = Cached(one_of({word: word for word in ("", "retail", "mail", "ltc", "specialty", "other")}, None))
DISPENSING_STATUS = Cached(one_of({"": "", "P": "P", "C": "C"}))  # NCPDP 343-HD: partial fill, completion of one
FILLS = Cached(whole(0, 99))
CMS_PLAN = re.compile(r"([A-Za-z][0-9]{4})-([0-9]{3})(?:-[0-9]{3})?")


def plan_parts(plan):
    """`H1234-001` -> ("H1234", "001"): CMS contract and plan benefit package. Anything else -> ("", "")."""
    match = CMS_PLAN.fullmatch(plan)
    return (match[1].upper(), match[2]) if match else ("", "")


PLAN_PARTS = Cached(plan_parts)

INPUTS = (
    In("claim_id", ID, needed=True, checked=("missing",)),
    In("claim_line_number", LINE_NUMBER, needed=True, checked=("missing",)),
    In("member_id", ID, checked=("missing",)),
    In("person_id", ID),
    In("plan", SHORT),
    In("dispensing_provider_npi", SHORT),
    In("prescribing_provider_npi", SHORT),
    In("dispensing_date", DATE, needed=True, checked=("in_the_future", "missing")),
    In("ndc_code", NDC, needed=True),
    In("quantity", QUANTITY, checked=("negative_quantity",)),
    In("days_supply", DAYS, checked=("out_of_range",)),
    In("refills", FILLS),
    In("rx_number", SHORT),
    In("fill_number", FILLS),
    In("paid_date", DATE),
    In("paid_amount", CENTS),
    In("allowed_amount", CENTS),
    In("charge_amount", CENTS),
    In("coinsurance_amount", CENTS),
    In("copayment_amount", CENTS),
    In("deductible_amount", CENTS),
    In("usual_and_customary", CENTS),
    In("ingredient_cost", CENTS),
    In("dispensing_fee", CENTS),
    In("patient_pay", CENTS),
    In("in_network_flag", BOOL),
    In("channel", CHANNEL),
    In("transaction_code", TRANSACTION),
    In("original_claim_id", ID),
    In("authorization_number", CODE),
    In("daw_code", CODE),
    In("rx_origin_code", CODE),
    In("compound_flag", BOOL),
    In("dispensing_status", DISPENSING_STATUS),
    In("cash_flag", BOOL),
    In("drug_340b_flag", BOOL),
    In("sold_date", DATE),
    In("refills_left", FILLS),
    In("data_source", SHORT),
)
EXTRAS = frozenset(
    words(
        "channel rx_number fill_number transaction_code original_claim_id usual_and_customary ingredient_cost "
        "dispensing_fee patient_pay authorization_number daw_code rx_origin_code compound_flag dispensing_status cash_flag "
        "drug_340b_flag sold_date refills_left"
    )
)
KNOWN = (
    *words(
        "claim_id claim_line_number person_id member_id payer plan prescribing_provider_npi dispensing_provider_npi"
    ),
    *words("dispensing_date ndc_code quantity days_supply refills paid_date paid_amount allowed_amount charge_amount"),
    *words("coinsurance_amount copayment_amount deductible_amount in_network_flag data_source file_name file_date"),
    *words("ingest_datetime rx_number fill_number transaction_code original_claim_id usual_and_customary"),
    *words("ingredient_cost dispensing_fee patient_pay channel authorization_number daw_code rx_origin_code"),
    *words("compound_flag dispensing_status cash_flag drug_340b_flag sold_date refills_left"),
)


def build(values, seen):
    """One row a line.

    Reversal: transaction B2; or no transaction code, a negative quantity and a paid amount that is not positive, which
    is how feeds without transaction codes write one. A negative quantity otherwise (B1, B3, or paid) is a problem.
    B3 (rebill) reverses `original_claim_id` and is itself a claim. The version is the paid date's day number.
    """
    claim_id, claim_line, member_id, person_id, plan, pharmacy, prescriber, filled_on, ndc, quantity, days = values[:11]
    paid_on, paid_cents = values[14:16]
    transaction = values[27]
    is_negative = quantity is not None and quantity < 0
    if transaction:
        is_reversal = transaction == "B2"
    else:
        is_reversal = is_negative and (paid_cents is None or paid_cents <= 0)
        transaction = "B2" if is_reversal else "B1"
    is_whole = claim_id and claim_line and (member_id or person_id) and filled_on is not None
    if not is_whole or is_negative or filled_on > seen.today or not (days is None or 0 < days <= LONGEST_SUPPLY_DAYS):
        days = _check(values, is_negative, is_reversal, seen)
    if not (member_id and days and quantity is not None and NDC_OK[ndc] and NPI_OK[pharmacy] and NPI_OK[prescriber]):
        _count(values, days, seen.notes)
    if paid_on is None or paid_on < filled_on:
        seen.notes["no_paid_date" if paid_on is None else "paid_before_service"] += 1
    return (
        (claim_id, claim_line, member_id or person_id, person_id, plan, *PLAN_PARTS[plan], *values[5:10], days)
        + (*values[11:27], transaction, *values[28:30], day_number(paid_on), is_reversal, *values[30:]),
    )


def _count(values, days_supply, notes):
    """Count what the line lacks."""
    pharmacy_ref, prescriber_ref, ndc, quantity = values[5], values[6], values[8], values[9]
    if not values[2]:
        notes["member_id_from_person_id"] += 1
    if days_supply is None:
        notes["no_days_supply"] += 1
    if quantity is None:
        notes["no_quantity"] += 1
    if not NDC_OK[ndc]:
        notes["ndc_not_11_digits" if ndc else "no_ndc"] += 1
    if not NPI_OK[pharmacy_ref]:
        notes["pharmacy_ref_not_npi" if pharmacy_ref else "no_pharmacy"] += 1
    if not NPI_OK[prescriber_ref]:
        notes["prescriber_ref_not_npi" if prescriber_ref else "no_prescriber"] += 1


def _check(values, is_negative, is_reversal, seen):
    """Every cross-field problem of the line, or the days supply to keep."""
    problems = []
    present(problems, "claim_id", values[0])
    present(problems, "claim_line_number", values[1])
    present(problems, "member_id", values[2] or values[3])
    present(problems, "dispensing_date", values[7])
    not_in_the_future(problems, "dispensing_date", values[7], seen.today)
    if is_negative and not is_reversal:
        says = "is negative on a line that is not a reversal."
        problems.append(problem("quantity", "negative_quantity", says))
    days_supply = supply(problems, "days_supply", values[10], is_reversal=is_reversal)
    if problems:
        raise Rejected(problems)
    return days_supply


PHARMACY_CLAIM_SHAPE = Shape(
    code="pharmacy_claim",
    layout=PHARMACY_CLAIM,
    inputs=INPUTS,
    build=build,
    known=KNOWN,
    extras=EXTRAS,
    needed_groups=(("member_id", "person_id"),),
    columns=partial(PharmacyColumns, inputs=INPUTS, plan_parts=PLAN_PARTS),
)
