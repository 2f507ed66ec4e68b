"""Tuva medical_claim."""

from ...checks import Rejected, day_number, in_order, not_in_the_future, present
from ...fields import CENTS, CODE, DATE, ID, LINE_NUMBER, MEDICAL_CODE, QUANTITY, SHORT, Cached, code, one_of
from ...records import MEDICAL_CLAIM, words
from ..reading.care import diagnosis_type_on, distinct, is_void_bill, setting_of
from ..reading.shape import In, Shape

CLAIM_TYPES = ("institutional", "professional", "dental", "vision", "pharmacy", "undetermined")
CLAIM_TYPE = Cached(one_of({name: name for name in CLAIM_TYPES} | {"": "undetermined"}))
DIAGNOSIS_TYPE = Cached(
    one_of(
        {"": "", "icd-10-cm": "icd-10-cm", "icd-9-cm": "icd-9-cm", "icd-10-pcs": "icd-10-pcs", "icd-9-pcs": "icd-9-pcs"}
    )
)
PROCEDURE_TYPE = Cached(code(20, upper=False))
MOST_CODES = 25

HEAD = (
    In("claim_id", ID, needed=True, checked=("missing",)),
    In("claim_line_number", LINE_NUMBER, needed=True, checked=("missing",)),
    In("member_id", ID, checked=("missing",)),
    In("person_id", ID),
    In("plan", SHORT),
    In("claim_type", CLAIM_TYPE),
    In("claim_start_date", DATE, needed=True, checked=("in_the_future", "missing")),
    In("claim_end_date", DATE, checked=("end_before_start",)),
    In("claim_line_start_date", DATE),
    In("claim_line_end_date", DATE, checked=("end_before_start",)),
    In("admission_date", DATE),
    In("discharge_date", DATE, checked=("end_before_start",)),
    In("discharge_disposition_code", CODE),
    In("place_of_service_code", CODE),
    In("bill_type_code", CODE),
    In("drg_code", CODE),
    In("revenue_center_code", CODE),
    In("hcpcs_code", CODE),
    In("service_unit_quantity", QUANTITY),
    In("rendering_npi", SHORT),
    In("billing_npi", SHORT),
    In("facility_npi", SHORT),
    In("paid_date", DATE),
    In("paid_amount", CENTS),
    In("allowed_amount", CENTS),
    In("charge_amount", CENTS),
    In("diagnosis_code_type", DIAGNOSIS_TYPE),
    In("procedure_code_type", PROCEDURE_TYPE),
    In("data_source", SHORT),
)
MODIFIERS = tuple(In(f"hcpcs_modifier_{place}", CODE) for place in range(1, 6))
DIAGNOSES = tuple(In(f"diagnosis_code_{place}", MEDICAL_CODE) for place in range(1, MOST_CODES + 1))
PROCEDURES = tuple(In(f"procedure_code_{place}", MEDICAL_CODE) for place in range(1, MOST_CODES + 1))
CUTS = (len(HEAD), len(HEAD) + 5, len(HEAD) + 5 + MOST_CODES)
KNOWN = (
    *words("claim_id claim_line_number claim_type person_id member_id payer plan claim_start_date claim_end_date"),
    *words("claim_line_start_date claim_line_end_date admission_date discharge_date admit_source_code"),
    *words("admit_type_code discharge_disposition_code place_of_service_code bill_type_code drg_code_type"),
    *words("drg_code revenue_center_code service_unit_quantity hcpcs_code"),
    *(one.name for one in MODIFIERS),
    *words("rendering_npi rendering_tin billing_npi billing_tin facility_npi paid_date paid_amount"),
    *words("allowed_amount charge_amount coinsurance_amount copayment_amount deductible_amount"),
    *words("total_cost_amount diagnosis_code_type"),
    *(one.name for one in DIAGNOSES),
    *(f"diagnosis_poa_{place}" for place in range(1, MOST_CODES + 1)),
    "procedure_code_type",
    *(one.name for one in PROCEDURES),
    *(f"procedure_date_{place}" for place in range(1, MOST_CODES + 1)),
    *words("in_network_flag data_source file_name file_date ingest_datetime"),
)


def build(values, seen):
    """One row a line. A bill of frequency 8 cancels the claim: a reversal. The version is the day number of payment."""
    head, modifiers, diagnoses, procedures = (
        values[: CUTS[0]],
        values[CUTS[0] : CUTS[1]],
        values[CUTS[1] : CUTS[2]],
        values[CUTS[2] :],
    )
    (claim_id, claim_line, member_id, person_id, plan, claim_type) = head[:6]
    (starts_on, ends_on, line_starts_on, line_ends_on, admitted_on, discharged_on) = head[6:12]
    (disposition, place, bill_type, drg, revenue_code, hcpcs, units, rendering, billing, facility) = head[12:22]
    (paid_on, paid, allowed, charge, stated_type, procedure_type, source) = head[22:]
    _check(head, seen)
    diagnoses = distinct(diagnoses)
    diagnosis_type = _diagnosis_type(stated_type, diagnoses, ends_on or starts_on, seen)
    procedures = distinct(procedures)
    notes = seen.notes
    if not member_id:
        notes["member_id_from_person_id"] += 1
    if paid_on is None:
        notes["no_paid_date"] += 1
    elif paid_on < starts_on:
        notes["paid_before_service"] += 1
    is_void = is_void_bill(bill_type)
    return (
        (claim_id, claim_line, member_id or person_id, person_id, plan, claim_type)
        + (setting_of(claim_type, bill_type, place), starts_on, ends_on, line_starts_on, line_ends_on)
        + (admitted_on, discharged_on, disposition, place, bill_type, drg, revenue_code, hcpcs)
        + (tuple(filter(None, modifiers)), units, rendering, billing, facility, paid_on, paid, allowed, charge)
        + (diagnosis_type, diagnoses, procedure_type if procedures else "", procedures)
        + ("B2" if is_void else "B1", "", day_number(paid_on), is_void, source, "", ""),
    )


def _check(head, seen):
    problems = []
    present(problems, "claim_id", head[0])
    present(problems, "claim_line_number", head[1])
    present(problems, "member_id", head[2] or head[3])
    present(problems, "claim_start_date", head[6])
    not_in_the_future(problems, "claim_start_date", head[6], seen.today)
    in_order(problems, "claim_end_date", head[6], head[7], earlier="claim_start_date")
    in_order(problems, "claim_line_end_date", head[8], head[9], earlier="claim_line_start_date")
    in_order(problems, "discharge_date", head[10], head[11], earlier="admission_date")
    if problems:
        raise Rejected(problems)


def _diagnosis_type(stated, diagnoses, on, seen):
    """The code system of the diagnoses.

    Feeds derived from Medicare claim extracts label diagnoses of professional claims as procedures (icd-10-pcs): a
    procedure code has seven characters and never a place among diagnoses, so the label is corrected, and counted.
    """
    if not diagnoses:
        return ""
    if stated in {"icd-10-pcs", "icd-9-pcs"}:
        seen.notes["diagnosis_type_corrected"] += 1
        return "icd-10-cm" if stated == "icd-10-pcs" else "icd-9-cm"
    if not stated:
        seen.notes["diagnosis_type_from_date"] += 1
        return diagnosis_type_on(on)
    return stated


MEDICAL_CLAIM_SHAPE = Shape(
    code="medical_claim",
    layout=MEDICAL_CLAIM,
    inputs=(*HEAD, *MODIFIERS, *DIAGNOSES, *PROCEDURES),
    build=build,
    known=KNOWN,
    needed_groups=(("member_id", "person_id"),),
)
