"""837 claims: whose they are, what they say, what they replace, and how an envelope or a claim is told to be wrong."""

from datetime import date
from decimal import Decimal

import pytest

from patients.claims.formats import FeedRefused
from patients.claims.formats.reading.family import dependant_id
from tests.pharmacies.billing.formats.judge import complaints

from .reading import DATA, faults, read
from .x12 import institutional, patient, professional, stay, subscriber, visit

CLAIM = "x12_837"
LEO = dependant_id("M1", date(2026, 1, 10), "LEO")


def claims(content):
    _, good, bad = read(CLAIM, content)
    assert not bad
    return good


@pytest.mark.parametrize(
    "content",
    [
        professional(subscriber(), visit()),
        professional(subscriber(below=1), patient(), visit(), visit("C2", "7", "X1"), visit("C3", "8", "X1")),
        institutional(subscriber(), stay()),
    ],
)
def test_our_own_files_are_valid_for_an_outside_validator(content):
    assert complaints(content.decode()) == []


def test_a_professional_claim():
    (row,) = claims(professional(subscriber(), visit()))
    assert row["number"] == 20  # the CLM segment's place in the file
    assert (row["claim_id"], row["claim_line"], row["member_id"]) == ("C1", 1, "M1")
    assert (row["claim_type"], row["setting"], row["place_of_service"], row["bill_type"]) == (
        "professional",
        "carrier",
        "11",
        "",
    )
    assert (row["starts_on"], row["ends_on"], row["line_starts_on"]) == (date(2026, 2, 10),) * 3
    assert (row["hcpcs"], row["modifiers"], row["units"], row["charge_cents"]) == (
        "99213",
        ("25",),
        Decimal("1.000"),
        10000,
    )
    assert (row["billing_ref"], row["rendering_ref"], row["facility_ref"]) == ("1679576722", "1679576722", "")
    assert (row["diagnosis_type"], row["diagnoses"]) == ("icd-10-cm", ("E119", "I10"))
    assert (row["paid_cents"], row["allowed_cents"], row["paid_on"]) == (None, None, None)
    assert (row["transaction"], row["original_claim_id"], row["is_reversal"]) == ("B1", "", False)


def test_an_institutional_claim():
    first, second = claims(institutional(subscriber(), stay()))
    assert (first["claim_type"], first["setting"], first["bill_type"]) == ("institutional", "inpatient", "111")
    assert (first["starts_on"], first["ends_on"]) == (date(2026, 2, 10), date(2026, 2, 14))
    assert (first["admitted_on"], first["discharged_on"], first["discharge_code"]) == (
        date(2026, 2, 10),
        date(2026, 2, 14),
        "01",
    )
    assert (first["drg"], first["diagnoses"]) == (
        "287",
        ("I2510", "E119"),
    )  # the admitting diagnosis is none of the claim's
    assert (first["procedure_type"], first["procedures"]) == ("icd-10-pcs", ("4A023N7",))
    assert (first["revenue_code"], first["hcpcs"], first["units"]) == ("0120", "", Decimal("4.000"))
    assert (second["revenue_code"], second["hcpcs"], second["charge_cents"]) == ("0450", "99283", 30000)
    assert (first["rendering_ref"], first["facility_ref"]) == ("1679576722", "1679576722")


def test_who_is_still_in_the_hospital_has_no_day_of_discharge():
    text = stay(status="30").replace("DTP*096*TM*1030\n", "")
    assert claims(institutional(subscriber(), text))[0]["discharged_on"] is None


def test_the_patients_level_says_whose_claim_it_is():
    rows = claims(
        professional(
            subscriber(below=1), visit("OF-ANN"), patient(), visit("OF-LEO"), subscriber("M2", level=4), visit("OF-M2")
        )
    )
    assert [(row["claim_id"], row["member_id"]) for row in rows] == [("OF-ANN", "M1"), ("OF-LEO", LEO), ("OF-M2", "M2")]


def test_twins_are_two_people_and_neither_is_their_mother():
    rows = claims(professional(subscriber(below=1), patient("LEO"), visit("A"), patient("MIA", level=4), visit("B")))
    assert len({row["member_id"] for row in rows} | {"M1"}) == 3


@pytest.mark.parametrize("name", ["", "BABY BOY", "NEWBORN", "BB", "TWIN A", "Baby Girl B"])
def test_a_newborn_without_a_name_is_nobodys(name):
    _, good, bad = read(CLAIM, professional(subscriber(below=1), patient(name), visit()))
    assert not good
    assert faults(bad) == [(26, "NM1 (QC)", "member_unclear")]


@pytest.mark.parametrize("name", ["Mary Ann", "MARY-ANN", "maryann", "Márÿ Ann"])
def test_a_name_is_one_name_however_it_is_written(name):
    assert dependant_id("M1", date(2020, 1, 1), name) == dependant_id("M1", date(2020, 1, 1), "MARYANN")


def test_a_social_security_number_is_no_member_id():
    content = professional(subscriber().replace("****MI*M1", "****34*123456789"), visit())
    assert faults(read(CLAIM, content)[2]) == [(20, "NM109 (IL)", "missing")]


@pytest.mark.parametrize(("frequency", "transaction"), [("1", "B1"), ("7", "B3"), ("8", "B2"), ("2", "B1")])
def test_frequency(frequency, transaction):
    (row,) = claims(professional(subscriber(), visit(frequency=frequency, of="X1")))
    assert row["transaction"] == transaction
    assert row["is_reversal"] is (transaction == "B2")
    assert row["original_claim_id"] == ("" if transaction == "B1" else "X1")


@pytest.mark.parametrize(("of", "transaction"), [("X1", "B3"), ("", "B1")])
def test_an_adjustment_of_the_payer_replaces_what_it_names(of, transaction):
    (row,) = claims(professional(subscriber(), visit(frequency="G", of=of)))
    assert (row["transaction"], row["original_claim_id"]) == (transaction, of)


def test_the_number_of_a_claim_is_its_providers():
    (row,) = claims(professional(subscriber(), visit()))
    assert (row["claim_id"], row["number_of"], row["billing_tax_ref"]) == ("C1", "1679576722", "123456789")
    (row,) = claims(professional(subscriber(), visit(), npi="", tax="12-3456789"))
    assert (row["number_of"], row["billing_tax_ref"]) == ("123456789", "123456789")
    content = professional(subscriber(), visit()).replace(b"*XX*1679576722", b"*34*123456780")
    assert claims(content)[0]["billing_ref"] == ""  # a social security number


def test_of_two_transactions_the_later_has_the_higher_version():
    early, late = (
        claims(professional(subscriber(), visit(), at=at))[0]["version"] for at in ("20260301*1015", "20260301*1016")
    )
    assert late == early + 1


def test_what_another_payer_says_is_not_what_this_claim_says():
    other = """SBR*S*18*******CI
OI***Y*P**Y
NM1*IL*1*DOE*PAT****MI*OTHER
NM1*PR*2*OTHER PAYER*****PI*11111
REF*F8*OTHERS-NUMBER
"""
    text = visit(frequency="7", of="X1")
    (row,) = claims(professional(subscriber(), text.replace("LX*1", f"{other}LX*1", 1)))
    assert (row["member_id"], row["original_claim_id"]) == ("M1", "X1")


def test_the_lines_provider_and_place_go_before_the_claims():
    text = visit(lines=("99213*60*UN*1", "99214*40*UN*1*22")).replace(
        "LX*1", "NM1*82*1*DOE*JO****XX*1234567893\nNM1*77*2*EAST*****XX*1467599910\nLX*1"
    )
    first, second = claims(professional(subscriber(), text + "NM1*82*1*FOX*AL****XX*1447373733\n"))
    assert [row["rendering_ref"] for row in (first, second)] == ["1234567893", "1447373733"]
    assert [row["place_of_service"] for row in (first, second)] == ["11", "22"]
    assert first["facility_ref"] == "1467599910"


def test_diagnoses_of_the_older_code_system():
    row = claims(professional(subscriber(), visit(diagnoses="BF:4019*BK:25000", day="20140301")))[0]
    assert (row["diagnosis_type"], row["diagnoses"]) == ("icd-9-cm", ("25000", "4019"))


def test_days_of_service_span_the_claim():
    text = visit(lines=("99213*60*UN*1", "99214*40*UN*1"))
    text = text.replace("DTP*472*D8*20260210", "DTP*472*RD8*20260203-20260205", 1)
    first, second = claims(professional(subscriber(), text))
    assert (
        (first["starts_on"], first["ends_on"])
        == (second["starts_on"], second["ends_on"])
        == (date(2026, 2, 3), date(2026, 2, 10))
    )
    assert (first["line_starts_on"], first["line_ends_on"]) == (date(2026, 2, 3), date(2026, 2, 5))


BAD_CLAIMS = {
    "CLM*C1*": ("CLM**", "CLM01", "missing"),
    "CLM*C1*100": ("CLM*C1*99", "CLM02", "charges_disagree"),
    "11:B:1": ("11:B", "CLM05", "missing"),
    "D8*20260210": ("D8*20260230", "DTP03 (472)", "not_a_date"),
    "472*D8*20260210": ("472*D8*20991231", "DTP03 (472)", "in_the_future"),
    "472*D8": ("471*D8", "DTP03 (472)", "missing"),
    "LX*1": ("LX*0", "LX01", "out_of_range"),
    "LX*1~": ("LX*~", "LX01", "missing"),
    "*100*UN": ("**UN", "SV102", "missing"),
    "25*100*UN": ("25*1.005*UN", "SV102", "money_precision"),
    "UN*1*": ("UN*NaN*", "SV104", "not_a_number"),
    "ABK:E119": ("ABK:E11-9", "HI01 (ABK)", "not_a_code"),
    "SV1*": ("SVX*", "claim", "unknown_segment"),
    "HL*2*1*22": ("HL*2*9*22", "HL02", "hierarchy"),
    "D8*19500101": ("D8*20260301", "DTP03 (472)", "before_birth"),
}


@pytest.mark.parametrize(("was", "now", "field", "code"), [(was, *rest) for was, rest in BAD_CLAIMS.items()])
def test_a_bad_claim_is_named_and_the_next_is_read(was, now, field, code):
    content = (
        professional(subscriber() + visit(), subscriber("M2", level=3), visit("C2"))
        .decode()
        .replace(was, now, 1)
        .encode()
    )
    _, good, bad = read(CLAIM, content)
    assert (20, field, code) in faults(bad)
    assert [row["claim_id"] for row in good] == ["C2"]


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        ("CLM*C1*", "CLX*C1*", "segment_order"),
        ("HL*2*1*22*0", "HL*2*1*21*0", "hierarchy"),
        ("HL*2*1*22*0", "NTE*ADD*X", "segment_order"),
        ("20260301*1015*CH", "20991231*1015*CH", "in_the_future"),
        ("20260301*1015*CH", "*1015*CH", "not_a_date"),
    ],
)
def test_a_file_whose_claims_cannot_be_told_is_refused(was, now, code):
    content = professional(subscriber(), visit()).decode().replace(was, now, 1).encode()
    with pytest.raises(FeedRefused) as refused:
        read(CLAIM, content)
    assert refused.value.code == code


def test_the_fixture():
    feed, good, bad = read(CLAIM, (DATA / CLAIM / "claims.837").read_bytes())
    assert (feed.records, len(good), bad, feed.notes) == (4, 5, [], {"not_adjudicated": 4})
    assert [row["transaction"] for row in good] == ["B1", "B1", "B1", "B3", "B2"]
