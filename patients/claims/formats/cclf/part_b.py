"""CCLF5: lines of part B claims of physicians and other suppliers.

The feed is of debits and credits: an original, a cancellation that repeats it, and what replaces it (an original of its
own, with the same control number). A claim is known by its control number and first day, without the member: a cancellation
repeats both, and may come under a member's new identifier. At one effective and load date a cancellation is taken to come
first: it cancels what came before, and the claim beside it replaces that (CMS, Information Packet 5.2.2).
"""

from ...checks import Rejected, in_order, not_in_the_future, present
from ...fields import CENTS, CLAIM_DATE, CODE, ID, LINE_NUMBER, MEDICAL_CODE, QUANTITY, SHORT, Cached, one_of
from ...records import MEDICAL_CLAIM
from ..reading.care import diagnosis_type_on, distinct
from ..reading.shape import In, Shape
from .layouts import DELIMITED_ONLY, PART_B
from .record import ADJUST, ADJUSTMENT, CANCEL, ORIGINAL, version_of

ICD = Cached(one_of({"": "", "0": "icd-10-cm", "9": "icd-9-cm", "U": ""}))
RANK = {CANCEL: 0, ORIGINAL: 1, ADJUST: 2}
DENIED = "0"  # CLM_CARR_PMT_DNL_CD
MOST_DIAGNOSES = 12

INPUTS = (
    In("CUR_CLM_UNIQ_ID", ID, needed=True),
    In("CLM_LINE_NUM", LINE_NUMBER, needed=True),
    In("BENE_MBI_ID", ID, needed=True),
    In("CLM_FROM_DT", CLAIM_DATE, needed=True),
    In("CLM_THRU_DT", CLAIM_DATE),
    In("CLM_LINE_FROM_DT", CLAIM_DATE),
    In("CLM_LINE_THRU_DT", CLAIM_DATE),
    In("CLM_POS_CD", CODE),
    In("CLM_LINE_HCPCS_CD", CODE),
    In("CLM_LINE_CVRD_PD_AMT", CENTS),
    In("CLM_LINE_ALOWD_CHRG_AMT", CENTS),
    In("CLM_LINE_SRVC_UNIT_QTY", QUANTITY),
    In("RNDRG_PRVDR_NPI_NUM", SHORT),
    In("CLM_RNDRG_PRVDR_NPI_NUM", SHORT),
    In("CLM_CARR_PMT_DNL_CD", CODE),
    In("CLM_ADJSMT_TYPE_CD", ADJUSTMENT, needed=True),
    In("CLM_EFCTV_DT", CLAIM_DATE),
    In("CLM_IDR_LD_DT", CLAIM_DATE),
    In("CLM_CNTL_NUM", ID),
    In("DGNS_PRCDR_ICD_IND", ICD),
    *(In(f"HCPCS_{place}_MDFR_CD", CODE) for place in range(1, 6)),
    *(In(f"CLM_DGNS_{place}_CD", MEDICAL_CODE) for place in range(1, MOST_DIAGNOSES + 1)),
    In("CLM_LINE_DGNS_CD", MEDICAL_CODE),
)


def build(values, seen):
    """One row a line. What was paid is of the line; the day of payment is the effective date (the week's processing)."""
    (unique_id, line, mbi, starts_on, ends_on, line_starts_on, line_ends_on, place, hcpcs, paid, allowed, units) = (
        values[:12]
    )
    (npi, claim_npi, denial, adjustment, effective_on, loaded_on, control, stated_type) = values[12:20]
    modifiers, diagnoses = values[20:25], distinct(values[25:])
    _check(values, seen)
    notes = seen.notes
    notes["no_paid_date"] += effective_on is None and loaded_on is None
    notes["denied_by_payer"] += denial == DENIED
    if diagnoses and not stated_type:
        notes["diagnosis_type_from_date"] += 1
    is_reversal = adjustment == CANCEL
    diagnosis_type = (stated_type or diagnosis_type_on(ends_on or starts_on)) if diagnoses else ""
    claim_id = f"{control}/{starts_on.isoformat()}" if control else unique_id
    return (
        (claim_id, line, mbi, "", "", "professional", "carrier", starts_on, ends_on, line_starts_on, line_ends_on)
        + (None, None, "", place, "", "", "", hcpcs, tuple(filter(None, modifiers)), units, npi or claim_npi, "", "")
        + (effective_on, paid, allowed, None, diagnosis_type, diagnoses, "", (), "B2" if is_reversal else "B1", "")
        + (version_of(effective_on, loaded_on, RANK[adjustment]), is_reversal, "", "", "")
    )


def rows(values, seen):
    return (build(values, seen),)


def _check(values, seen):
    problems = []
    present(problems, "CLM_CNTL_NUM", values[18] or values[0])
    present(problems, "CLM_LINE_NUM", values[1])
    present(problems, "BENE_MBI_ID", values[2])
    present(problems, "CLM_FROM_DT", values[3])
    present(problems, "CLM_ADJSMT_TYPE_CD", values[15])
    not_in_the_future(problems, "CLM_FROM_DT", values[3], seen.today)
    in_order(problems, "CLM_THRU_DT", values[3], values[4], earlier="CLM_FROM_DT")
    in_order(problems, "CLM_LINE_THRU_DT", values[5], values[6], earlier="CLM_LINE_FROM_DT")
    if problems:
        raise Rejected(problems)


PART_B_SHAPE = Shape(
    code=PART_B.code,
    layout=MEDICAL_CLAIM,
    inputs=INPUTS,
    build=rows,
    known=(*PART_B.names, *DELIMITED_ONLY),
    extras=frozenset((*PART_B.names[-3:], *DELIMITED_ONLY)),
)
