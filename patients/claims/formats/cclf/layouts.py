"""The columns of a claim and claim line feed (CCLF): names and widths, as CMS ships them in fixed width.

Source: CMS, CCLF Information Packet, versions 36 and 38 (public). Versions differ in what they append: each length is a
version's. Names are also the header of the delimited kind, which adds FILE_NAME and FILE_DATE.
"""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of file. `columns`: ((name, width), ...). `least`: the length without what may be missing at the end."""

    code: str
    columns: tuple
    least: int
    names: tuple[str, ...] = field(init=False)
    slices: tuple[slice, ...] = field(init=False)
    length: int = field(init=False)

    def __post_init__(self):
        at, slices = 0, []
        for _, width in self.columns:
            slices.append(slice(at, at + width))
            at += width
        object.__setattr__(self, "names", tuple(name for name, _ in self.columns))
        object.__setattr__(self, "slices", tuple(slices))
        object.__setattr__(self, "length", at)


def _columns(text):
    """Columns from words: `NAME:width`."""
    return tuple((name, int(width)) for name, _, width in (word.partition(":") for word in text.split()))


PART_B = Layout(
    "CCLF5",
    _columns(
        """CUR_CLM_UNIQ_ID:13 CLM_LINE_NUM:10 BENE_MBI_ID:11 BENE_HIC_NUM:11 CLM_TYPE_CD:2 CLM_FROM_DT:10 CLM_THRU_DT:10
        RNDRG_PRVDR_TYPE_CD:3 RNDRG_PRVDR_FIPS_ST_CD:2 CLM_PRVDR_SPCLTY_CD:2 CLM_FED_TYPE_SRVC_CD:1 CLM_POS_CD:2
        CLM_LINE_FROM_DT:10 CLM_LINE_THRU_DT:10 CLM_LINE_HCPCS_CD:5 CLM_LINE_CVRD_PD_AMT:15 CLM_LINE_PRMRY_PYR_CD:1
        CLM_LINE_DGNS_CD:7 CLM_RNDRG_PRVDR_TAX_NUM:10 RNDRG_PRVDR_NPI_NUM:10 CLM_CARR_PMT_DNL_CD:2 CLM_PRCSG_IND_CD:2
        CLM_ADJSMT_TYPE_CD:2 CLM_EFCTV_DT:10 CLM_IDR_LD_DT:10 CLM_CNTL_NUM:40 BENE_EQTBL_BIC_HICN_NUM:11
        CLM_LINE_ALOWD_CHRG_AMT:17 CLM_LINE_SRVC_UNIT_QTY:24 HCPCS_1_MDFR_CD:2 HCPCS_2_MDFR_CD:2 HCPCS_3_MDFR_CD:2
        HCPCS_4_MDFR_CD:2 HCPCS_5_MDFR_CD:2 CLM_DISP_CD:2 CLM_DGNS_1_CD:7 CLM_DGNS_2_CD:7 CLM_DGNS_3_CD:7
        CLM_DGNS_4_CD:7 CLM_DGNS_5_CD:7 CLM_DGNS_6_CD:7 CLM_DGNS_7_CD:7 CLM_DGNS_8_CD:7 DGNS_PRCDR_ICD_IND:1
        CLM_DGNS_9_CD:7 CLM_DGNS_10_CD:7 CLM_DGNS_11_CD:7 CLM_DGNS_12_CD:7 HCPCS_BETOS_CD:3
        CLM_RNDRG_PRVDR_NPI_NUM:10 CLM_RFRG_PRVDR_NPI_NUM:10 CLM_CNTRCTR_NUM:5"""
    ),
    least=171,  # through the load date: what follows may be blank
)
PART_D = Layout(
    "CCLF7",
    _columns(
        """CUR_CLM_UNIQ_ID:13 BENE_MBI_ID:11 BENE_HIC_NUM:11 CLM_LINE_NDC_CD:11 CLM_TYPE_CD:2 CLM_LINE_FROM_DT:10
        PRVDR_SRVC_ID_QLFYR_CD:2 CLM_SRVC_PRVDR_GNRC_ID_NUM:20 CLM_DSPNSNG_STUS_CD:1 CLM_DAW_PROD_SLCTN_CD:1
        CLM_LINE_SRVC_UNIT_QTY:24 CLM_LINE_DAYS_SUPLY_QTY:9 PRVDR_PRSBNG_ID_QLFYR_CD:2
        CLM_PRSBNG_PRVDR_GNRC_ID_NUM:20 CLM_LINE_BENE_PMT_AMT:13 CLM_ADJSMT_TYPE_CD:2 CLM_EFCTV_DT:10 CLM_IDR_LD_DT:10
        CLM_LINE_RX_SRVC_RFRNC_NUM:12 CLM_LINE_RX_FILL_NUM:9 CLM_PHRMCY_SRVC_TYPE_CD:2"""
    ),
    least=172,
)
DEMOGRAPHICS = Layout(
    "CCLF8",
    _columns(
        """BENE_MBI_ID:11 BENE_HIC_NUM:11 BENE_FIPS_STATE_CD:2 BENE_FIPS_CNTY_CD:3 BENE_ZIP_CD:5 BENE_DOB:10 BENE_SEX_CD:1
        BENE_RACE_CD:1 BENE_AGE:3 BENE_MDCR_STUS_CD:2 BENE_DUAL_STUS_CD:2 BENE_DEATH_DT:10 BENE_RNG_BGN_DT:10
        BENE_RNG_END_DT:10 BENE_1ST_NAME:30 BENE_MIDL_NAME:15 BENE_LAST_NAME:40 BENE_ORGNL_ENTLMT_RSN_CD:1
        BENE_ENTLMT_BUYIN_IND:1 BENE_PART_A_ENRLMT_BGN_DT:10 BENE_PART_B_ENRLMT_BGN_DT:10 BENE_LINE_1_ADR:45
        BENE_LINE_2_ADR:45 BENE_LINE_3_ADR:40 BENE_LINE_4_ADR:40 BENE_LINE_5_ADR:40 BENE_LINE_6_ADR:40
        GEO_ZIP_PLC_NAME:100 GEO_USPS_STATE_CD:2 GEO_ZIP5_CD:5 GEO_ZIP4_CD:4"""
    ),
    least=43,
)
CROSS_REFERENCE = Layout(
    "CCLF9",
    _columns("HICN_MBI_XREF_IND:1 CRNT_NUM:11 PRVS_NUM:11 PRVS_ID_EFCTV_DT:10 PRVS_ID_OBSLT_DT:10 BENE_RRB_NUM:12"),
    least=13,
)
LAYOUTS = (PART_B, PART_D, DEMOGRAPHICS, CROSS_REFERENCE)
DELIMITED_ONLY = ("FILE_NAME", "FILE_DATE")

DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
ID = "[0-9A-Za-z ]{11}"
CLAIM = "[0-9 ]{13}"
LINE = f"{CLAIM}[0-9 ]{{10}}{ID}{ID}[0-9 ]{{2}}{DAY}{DAY}"
# What only one kind of file has at the beginning of a line. The kinds that are not read are named, too.
SIGNS = tuple(
    (code, re.compile(sign).match)
    for code, sign in (
        ("CCLF5", f"{LINE}.{{10}}{DAY}{DAY}"),
        ("CCLF6", f"{LINE}.{{3}}{DAY}{DAY}"),
        ("CCLF2", f"{LINE}.{{4}}(?:{DAY}| {{10}})"),
        ("CCLF7", f"{CLAIM}{ID}{ID}[0-9A-Za-z ]{{11}}[0-9 ]{{2}}{DAY}"),
        ("CCLF1", f"{CLAIM}.{{6}}{ID}{ID}[0-9 ]{{2}}{DAY}{DAY}"),
        ("CCLF3", f"{CLAIM}{ID}{ID}[0-9 ]{{2}}.{{9}}{DAY}"),
        ("CCLF4", f"{CLAIM}{ID}{ID}[0-9 ]{{2}}.{{27}}{DAY}{DAY}"),
        ("CCLF9", f"[MH]{ID}{ID}(?:{DAY}| {{10}}| *$)"),
        ("CCLF8", f"{ID}{ID}[0-9 ]{{2}}[0-9 ]{{3}}[0-9 ]{{5}}(?:{DAY}| {{10}})[0-9 ]"),
    )
)
TITLES = {
    "CCLF0": "the summary of a CMS claim and claim line feed",
    "CCLF1": "part A claim headers",
    "CCLF2": "part A revenue lines",
    "CCLF3": "part A procedures",
    "CCLF4": "part A diagnoses",
    "CCLF6": "part B durable medical equipment",
    "CCLFA": "part A benefit enhancement codes",
    "CCLFB": "part B benefit enhancement codes",
}
# A column that only files of that kind have in their header.
TELLING = {
    "CCLF1": "PRNCPL_DGNS_CD",
    "CCLF2": "CLM_LINE_PROD_REV_CTR_CD",
    "CCLF3": "CLM_PRCDR_CD",
    "CCLF4": "CLM_PROD_TYPE_CD",
    "CCLF6": "PAYTO_PRVDR_NPI_NUM",
    "CCLF5": "RNDRG_PRVDR_NPI_NUM",
    "CCLF7": "CLM_LINE_NDC_CD",
    "CCLF8": "BENE_DOB",
    "CCLF9": "PRVS_NUM",
}
EXPECTED = (
    "Expected is CCLF5 (363 or 388 characters a line), CCLF7 (195), CCLF8 (549) or CCLF9 (55), in fixed width as CMS ships "
    "them, or with a header of their column names, separated by commas, pipes or tabs."
)


def kind_of(line):
    """The code of the kind of file that a line of fixed width belongs to; '' when it cannot be told."""
    return next((code for code, is_like in SIGNS if is_like(line)), "")
