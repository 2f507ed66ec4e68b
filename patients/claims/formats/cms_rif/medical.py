"""Claims for care: carrier and DME (line files), outpatient, inpatient, SNF, hospice and home health (revenue lines).

One row a line. The file tells the setting. Part B settings as CMS files them: an inpatient's part B claim is in the
outpatient file and counts as outpatient.
"""

from dataclasses import dataclass

from ...checks import Rejected, in_order, not_in_the_future, present
from ...fields import CENTS, CMS_DATE, CODE, ID, LINE_NUMBER, MEDICAL_CODE, QUANTITY, SHORT, Cached, one_of
from ...records import MEDICAL_CLAIM
from ..reading.care import diagnosis_type_on, distinct, is_void_bill
from ..reading.shape import In, Shape
from .columns import KNOWN_COLUMNS, OPTIONAL_COLUMNS
from .record import DELETE, DML, FINAL_ACTION, version_of

ICD_VERSION = Cached(one_of({"": "", "0": "icd-10-cm", "9": "icd-9-cm", "10": "icd-10-cm"}))
CREDIT_ENTRY = "3"  # CARR_CLM_ENTRY_CD: 1 original debit, 3 full credit (cancels), 5 replacement debit
MOST_DIAGNOSES = 25


@dataclass(frozen=True, slots=True)
class Kind:
    """Where one kind of file keeps what the clean row needs; '' where it does not keep it."""

    setting: str
    line: str
    line_starts: str
    line_ends: str
    units: str
    paid: str
    allowed: str
    charge: str
    rendering: str
    billing: str
    facility: str
    admitted: str = ""
    discharged: str = ""
    drg: str = ""
    is_paid_by_claim: bool = False  # no payment a line: the claim's payment stands on its first line, once
    diagnoses: int = MOST_DIAGNOSES
    procedures: int = 0
    has_revenue: bool = True


LINES = dict(
    line="LINE_NUM",
    line_starts="LINE_1ST_EXPNS_DT",
    line_ends="LINE_LAST_EXPNS_DT",
    units="LINE_SRVC_CNT",
    paid="LINE_NCH_PMT_AMT",
    allowed="LINE_ALOWD_CHRG_AMT",
    charge="LINE_SBMTD_CHRG_AMT",
    diagnoses=12,
    has_revenue=False,
)
REVENUE = dict(
    line="CLM_LINE_NUM",
    line_starts="REV_CNTR_DT",
    line_ends="",
    units="REV_CNTR_UNIT_CNT",
    paid="REV_CNTR_PMT_AMT_AMT",
    allowed="",
    charge="REV_CNTR_TOT_CHRG_AMT",
    rendering="RNDRNG_PHYSN_NPI",
    billing="ORG_NPI_NUM",
    facility="PRVDR_NUM",
)
STAY = REVENUE | dict(
    line_starts="",
    paid="CLM_PMT_AMT",
    is_paid_by_claim=True,
    admitted="CLM_ADMSN_DT",
    discharged="NCH_BENE_DSCHRG_DT",
    drg="CLM_DRG_CD",
    procedures=25,
)
KINDS = {
    "carrier": Kind("carrier", **LINES, rendering="PRF_PHYSN_NPI", billing="ORG_NPI_NUM", facility=""),
    "dme": Kind("dme", **LINES, rendering="PRVDR_NPI", billing="PRVDR_NUM", facility=""),
    "outpatient": Kind("outpatient", **REVENUE, procedures=25),
    "inpatient": Kind("inpatient", **STAY),
    "snf": Kind("snf", **STAY),
    "hospice": Kind("hospice", **REVENUE, admitted="CLM_HOSPC_START_DT_ID", discharged="NCH_BENE_DSCHRG_DT"),
    "hha": Kind("hha", **REVENUE, admitted="CLM_ADMSN_DT"),
}
ABSENT = "\0"  # no header names it: it reads as empty


def _single(kind):
    """The inputs that a line has once, in the order in which `builder` takes them apart."""
    return (
        In("DML_IND", DML),
        In("FINAL_ACTION", FINAL_ACTION),
        In("CLM_ID", ID, needed=True, checked=("missing",)),
        In(kind.line, LINE_NUMBER, needed=True, checked=("missing",)),
        In("BENE_ID", ID, needed=True, checked=("missing",)),
        In("CLM_FROM_DT", CMS_DATE, needed=True, checked=("in_the_future", "missing")),
        In("CLM_THRU_DT", CMS_DATE, checked=("end_before_start",)),
        In("NCH_WKLY_PROC_DT", CMS_DATE),
        In(kind.line_starts or ABSENT, CMS_DATE),
        In(kind.line_ends or ABSENT, CMS_DATE, checked=("end_before_start",)),
        In(kind.admitted or ABSENT, CMS_DATE),
        In(kind.discharged or ABSENT, CMS_DATE, checked=("end_before_start",)),
        In("PTNT_DSCHRG_STUS_CD", CODE),
        In("LINE_PLACE_OF_SRVC_CD", CODE),
        In("CLM_FAC_TYPE_CD" if kind.has_revenue else ABSENT, CODE),
        In("CLM_SRVC_CLSFCTN_TYPE_CD" if kind.has_revenue else ABSENT, CODE),
        In("CLM_FREQ_CD" if kind.has_revenue else ABSENT, CODE),
        In("CARR_CLM_ENTRY_CD", CODE),
        In(kind.drg or ABSENT, CODE),
        In("REV_CNTR" if kind.has_revenue else ABSENT, CODE),
        In("HCPCS_CD", CODE),
        In(kind.units, QUANTITY),
        In(kind.rendering, SHORT),
        In(kind.billing, SHORT),
        In(kind.facility or ABSENT, SHORT),
        In(kind.paid, CENTS),
        In(kind.allowed or ABSENT, CENTS),
        In(kind.charge, CENTS),
    )


def shape_of(code):
    """The shape of one kind of file."""
    kind = KINDS[code]
    single = _single(kind)
    modifiers = tuple(In(f"HCPCS_{place}_MDFR_CD", CODE) for place in ("1ST", "2ND", "3RD", "4TH"))
    names = ["PRNCPAL_DGNS_%s", *(f"ICD_DGNS_%s{place}" for place in range(1, kind.diagnoses + 1))]
    names += [] if kind.has_revenue else ["LINE_ICD_DGNS_%s"]
    diagnoses = tuple(In(name % "CD", MEDICAL_CODE) for name in names)
    versions = tuple(In(name % "VRSN_CD", ICD_VERSION) for name in names)
    procedures = tuple(In(f"ICD_PRCDR_CD{place}", MEDICAL_CODE) for place in range(1, kind.procedures + 1))
    inputs = (*single, *modifiers, *diagnoses, *versions, *procedures)
    return Shape(
        code=code,
        layout=MEDICAL_CLAIM,
        inputs=inputs,
        build=builder(kind, len(single), len(names)),
        known=(*KNOWN_COLUMNS[code], *(name for name in OPTIONAL_COLUMNS if name not in KNOWN_COLUMNS[code])),
        extras=frozenset(OPTIONAL_COLUMNS),
    )


def builder(kind, singles, diagnosis_count):
    """The function that makes the row of one kind of file."""
    claim_type = "institutional" if kind.has_revenue else "professional"
    first_diagnosis = singles + 4
    first_version = first_diagnosis + diagnosis_count
    first_procedure = first_version + diagnosis_count
    names = (kind.line, kind.line_ends, kind.discharged)

    def build(values, seen):
        (dml, final, claim_id, line, bene_id, starts_on, ends_on, processed_on, line_starts_on, line_ends_on) = values[
            :10
        ]
        (admitted_on, discharged_on, disposition, place, facility_type, classification, frequency) = values[10:17]
        (entry, drg, revenue_code, hcpcs, units, rendering, billing, facility, paid, allowed, charge) = values[17:28]
        _check(values, names, seen)
        diagnosis_type, diagnoses = _diagnoses(
            values[first_diagnosis:first_version], values[first_version:first_procedure], ends_on or starts_on, seen
        )
        procedures = distinct(values[first_procedure:])
        bill_type = facility_type + classification + frequency if facility_type else ""
        is_reversal = dml == DELETE or final == "N" or is_void_bill(bill_type) or entry == CREDIT_ENTRY
        _count(values, seen)
        return (
            (
                claim_id,
                line,
                bene_id,
                "",
                "",
                claim_type,
                kind.setting,
                starts_on,
                ends_on,
                line_starts_on,
                line_ends_on,
            )
            + (admitted_on, discharged_on, disposition, place, bill_type, drg, revenue_code, hcpcs)
            + (tuple(filter(None, values[singles:first_diagnosis])), units, rendering, billing, facility, processed_on)
            + (paid if line == 1 or not kind.is_paid_by_claim else None, allowed, charge, diagnosis_type, diagnoses)
            + (diagnosis_type.replace("cm", "pcs") if procedures else "", procedures)
            + (
                "B2" if is_reversal else "B1",
                "",
                version_of(processed_on or ends_on or starts_on, dml),
                is_reversal,
                "",
                "",
                "",
            ),
        )

    return build


def _check(values, names, seen):
    line_name, line_ends_name, discharged_name = names
    problems = []
    present(problems, "CLM_ID", values[2])
    present(problems, line_name, values[3])
    present(problems, "BENE_ID", values[4])
    present(problems, "CLM_FROM_DT", values[5])
    not_in_the_future(problems, "CLM_FROM_DT", values[5], seen.today)
    in_order(problems, "CLM_THRU_DT", values[5], values[6], earlier="CLM_FROM_DT")
    in_order(problems, line_ends_name, values[8], values[9], earlier="the line's first day")
    in_order(problems, discharged_name, values[10], values[11], earlier="the admission")
    if problems:
        raise Rejected(problems)


def _count(values, seen):
    notes = seen.notes
    starts_on, ends_on, processed_on, line_starts_on = values[5:9]
    discharged_on = values[11]
    notes["not_final_action"] += values[1] == "N"
    notes["no_paid_date"] += processed_on is None
    notes["paid_before_service"] += processed_on is not None and processed_on < starts_on
    if ends_on is not None:
        notes["discharge_after_claim_end"] += discharged_on is not None and discharged_on > ends_on
        notes["service_outside_claim"] += line_starts_on is not None and not starts_on <= line_starts_on <= ends_on


def _diagnoses(codes, versions, on, seen):
    """The code system of the claim and its diagnoses in that system, the principal one first.

    A code without a stated version shares that of the first code; no version at all: the last day of service decides.
    """
    stated = next((version for code, version in zip(codes, versions, strict=True) if code and version), "")
    kept = distinct(code for code, version in zip(codes, versions, strict=True) if code and version in {"", stated})
    if not kept:
        return "", ()
    seen.notes["mixed_diagnosis_types"] += any(
        code and version not in {"", stated} for code, version in zip(codes, versions, strict=True)
    )
    if not stated:
        seen.notes["diagnosis_type_from_date"] += 1
    return stated or diagnosis_type_on(on), kept


MEDICAL_SHAPES = tuple(shape_of(code) for code in KINDS)
