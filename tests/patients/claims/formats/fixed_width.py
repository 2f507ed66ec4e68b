"""Prescription drug events and CCLF lines as the tests write them: by the widths of the public layouts, typed in again here."""

HEAD = "RID:3 SEQ:7 CCN:40 MBI:20 CARD:20 DOB:8 SEX:1 DOS:8 PAID:8"
MIDDLE = "NDC:19 SPQ:2 SPID:15 FILL:2 DISP:1 CMPD:1 DAW:1 QTY:10"
AFTER = "DS:3 PRQ:2 PRID:{0} COV:1 ADJ:1 NSF:1 PRE:1 CAT:1"
AMOUNTS = "ING FEE TAX GDCB GDCA PTPAY TROOP LICS PLRO CPP NPP REBATE VACC"
REST = (
    "ORIGIN:1 RECEIVED:8 STAMP:26 TGCDC:{0} OOP:{1} BG:1 BEGIN:1 END:1 GAP:{1} TIER:1 FORM:1 OVER:1 PST:2 RES:2 SCC:2"
)
EVENT = {
    "RID": "DET",
    "SEQ": "0000001",
    "MBI": "1EG4TE5MK73",
    "CARD": "ACME0001",
    "DOB": "19480203",
    "SEX": "2",
    "DOS": "20250314",
    "PAID": "20250316",
    "RX": "000001234567",
    "NDC": "00071015523",
    "SPQ": "01",
    "SPID": "1679576722",
    "FILL": "01",
    "DISP": "",
    "CMPD": "1",
    "DAW": "0",
    "QTY": "0000030000",
    "DS": "030",
    "PRQ": "01",
    "PRID": "1003000126",
    "COV": "C",
    "ADJ": "",
    "ING": "123D",
    "FEE": "15{",
    "TAX": "{",
    "GDCB": "138D",
    "GDCA": "{",
    "PTPAY": "50{",
    "TROOP": "{",
    "LICS": "{",
    "PLRO": "{",
    "CPP": "88D",
    "NPP": "{",
    "REBATE": "{",
    "VACC": "{",
    "ORIGIN": "3",
    "RECEIVED": "20250314",
    "STAMP": "2025-03-14-10.20.30.123456",
    "TGCDC": "000138D",
    "OOP": "50{",
    "BG": "G",
    "BEGIN": "N",
    "END": "N",
    "GAP": "{",
    "TIER": "1",
    "FORM": "F",
    "PST": "01",
    "RES": "01",
}


def widths(size=512, rx=(12, 2), extra=2, prescriber=15, amount=8):
    """[(name, width)] of an event: by default CMS' layout of 2018, blanks behind the Rx number and behind the quantity."""
    words = f"{HEAD} RX:{rx[0]} PAD1:{rx[1]} {MIDDLE} EXTRA:{extra} {AFTER.format(prescriber)} "
    words += " ".join(f"{name}:{amount}" for name in AMOUNTS.split()) + " " + REST.format(amount + 1, amount)
    found = [(name, int(width)) for name, _, width in (word.partition(":") for word in words.split())]
    return [*found, ("FILLER", size - sum(width for _, width in found))]


def event(layout=None, **changes):
    """One detail record."""
    values = EVENT | changes
    zoned = set(AMOUNTS.split()) | {"TGCDC", "OOP", "GAP"}
    line = ""
    for name, width in layout or widths():
        text = values.get(name, "")
        text = text.rjust(width, "0") if name in zoned and text else text[-width:] if name == "RX" else text
        line += text[:width].ljust(width)
    return line


def pde(*batches, size=512, stamp="", sent="20250401", end="\n", trimmed=False):
    """A whole file: each batch is a list of details, or (contract, pbp, details)."""
    lines = ["HDR" + "S00001" + "FILE000001" + sent + "PROD" + stamp]
    details = 0
    for number, batch in enumerate(batches, 1):
        contract, pbp, events = batch if isinstance(batch, tuple) else ("H1234", "001", batch)
        lines.append(f"BHD{number:07}{contract}{pbp}{stamp}")
        lines += events
        lines.append(f"BTR{number:07}{contract}{pbp}{stamp}{len(events):07}")
        details += len(events)
    lines.append(f"TLRS00001FILE000001{stamp}{len(batches):09}{details:09}")
    lines = [line.rstrip() if trimmed else line.ljust(size) for line in lines]
    return (end.join(lines) + end).encode()


CCLF5 = {
    "CUR_CLM_UNIQ_ID": "9876543210123",
    "CLM_LINE_NUM": "1",
    "BENE_MBI_ID": "1EG4TE5MK73",
    "CLM_TYPE_CD": "71",
    "CLM_FROM_DT": "2025-03-14",
    "CLM_THRU_DT": "2025-03-14",
    "CLM_POS_CD": "11",
    "CLM_LINE_FROM_DT": "2025-03-14",
    "CLM_LINE_THRU_DT": "2025-03-14",
    "CLM_LINE_HCPCS_CD": "G0438",
    "CLM_LINE_CVRD_PD_AMT": "84.12",
    "RNDRG_PRVDR_NPI_NUM": "1003000126",
    "CLM_CARR_PMT_DNL_CD": "1",
    "CLM_PRCSG_IND_CD": "A",
    "CLM_ADJSMT_TYPE_CD": "0",
    "CLM_EFCTV_DT": "2025-03-21",
    "CLM_IDR_LD_DT": "2025-03-24",
    "CLM_CNTL_NUM": "2225074123456",
    "CLM_LINE_ALOWD_CHRG_AMT": "105.15",
    "CLM_LINE_SRVC_UNIT_QTY": "1.0000",
    "HCPCS_1_MDFR_CD": "25",
    "CLM_DGNS_1_CD": "E119",
    "CLM_DGNS_2_CD": "I10",
    "DGNS_PRCDR_ICD_IND": "0",
    "CLM_LINE_DGNS_CD": "E119",
}
CCLF7 = {
    "CUR_CLM_UNIQ_ID": "1234567890123",
    "BENE_MBI_ID": "1EG4TE5MK73",
    "CLM_LINE_NDC_CD": "00071015523",
    "CLM_TYPE_CD": "01",
    "CLM_LINE_FROM_DT": "2025-03-14",
    "PRVDR_SRVC_ID_QLFYR_CD": "01",
    "CLM_SRVC_PRVDR_GNRC_ID_NUM": "1679576722",
    "CLM_DAW_PROD_SLCTN_CD": "0",
    "CLM_LINE_SRVC_UNIT_QTY": "30.0000",
    "CLM_LINE_DAYS_SUPLY_QTY": "30",
    "PRVDR_PRSBNG_ID_QLFYR_CD": "01",
    "CLM_PRSBNG_PRVDR_GNRC_ID_NUM": "1003000126",
    "CLM_LINE_BENE_PMT_AMT": "5.00",
    "CLM_ADJSMT_TYPE_CD": "0",
    "CLM_EFCTV_DT": "2025-03-21",
    "CLM_IDR_LD_DT": "2025-03-24",
    "CLM_LINE_RX_SRVC_RFRNC_NUM": "000001234567",
    "CLM_LINE_RX_FILL_NUM": "1",
    "CLM_PHRMCY_SRVC_TYPE_CD": "01",
}
CCLF8 = {
    "BENE_MBI_ID": "1EG4TE5MK73",
    "BENE_FIPS_STATE_CD": "21",
    "BENE_FIPS_CNTY_CD": "067",
    "BENE_ZIP_CD": "40502",
    "BENE_DOB": "1948-02-03",
    "BENE_SEX_CD": "2",
    "BENE_RACE_CD": "1",
    "BENE_AGE": "77",
    "BENE_MDCR_STUS_CD": "10",
    "BENE_DUAL_STUS_CD": "02",
    "BENE_1ST_NAME": "ALMA",
    "BENE_LAST_NAME": "OAKES",
    "BENE_ORGNL_ENTLMT_RSN_CD": "0",
    "BENE_ENTLMT_BUYIN_IND": "3",
    "BENE_PART_A_ENRLMT_BGN_DT": "2013-02-01",
    "BENE_PART_B_ENRLMT_BGN_DT": "2013-03-01",
    "BENE_LINE_1_ADR": "1 MAIN ST",
    "GEO_ZIP_PLC_NAME": "LEXINGTON",
    "GEO_USPS_STATE_CD": "KY",
    "GEO_ZIP5_CD": "40502",
    "GEO_ZIP4_CD": "1234",
}
CCLF9 = {
    "HICN_MBI_XREF_IND": "M",
    "CRNT_NUM": "6U50TE7GG18",
    "PRVS_NUM": "1EG4TE5MK73",
    "PRVS_ID_EFCTV_DT": "2018-04-01",
    "PRVS_ID_OBSLT_DT": "2025-05-01",
}
# (name, first character, last character), as CMS prints them; only those that the tests fill.
PLACES = {
    "CCLF5": """CUR_CLM_UNIQ_ID 1 13 CLM_LINE_NUM 14 23 BENE_MBI_ID 24 34 CLM_TYPE_CD 46 47 CLM_FROM_DT 48 57 CLM_THRU_DT 58 67
        CLM_POS_CD 76 77 CLM_LINE_FROM_DT 78 87 CLM_LINE_THRU_DT 88 97 CLM_LINE_HCPCS_CD 98 102
        CLM_LINE_CVRD_PD_AMT 103 117 CLM_LINE_DGNS_CD 119 125 RNDRG_PRVDR_NPI_NUM 136 145 CLM_CARR_PMT_DNL_CD 146 147
        CLM_PRCSG_IND_CD 148 149 CLM_ADJSMT_TYPE_CD 150 151 CLM_EFCTV_DT 152 161 CLM_IDR_LD_DT 162 171
        CLM_CNTL_NUM 172 211 CLM_LINE_ALOWD_CHRG_AMT 223 239 CLM_LINE_SRVC_UNIT_QTY 240 263 HCPCS_1_MDFR_CD 264 265
        CLM_DGNS_1_CD 276 282 CLM_DGNS_2_CD 283 289 DGNS_PRCDR_ICD_IND 332 332 CLM_DGNS_12_CD 354 360
        HCPCS_BETOS_CD 361 363 CLM_CNTRCTR_NUM 384 388""",
    "CCLF7": """CUR_CLM_UNIQ_ID 1 13 BENE_MBI_ID 14 24 CLM_LINE_NDC_CD 36 46 CLM_TYPE_CD 47 48 CLM_LINE_FROM_DT 49 58
        PRVDR_SRVC_ID_QLFYR_CD 59 60 CLM_SRVC_PRVDR_GNRC_ID_NUM 61 80 CLM_DSPNSNG_STUS_CD 81 81
        CLM_DAW_PROD_SLCTN_CD 82 82 CLM_LINE_SRVC_UNIT_QTY 83 106 CLM_LINE_DAYS_SUPLY_QTY 107 115
        PRVDR_PRSBNG_ID_QLFYR_CD 116 117 CLM_PRSBNG_PRVDR_GNRC_ID_NUM 118 137 CLM_LINE_BENE_PMT_AMT 138 150
        CLM_ADJSMT_TYPE_CD 151 152 CLM_EFCTV_DT 153 162 CLM_IDR_LD_DT 163 172 CLM_LINE_RX_SRVC_RFRNC_NUM 173 184
        CLM_LINE_RX_FILL_NUM 185 193 CLM_PHRMCY_SRVC_TYPE_CD 194 195""",
    "CCLF8": """BENE_MBI_ID 1 11 BENE_HIC_NUM 12 22 BENE_FIPS_STATE_CD 23 24 BENE_FIPS_CNTY_CD 25 27 BENE_ZIP_CD 28 32
        BENE_DOB 33 42 BENE_SEX_CD 43 43 BENE_RACE_CD 44 44 BENE_AGE 45 47 BENE_MDCR_STUS_CD 48 49 BENE_DUAL_STUS_CD 50 51
        BENE_DEATH_DT 52 61 BENE_RNG_BGN_DT 62 71 BENE_RNG_END_DT 72 81 BENE_1ST_NAME 82 111 BENE_MIDL_NAME 112 126
        BENE_LAST_NAME 127 166 BENE_ORGNL_ENTLMT_RSN_CD 167 167 BENE_ENTLMT_BUYIN_IND 168 168
        BENE_PART_A_ENRLMT_BGN_DT 169 178 BENE_PART_B_ENRLMT_BGN_DT 179 188 BENE_LINE_1_ADR 189 233
        GEO_ZIP_PLC_NAME 439 538 GEO_USPS_STATE_CD 539 540 GEO_ZIP5_CD 541 545 GEO_ZIP4_CD 546 549""",
    "CCLF9": "HICN_MBI_XREF_IND 1 1 CRNT_NUM 2 12 PRVS_NUM 13 23 PRVS_ID_EFCTV_DT 24 33 PRVS_ID_OBSLT_DT 34 43",
}
LENGTHS = {"CCLF5": 388, "CCLF7": 195, "CCLF8": 549, "CCLF9": 55}
BASES = {"CCLF5": CCLF5, "CCLF7": CCLF7, "CCLF8": CCLF8, "CCLF9": CCLF9}


def cclf_line(code, length=None, **changes):
    """One line of fixed width."""
    values = BASES[code] | changes
    line = [" "] * LENGTHS[code]
    words = PLACES[code].split()
    for name, first, last in zip(words[::3], words[1::3], words[2::3], strict=True):
        first, last = int(first) - 1, int(last)
        line[first:last] = values.get(name, "")[: last - first].ljust(last - first)
    return "".join(line)[: length or LENGTHS[code]]


def cclf(code, *changes, end="\n", length=None):
    """A file of fixed width, of one line for each dict of changes."""
    return (end.join(cclf_line(code, length, **one) for one in changes or [{}]) + end).encode()


def cclf_delimited(code, *changes, delimiter=",", more=()):
    """A file of the same lines under a header."""
    names = [*PLACES[code].split()[::3], *more]
    rows = [delimiter.join((BASES[code] | one).get(name, "") for name in names) for one in changes or [{}]]
    return "\n".join([delimiter.join(names), *rows, ""]).encode()
