"""What the CMS research files become: on a real extract, and on lines made for one question each."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from patients.claims.formats.cms_rif.months import MONTHS, Month, spans

from .reading import DATA, line_with, lines, read
from .test_bad_inputs import CARRIER, EVENT, LINE, RIF

EXTRACT = {
    "beneficiary_2011": ("eligibility", 3, 3),
    "beneficiary_2014": ("eligibility", 3, 3),
    "beneficiary_2015": ("eligibility", 3, 4),
    "beneficiary_2021": ("eligibility", 3, 3),
    "beneficiary_history": ("eligibility", 3, 3),
    "carrier": ("medical_claim", 251, 251),
    "hha": ("medical_claim", 11, 11),
    "hospice": ("medical_claim", 20, 20),
    "inpatient": ("medical_claim", 11, 11),
    "outpatient": ("medical_claim", 22, 22),
    "pde": ("pharmacy_claim", 258, 258),
    "snf": ("medical_claim", 42, 42),
}


def extract(name):
    feed, good, bad = read("cms_rif", (DATA / "cms_rif" / f"{name}.csv").read_bytes())
    assert not bad
    return feed, good


@pytest.mark.parametrize(("name", "expected"), EXTRACT.items())
def test_the_extract_is_read_whole(name, expected):
    feed, good = extract(name)
    assert (feed.kind, feed.records, len(good)) == expected
    assert not feed.drift


def test_the_first_fill_of_the_extract():
    _, good = extract("pde")
    text = (DATA / "cms_rif" / "pde.csv").read_text().splitlines()
    first = dict(zip(text[0].split("|"), text[1].split("|"), strict=True))
    fill = good[0]
    assert (fill["claim_id"], fill["claim_line"], fill["member_id"]) == (first["PDE_ID"], 1, first["BENE_ID"])
    assert fill["filled_on"].strftime("%d-%b-%Y") == first["SRVC_DT"]
    assert (fill["ndc"], str(fill["days_supply"])) == (first["PROD_SRVC_ID"], first["DAYS_SUPLY_NUM"])
    assert fill["quantity"] == Decimal(first["QTY_DSPNSD_NUM"])
    assert fill["pharmacy_ref"] == first["SRVC_PRVDR_ID"]
    assert fill["plan"] == f"{first['PLAN_CNTRCT_REC_ID']}-{first['PLAN_PBP_REC_NUM']}"


def test_what_the_extract_lacks_is_said():
    feed, _ = extract("pde")
    assert feed.notes == {"pharmacy_ref_not_npi": 258, "prescriber_ref_not_npi": 258}
    assert extract("snf")[0].notes == {"discharge_after_claim_end": 42}


def test_stays_have_admission_and_discharge():
    _, good = extract("inpatient")
    assert all(stay["admitted_on"] and stay["discharged_on"] and stay["setting"] == "inpatient" for stay in good)
    assert all(stay["bill_type"] == "111" and stay["drg"] for stay in good)


def test_diagnoses_of_diabetes_and_hypertension_are_there():
    _, good = extract("carrier")
    seen = Counter(code for line in good for code in line["diagnoses"] if line["diagnosis_type"] == "icd-10-cm")
    assert seen["E1121"] == 130
    assert seen["I10"] == 133
    assert {line["setting"] for line in good} == {"carrier"}


def test_the_claims_payment_stands_once():
    _, good = extract("snf")
    assert Counter(line["paid_cents"] is not None for line in good) == {True: 1, False: 41}


def test_identities_without_coverage():
    feed, good = extract("beneficiary_history")
    assert feed.notes == {"identity_only": 3}
    assert {row["starts_on"] for row in good} == {None}
    assert all(row["subscriber_id"].startswith("1S00E00") for row in good)


def test_coverage_by_month_becomes_spans():
    _, good = extract("beneficiary_2015")
    mine = [(row["starts_on"], row["ends_on"], row["plan"]) for row in good if row["member_id"] == "-1000009"]
    assert mine == [
        (date(2015, 1, 1), date(2015, 7, 31), "Z0002-802"),
        (date(2015, 8, 1), date(2015, 12, 31), "Z0005-800"),
    ]
    _, good = extract("beneficiary_2021")
    mine = [(row["starts_on"], row["ends_on"], row["plan"]) for row in good if row["member_id"] == "-1000008"]
    assert mine[0][0] == date(2021, 1, 1)
    assert mine[-1][1] == date(2021, 5, 31), "the file ends with May"
    assert all(row["line_of_business"] == "medicare" and row["state"] == "MA" for row in good)


def test_the_months_own_status_counts_before_the_years():
    feed, good = extract("beneficiary_2011")
    assert feed.notes["esrd_sources_disagree"] >= 1
    assert not any(row["is_esrd"] or row["is_disabled"] for row in good)
    assert {row["medicare_status"] for row in good} <= {"10", "11", "20", "21"}


def made(header, base, **changes):
    feed, good, bad = read("cms_rif", lines(header, line_with(header, base, "|", **changes)))
    assert not bad, bad
    return good, feed


@pytest.mark.parametrize(
    ("code", "channel"),
    [("01", "retail"), ("1", "retail"), ("05", "ltc"), ("06", "mail"), ("08", "specialty"), ("04", "other"), ("", "")],
)
def test_the_channel_of_a_fill(code, channel):
    assert made(RIF, EVENT, PHRMCY_SRVC_TYPE_CD=code)[0][0]["channel"] == channel


@pytest.mark.parametrize(
    ("changes", "is_reversal"),
    [
        (dict(), False),
        (dict(DML_IND="UPDATE"), False),
        (dict(DML_IND="DELETE"), True),
        (dict(ADJSTMT_DLTN_CD="A"), False),
        (dict(ADJSTMT_DLTN_CD="D"), True),
        (dict(FINAL_ACTION="N"), True),
        (dict(DML_IND="DELETE", QTY_DSPNSD_NUM="-30"), True),
    ],
)
def test_what_takes_a_fill_back(changes, is_reversal):
    fill = made(RIF, EVENT, **changes)[0][0]
    assert (fill["is_reversal"], fill["transaction"]) == (is_reversal, "B2" if is_reversal else "B1")


def test_later_words_have_higher_versions():
    words = [
        made(RIF, EVENT, PD_DT=day, DML_IND=dml)[0][0]["version"]
        for day, dml in (
            ("01-Jul-2014", "INSERT"),
            ("01-Jul-2014", "UPDATE"),
            ("01-Jul-2014", "DELETE"),
            ("02-Jul-2014", "INSERT"),
        )
    ]
    assert words == sorted(set(words))


def test_a_credit_entry_cancels_a_carrier_claim():
    assert made(CARRIER + "|CARR_CLM_ENTRY_CD", LINE, CARR_CLM_ENTRY_CD="3")[0][0]["is_reversal"]


def test_quotes_and_backslashes_are_ordinary():
    header = RIF + "|RX_SRVC_RFRNC_NUM"
    assert made(header, EVENT, RX_SRVC_RFRNC_NUM='4"x\\')[0][0]["rx_number"] == '4"x\\'


def test_one_separator_too_many_is_forgiven_and_counted():
    data = lines(RIF, line_with(RIF, EVENT, "|") + "|")
    feed, good, bad = read("cms_rif", data)
    assert (len(good), bad, feed.notes["trailing_delimiter"]) == (1, [], 1)


def test_codes_of_another_system_than_the_first_are_left_out():
    header = CARRIER + "|PRNCPAL_DGNS_CD|PRNCPAL_DGNS_VRSN_CD|ICD_DGNS_VRSN_CD1|ICD_DGNS_CD2|ICD_DGNS_VRSN_CD2"
    line, feed = made(
        header, LINE, PRNCPAL_DGNS_CD="I10", PRNCPAL_DGNS_VRSN_CD="0", ICD_DGNS_CD2="4019", ICD_DGNS_VRSN_CD2="9"
    )
    assert (line[0]["diagnosis_type"], line[0]["diagnoses"]) == ("icd-10-cm", ("I10",))
    assert feed.notes["mixed_diagnosis_types"] == 1


PART_D = Month("H1234-001", "H1234", "001", "", "", "10")
OTHER = PART_D._replace(plan="H1234-002", pbp="002")
NONE = Month("", "", "", "", "", "")


@pytest.mark.parametrize(
    ("months", "died_on", "expected"),
    [
        ([PART_D] * 12, None, [("01-01", "12-31")]),
        ([PART_D] * 2 + [NONE] * 10, None, [("01-01", "02-28")]),
        ([PART_D] + [NONE] + [PART_D] * 10, None, [("01-01", "01-31"), ("03-01", "12-31")]),
        ([PART_D] * 6 + [OTHER] * 6, None, [("01-01", "06-30"), ("07-01", "12-31")]),
        ([PART_D] * 12, date(2025, 3, 10), [("01-01", "03-10")]),
        ([PART_D] * 12, date(2025, 4, 1), [("01-01", "04-01")]),
        ([PART_D] * 12, date(2024, 12, 31), []),
        ([NONE] * 12, None, []),
    ],
)
def test_spans_of_months(months, died_on, expected):
    found = [(f"{span.starts_on:%m-%d}", f"{span.ends_on:%m-%d}") for span in spans(2025, months, died_on=died_on)]
    assert found == expected


def year_line(**by_month):
    """A beneficiary line: column pattern -> the values of its twelve months."""
    changes = {
        pattern.format(month=month, number=number): value
        for pattern, values in by_month.items()
        for number, (month, value) in enumerate(zip(MONTHS, values, strict=True), 1)
    }
    base = dict(BENE_ID="-1", BENE_BIRTH_DT="26-Jun-1941", RFRNC_YR="2025", BENE_MDCR_STATUS_CD="10") | changes
    header = "|".join(base)
    return read("cms_rif", lines(header, "|".join(base.values())))


def test_part_d_months_and_months_with_part_a_and_b_only():
    contract = ["H1234"] * 4 + ["N"] * 4 + ["0"] * 4
    _, good, _ = year_line(
        **{
            "PTD_CNTRCT_{month}_ID": contract,
            "PTD_PBP_{month}_ID": ["001"] * 12,
            "MDCR_ENTLMT_BUYIN_{number}_IND": ["3"] * 8 + ["0"] * 4,
            "META_DUAL_ELGBL_STUS_{month}_CD": ["02"] * 2 + ["NA"] * 10,
            "CST_SHR_GRP_{month}_CD": ["03"] * 2 + ["09"] * 10,
        }
    )
    said = [
        (row["starts_on"].month, row["ends_on"].month, row["plan"], row["dual_status"], row["low_income"])
        for row in good
    ]
    assert said == [
        (1, 2, "H1234-001", "02", "03"),
        (3, 4, "H1234-001", "", ""),
        (5, 8, "medicare-ab", "", ""),
    ]
    assert {row["number"] for row in good} == {2}, "one record, several rows"


def test_kidney_failure_by_month():
    _, good, _ = year_line(**{"PTD_CNTRCT_{month}_ID": ["H1234"] * 12, "MDCR_STUS_{month}_CD": ["10"] * 6 + ["11"] * 6})
    assert [(row["starts_on"].month, row["is_esrd"]) for row in good] == [(1, False), (7, True)]
