"""Part D prescription drug events. One row a line; the claim line is always 1."""

from ...checks import Rejected, not_in_the_future, present, problem, supply
from ...fields import (
    CENTS,
    CMS_DATE,
    CODE,
    DAYS,
    ID,
    NDC,
    NDC_OK,
    NPI_OK,
    QUANTITY,
    SHORT,
    Cached,
    one_of,
    tells,
    whole,
)
from ...records import PHARMACY_CLAIM, words
from ..reading.shape import In, Shape
from .record import DELETE, DML, FINAL_ACTION, version_of

# PHRMCY_SRVC_TYPE_CD = NCPDP field 147-U7 (CCW codebook, Part D event file): 01 community/retail, 02 compounding,
# 03 home infusion, 04 institutional, 05 long-term care, 06 mail order, 07 managed care organisation, 08 specialty,
# 99 other. Attribution leaves out mail, ltc and specialty only: see records.NOT_RETAIL_CHANNELS.
CHANNELS = {"": "", "01": "retail", "05": "ltc", "06": "mail", "08": "specialty"}
CHANNELS |= dict.fromkeys(("00", "02", "03", "04", "07", "99"), "other")
CHANNELS |= {code.removeprefix("0"): channel for code, channel in CHANNELS.items() if code}
CHANNEL = Cached(one_of(CHANNELS))
# ADJSTMT_DLTN_CD: blank original, A adjustment, D deletion, R resubmitted.
ADJUSTMENT = Cached(one_of({"": "", "A": "A", "D": "D", "R": "R"}))
# CMPND_CD: 1 not a compound, 2 compound, 0 not stated. DSPNSNG_STUS_CD: P partial fill, C completion of one.


@tells("1 not a compound, 2 a compound; anything else for not known", "1")
def compound(text):
    return {"1": False, "2": True}.get(text)


COMPOUND = Cached(compound)
DISPENSING_STATUS = Cached(one_of({"": "", "P": "P", "C": "C"}))
FILL_NUMBER = Cached(whole(0, 999))

INPUTS = (
    In("DML_IND", DML),
    In("FINAL_ACTION", FINAL_ACTION),
    In("PDE_ID", ID, needed=True, checked=("missing",)),
    In("BENE_ID", ID, needed=True, checked=("missing",)),
    In("SRVC_DT", CMS_DATE, needed=True, checked=("in_the_future", "missing")),
    In("PD_DT", CMS_DATE),
    In("SRVC_PRVDR_ID", SHORT),
    In("PRSCRBR_ID", SHORT),
    In("PROD_SRVC_ID", NDC, needed=True),
    In("PLAN_CNTRCT_REC_ID", CODE),
    In("PLAN_PBP_REC_NUM", CODE),
    In("QTY_DSPNSD_NUM", QUANTITY, checked=("negative_quantity",)),
    In("DAYS_SUPLY_NUM", DAYS, checked=("out_of_range",)),
    In("RX_SRVC_RFRNC_NUM", SHORT),
    In("FILL_NUM", FILL_NUMBER),
    In("ADJSTMT_DLTN_CD", ADJUSTMENT),
    In("CVRD_D_PLAN_PD_AMT", CENTS),
    In("NCVRD_PLAN_PD_AMT", CENTS),
    In("TOT_RX_CST_AMT", CENTS),
    In("PTNT_PAY_AMT", CENTS),
    In("PHRMCY_SRVC_TYPE_CD", CHANNEL),
    In("DAW_PROD_SLCTN_CD", CODE),
    In("RX_ORGN_CD", CODE),
    In("CMPND_CD", COMPOUND),
    In("DSPNSNG_STUS_CD", DISPENSING_STATUS),
)
KNOWN = tuple(
    words("""DML_IND PDE_ID CLM_GRP_ID FINAL_ACTION BENE_ID SRVC_DT PD_DT SRVC_PRVDR_ID_QLFYR_CD SRVC_PRVDR_ID
    PRSCRBR_ID_QLFYR_CD PRSCRBR_ID RX_SRVC_RFRNC_NUM PROD_SRVC_ID PLAN_CNTRCT_REC_ID PLAN_PBP_REC_NUM CMPND_CD
    DAW_PROD_SLCTN_CD QTY_DSPNSD_NUM DAYS_SUPLY_NUM FILL_NUM DSPNSNG_STUS_CD DRUG_CVRG_STUS_CD ADJSTMT_DLTN_CD
    NSTD_FRMT_CD PRCNG_EXCPTN_CD CTSTRPHC_CVRG_CD GDC_BLW_OOPT_AMT GDC_ABV_OOPT_AMT PTNT_PAY_AMT OTHR_TROOP_AMT
    LICS_AMT PLRO_AMT CVRD_D_PLAN_PD_AMT NCVRD_PLAN_PD_AMT TOT_RX_CST_AMT RX_ORGN_CD RPTD_GAP_DSCNT_NUM BRND_GNRC_CD
    PHRMCY_SRVC_TYPE_CD PTNT_RSDNC_CD SUBMSN_CLR_CD""")
)


def build(values, seen):
    """One row a line.

    Paid is what the plan paid (covered and not covered part), allowed the gross drug cost. Reversal: a deleted record,
    adjustment code D, or an event that is not the final action of its group. Ids stay as given, minus signs included.
    """
    (dml, final, pde_id, bene_id, filled_on, paid_on, pharmacy_ref, prescriber_ref, ndc, contract, pbp) = values[:11]
    (quantity, days_supply, rx_number, fill_number, adjustment, covered, not_covered, cost, patient_pay, channel) = (
        values[11:21]
    )
    daw, origin, is_compound, status = values[21:]
    is_reversal = dml == DELETE or adjustment == "D" or final == "N"
    days_supply = _check(values, is_reversal, seen)
    notes = seen.notes
    notes["not_final_action"] += final == "N"
    notes["no_days_supply"] += days_supply is None
    notes["no_quantity"] += quantity is None
    notes["no_paid_date"] += paid_on is None
    notes["paid_before_service"] += paid_on is not None and paid_on < filled_on
    if not NDC_OK[ndc]:
        notes["ndc_not_11_digits" if ndc else "no_ndc"] += 1
    if not NPI_OK[pharmacy_ref]:
        notes["pharmacy_ref_not_npi" if pharmacy_ref else "no_pharmacy"] += 1
    if not NPI_OK[prescriber_ref]:
        notes["prescriber_ref_not_npi" if prescriber_ref else "no_prescriber"] += 1
    paid = None if covered is None and not_covered is None else (covered or 0) + (not_covered or 0)
    return (
        (pde_id, 1, bene_id, "", "-".join(filter(None, (contract, pbp))), contract, pbp, pharmacy_ref, prescriber_ref)
        + (filled_on, ndc, quantity, days_supply, None, rx_number, fill_number, paid_on, paid, cost)
        + (None, None, None, None, None, None, None, patient_pay, None, channel, "B2" if is_reversal else "B1")
        + ("", "", version_of(paid_on or filled_on, dml), is_reversal, daw, origin, is_compound, status)
        + (None, None, None, None, ""),
    )


def _check(values, is_reversal, seen):
    filled_on, quantity = values[4], values[11]
    problems = []
    present(problems, "PDE_ID", values[2])
    present(problems, "BENE_ID", values[3])
    present(problems, "SRVC_DT", filled_on)
    not_in_the_future(problems, "SRVC_DT", filled_on, seen.today)
    if quantity is not None and quantity < 0 and not is_reversal:
        says = "is negative on a line that is not a deletion."
        problems.append(problem("QTY_DSPNSD_NUM", "negative_quantity", says))
    days_supply = supply(problems, "DAYS_SUPLY_NUM", values[12], is_reversal=is_reversal)
    if problems:
        raise Rejected(problems)
    return days_supply


PDE_SHAPE = Shape(code="pde", layout=PHARMACY_CLAIM, inputs=INPUTS, build=build, known=KNOWN)
