"""CCLF7: part D prescriptions.

CMS names what holds an original, its adjustments and its cancellation together (Information Packet 5.1.2): day of service,
the pharmacy's id and its kind, dispensing status, Rx number and fill number. The member is no part of it: a later month may
bring the same event under a member's new identifier. A cancellation names no product and no amount. Of actions with one
effective and load date, an adjustment is later than a cancellation, and that later than an original.
"""

from ...checks import Rejected, not_in_the_future, present, problem, supply
from ...fields import CENTS, CLAIM_DATE, CODE, DAYS, ID, NDC, NDC_OK, NPI_OK, QUANTITY, SHORT, Cached, whole
from ...records import PHARMACY_CLAIM
from ..cms_rif.pde import CHANNEL, DISPENSING_STATUS
from ..reading.shape import In, Shape
from .layouts import DELIMITED_ONLY, PART_D
from .record import ADJUSTMENT, CANCEL, version_of

FILL_NUMBER = Cached(whole(0, 999))

INPUTS = (
    In("BENE_MBI_ID", ID, needed=True),
    In("CLM_LINE_NDC_CD", NDC, needed=True),
    In("CLM_LINE_FROM_DT", CLAIM_DATE, needed=True),
    In("PRVDR_SRVC_ID_QLFYR_CD", CODE),
    In("CLM_SRVC_PRVDR_GNRC_ID_NUM", CODE, needed=True),
    In("CLM_DSPNSNG_STUS_CD", DISPENSING_STATUS),
    In("CLM_DAW_PROD_SLCTN_CD", CODE),
    In("CLM_LINE_SRVC_UNIT_QTY", QUANTITY),
    In("CLM_LINE_DAYS_SUPLY_QTY", DAYS),
    In("CLM_PRSBNG_PRVDR_GNRC_ID_NUM", SHORT),
    In("CLM_LINE_BENE_PMT_AMT", CENTS),
    In("CLM_ADJSMT_TYPE_CD", ADJUSTMENT, needed=True),
    In("CLM_EFCTV_DT", CLAIM_DATE),
    In("CLM_IDR_LD_DT", CLAIM_DATE),
    In("CLM_LINE_RX_SRVC_RFRNC_NUM", SHORT, needed=True),
    In("CLM_LINE_RX_FILL_NUM", FILL_NUMBER),
    In("CLM_PHRMCY_SRVC_TYPE_CD", CHANNEL),
    In("CUR_CLM_UNIQ_ID", ID),
)


def build(values, seen):
    """One row a line. The feed tells what the member paid, and nothing of what the plan paid."""
    (mbi, ndc, filled_on, qualifier, pharmacy, status, daw, quantity, _, prescriber, patient_pay) = values[:11]
    (adjustment, effective_on, loaded_on, rx_number, fill_number, channel, _) = values[11:]
    is_reversal = adjustment == CANCEL
    days_supply = _check(values, is_reversal, seen)
    _count(values, days_supply, is_reversal, seen.notes)
    rx_number = rx_number.lstrip("0")
    version = version_of(effective_on, loaded_on, int(adjustment))
    return (
        (
            _key(values, rx_number),
            1,
            mbi,
            "",
            "",
            "",
            "",
            pharmacy,
            prescriber,
            filled_on,
            ndc,
            quantity,
            days_supply,
            None,
        )
        + (rx_number, fill_number, None, None, None, None, None, None, None, None, None, None, patient_pay, None)
        + (channel, "B2" if is_reversal else "B1", "", "", version, is_reversal, daw, "", None, status)
        + (None, None, None, None, ""),
    )


def _key(values, rx_number):
    mbi, _, filled_on, qualifier, pharmacy, status = values[:6]
    parts = [qualifier.zfill(2) if qualifier else "", pharmacy, *([rx_number] if rx_number else [mbi])]
    return "/".join([*parts, filled_on.isoformat(), str(values[15] or 0), status])


def _check(values, is_reversal, seen):
    problems = []
    present(problems, "BENE_MBI_ID", values[0])
    present(problems, "CLM_LINE_FROM_DT", values[2])
    present(problems, "CLM_SRVC_PRVDR_GNRC_ID_NUM", values[4])
    present(problems, "CLM_ADJSMT_TYPE_CD", values[11])
    not_in_the_future(problems, "CLM_LINE_FROM_DT", values[2], seen.today)
    if values[7] is not None and values[7] < 0 and not is_reversal:
        says = "is negative on a line that is not a cancellation."
        problems.append(problem("CLM_LINE_SRVC_UNIT_QTY", "negative_quantity", says))
    days_supply = supply(problems, "CLM_LINE_DAYS_SUPLY_QTY", values[8], is_reversal=is_reversal)
    if problems:
        raise Rejected(problems)
    return days_supply


def _count(values, days_supply, is_reversal, notes):
    if is_reversal:
        return  # it names no product, by rule
    notes["no_days_supply"] += days_supply is None
    notes["no_quantity"] += values[7] is None
    notes["no_rx_number"] += not values[14].strip("0")
    if not NDC_OK[values[1]]:
        notes["ndc_not_11_digits" if values[1] else "no_ndc"] += 1
    if not NPI_OK[values[4]]:
        notes["pharmacy_ref_not_npi"] += 1
    if not NPI_OK[values[9]]:
        notes["prescriber_ref_not_npi" if values[9] else "no_prescriber"] += 1


PART_D_SHAPE = Shape(
    code=PART_D.code,
    layout=PHARMACY_CLAIM,
    inputs=INPUTS,
    build=build,
    known=(*PART_D.names, *DELIMITED_ONLY),
    extras=frozenset(DELIMITED_ONLY),
)
