"""The fields of a claim and claim line feed that are read, for the documentation."""

from ..reading.shape import Field

DATE = ("not_a_date", "out_of_range")
AMOUNT = ("not_a_number", "money_precision", "out_of_range")
ACTION = (
    Field(
        "CLM_ADJSMT_TYPE_CD",
        "0 an original, 1 a cancellation, 2 an adjustment.",
        "code",
        True,
        "0",
        ("missing", "unknown_code"),
    ),
    Field("CLM_EFCTV_DT", "When the action took effect: the later one holds.", "date", False, "2025-03-21", DATE),
    Field(
        "CLM_IDR_LD_DT", "When CMS loaded it: decides between equal effective dates.", "date", False, "2025-04-07", DATE
    ),
)
MEMBER = Field("BENE_MBI_ID", "The member's Medicare identifier.", "text", True, "1EG4TE5MK73", ("missing", "too_long"))
FIELDS = {
    "CCLF5, part B lines": (
        Field(
            "CLM_CNTL_NUM", "With CLM_FROM_DT the claim's key; else CUR_CLM_UNIQ_ID is.", "text", False, "2225074123456"
        ),
        Field("CUR_CLM_UNIQ_ID", "The key of a claim without a control number.", "text", True, "9876543210123"),
        Field("CLM_LINE_NUM", "The line of the claim.", "whole number", True, "1", ("missing", "not_a_number")),
        MEMBER,
        Field(
            "CLM_FROM_DT", "First day of the claim.", "date", True, "2025-03-14", ("missing", *DATE, "in_the_future")
        ),
        Field("CLM_THRU_DT", "Last day of the claim.", "date", False, "2025-03-14", (*DATE, "end_before_start")),
        Field("CLM_LINE_FROM_DT", "First day of the line.", "date", False, "2025-03-14", DATE),
        Field("CLM_LINE_THRU_DT", "Last day of the line.", "date", False, "2025-03-14", (*DATE, "end_before_start")),
        Field("CLM_POS_CD", "Place of service.", "code", False, "11"),
        Field("CLM_LINE_HCPCS_CD", "The service.", "code", False, "G0438"),
        Field("HCPCS_1_MDFR_CD", "Modifiers of the service, up to HCPCS_5_MDFR_CD.", "code", False, "25"),
        Field("CLM_LINE_CVRD_PD_AMT", "Paid for the line.", "amount", False, "84.12", AMOUNT),
        Field("CLM_LINE_ALOWD_CHRG_AMT", "Allowed for the line.", "amount", False, "105.15", AMOUNT),
        Field("CLM_LINE_SRVC_UNIT_QTY", "Units of the service.", "quantity", False, "1.0000", ("not_a_number",)),
        Field(
            "RNDRG_PRVDR_NPI_NUM", "Who gave the service; else CLM_RNDRG_PRVDR_NPI_NUM.", "text", False, "1003000126"
        ),
        Field("CLM_CARR_PMT_DNL_CD", "0 for a claim that was denied: counted.", "code", False, "1"),
        Field("CLM_DGNS_1_CD", "Diagnoses, up to CLM_DGNS_12_CD, and CLM_LINE_DGNS_CD.", "code", False, "E119"),
        Field("DGNS_PRCDR_ICD_IND", "0 for ICD-10, 9 for ICD-9.", "code", False, "0", ("unknown_code",)),
        *ACTION,
    ),
    "CCLF7, part D prescriptions": (
        MEMBER,
        Field("CLM_LINE_NDC_CD", "The product's NDC; blank in a cancellation.", "ndc", False, "00071015523"),
        Field(
            "CLM_LINE_FROM_DT",
            "The day of the fill. Key.",
            "date",
            True,
            "2025-03-14",
            ("missing", *DATE, "in_the_future"),
        ),
        Field("PRVDR_SRVC_ID_QLFYR_CD", "The kind of the pharmacy's id: 01 is NPI. Key.", "code", False, "01"),
        Field("CLM_SRVC_PRVDR_GNRC_ID_NUM", "The pharmacy. Key.", "code", True, "1679576722", ("missing",)),
        Field("CLM_DSPNSNG_STUS_CD", "P a partial fill, C its completion. Key.", "code", False, "P", ("unknown_code",)),
        Field("CLM_LINE_RX_SRVC_RFRNC_NUM", "The prescription's number. Key.", "text", False, "000001234567"),
        Field("CLM_LINE_RX_FILL_NUM", "The fill's number. Key.", "whole number", False, "0", ("not_a_number",)),
        Field("CLM_DAW_PROD_SLCTN_CD", "Why dispensed as written.", "code", False, "0"),
        Field(
            "CLM_LINE_SRVC_UNIT_QTY", "Quantity.", "quantity", False, "30.0000", ("not_a_number", "negative_quantity")
        ),
        Field(
            "CLM_LINE_DAYS_SUPLY_QTY", "Days, 1 to 366.", "whole number", False, "30", ("not_a_number", "out_of_range")
        ),
        Field("CLM_PRSBNG_PRVDR_GNRC_ID_NUM", "The prescriber.", "text", False, "1003000126"),
        Field("CLM_LINE_BENE_PMT_AMT", "What the member paid.", "amount", False, "5.00", AMOUNT),
        Field("CLM_PHRMCY_SRVC_TYPE_CD", "01 retail, 05 long-term care, 06 mail, 08 specialty.", "code", False, "01"),
        *ACTION,
    ),
    "CCLF8, members": (
        MEMBER,
        Field("BENE_DOB", "Date of birth.", "date", True, "1948-02-03", (*DATE, "in_the_future")),
        Field("BENE_SEX_CD", "1 male, 2 female.", "code", False, "2"),
        Field("BENE_RACE_CD", "1 to 6, as CMS codes race.", "code", False, "1"),
        Field(
            "BENE_AGE",
            "Tells the last birthday, by which files without FILE_DATE are put in order.",
            "whole number",
            False,
            "77",
        ),
        Field("BENE_MDCR_STUS_CD", "Medicare status: 11, 21 and 31 mean kidney failure.", "code", False, "10"),
        Field("BENE_DUAL_STUS_CD", "Medicaid beside Medicare.", "code", False, "02"),
        Field("BENE_DEATH_DT", "Date of death.", "date", False, "2025-06-01", (*DATE, "before_birth", "in_the_future")),
        Field("BENE_RNG_BGN_DT", "First day in hospice.", "date", False, "2025-05-01", DATE),
        Field("BENE_RNG_END_DT", "Last day in hospice.", "date", False, "2025-06-01", (*DATE, "end_before_start")),
        Field("BENE_1ST_NAME", "Names, with BENE_MIDL_NAME and BENE_LAST_NAME.", "text", False, "ALMA"),
        Field("BENE_ORGNL_ENTLMT_RSN_CD", "1 and 3 mean disability.", "code", False, "0"),
        Field("BENE_PART_A_ENRLMT_BGN_DT", "First day of part A.", "date", False, "2013-02-01", DATE),
        Field(
            "BENE_PART_B_ENRLMT_BGN_DT",
            "First day of part B. Coverage begins with the earlier.",
            "date",
            False,
            "2013-02-01",
        ),
        Field("BENE_LINE_1_ADR", "Street, with BENE_LINE_2_ADR.", "text", False, "1 MAIN ST"),
        Field("GEO_ZIP_PLC_NAME", "City.", "text", False, "LEXINGTON"),
        Field("GEO_USPS_STATE_CD", "State.", "code", False, "KY"),
        Field("GEO_ZIP5_CD", "ZIP code, with GEO_ZIP4_CD; else BENE_ZIP_CD.", "text", False, "40502"),
    ),
    "CCLF9, former identifiers": (
        Field(
            "HICN_MBI_XREF_IND", "M for a Medicare identifier; lines with H are counted, not read.", "code", True, "M"
        ),
        Field("CRNT_NUM", "The identifier that holds now.", "text", True, "6U50TE7GG18", ("missing",)),
        Field("PRVS_NUM", "The former identifier.", "text", True, "1EG4TE5MK73", ("missing",)),
    ),
}
