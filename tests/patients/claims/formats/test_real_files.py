"""Every real file that is at hand, whole: exact counts, and every line accounted for."""

import pytest

from patients.claims.formats import FeedRefused

from .reading import faults, read

pytestmark = pytest.mark.shared_data

# folder/file -> (kind, records, rows, what the data lack)
TUVA = {
    "tuva_integration/eligibility_seed.csv": ("eligibility", 31, 31, {"social_security_column_ignored": 31}),
    "tuva_integration/immunization_seed.csv": ("immunization", 17, 17, {"member_id_from_person_id": 17}),
    "tuva_integration/lab_result_seed.csv": ("lab_result", 1162, 1162, {"member_id_from_person_id": 1162}),
    "tuva_integration/medical_claim_seed.csv": (
        *("medical_claim", 2075, 2075),
        {"no_paid_date": 2075, "diagnosis_type_corrected": 1462},
    ),
    "tuva_integration/observation_seed.csv": ("observation", 2917, 2917, {"member_id_from_person_id": 2917}),
    "tuva_integration/pharmacy_claim_seed.csv": (
        *("pharmacy_claim", 291, 291),
        {"no_days_supply": 291, "no_pharmacy": 291, "no_prescriber": 291},
    ),
    "tuva_demo_2026_half/eligibility.csv": ("eligibility", 1179, 1179, {"social_security_column_ignored": 1179}),
    "tuva_demo_2026_half/immunization.csv": ("immunization", 188, 188, {"member_id_from_person_id": 188}),
    "tuva_demo_2026_half/pharmacy_claim.csv": (
        *("pharmacy_claim", 5622, 5622),
        {"no_days_supply": 5622, "no_pharmacy": 5622, "no_prescriber": 5622},
    ),
}
SYNTHEA = {
    **{
        f"beneficiary_{year}": ("eligibility", 12, rows)
        for year, rows in zip(range(2011, 2022), (13, 13, 14, 12, 14, 14, 12, 12, 14, 12, 14), strict=True)
    },
    "beneficiary_history": ("eligibility", 12, 12),
    "carrier": ("medical_claim", 1366, 1366),
    "dme": ("medical_claim", 3, 3),
    "hha": ("medical_claim", 11, 11),
    "hospice": ("medical_claim", 147, 147),
    "inpatient": ("medical_claim", 19, 19),
    "outpatient": ("medical_claim", 192, 192),
    "pde": ("pharmacy_claim", 536, 536),
    "snf": ("medical_claim", 589, 589),
}
# The sets made to be odd: what is rejected, and why. A year of 0 or 3 is no year; sample-u-bcarrier has one value more
# than its header has columns, and that value is not empty.
ODD = {
    "sample-hicn-mult-bene-beneficiaries": [(5, "RFRNC_YR", "out_of_range")],
    "sample-u-unchanged-beneficiaries": [(2, "RFRNC_YR", "out_of_range")],
    "sample-u-bcarrier": [(2, "line", "column_count")],
}


@pytest.mark.parametrize(("name", "expected"), TUVA.items())
def test_tuva_files(shared_data, name, expected):
    feed, good, bad = read("tuva_csv", (shared_data / "claims" / name).read_bytes())
    assert (feed.kind, feed.records, len(good), feed.notes) == expected
    assert not bad


@pytest.mark.parametrize(
    "name", ["tuva_integration/appointment_seed.csv", "tuva_demo_2026_half/provider_attribution.csv"]
)
def test_tuva_files_of_other_kinds(shared_data, name):
    with pytest.raises(FeedRefused, match="appointment|provider_attribution"):
        read("tuva_csv", (shared_data / "claims" / name).read_bytes())


@pytest.mark.parametrize(("name", "expected"), SYNTHEA.items())
def test_research_files(shared_data, name, expected):
    feed, good, bad = read("cms_rif", (shared_data / "claims" / "synthea_rif_half" / f"{name}.csv").read_bytes())
    assert (feed.kind, feed.records, len(good)) == expected
    assert not bad and not feed.drift


def test_research_files_made_to_be_odd(shared_data):
    files = sorted((shared_data / "claims" / "rif_sample_a").glob("*.txt"))
    rejected = {file.stem: faults(read("cms_rif", file.read_bytes())[2]) for file in files}
    assert len(files) == 23
    assert {name: found for name, found in rejected.items() if found} == ODD


def test_a_four_character_drg_is_kept(shared_data):
    file = shared_data / "claims" / "rif_sample_a" / "sample-a-inpatient-with-four-character-drg-code.txt"
    _, good, _ = read("cms_rif", file.read_bytes())
    assert len(good[0]["drg"]) == 4


# file -> (rows, refusal or the faults of records)
X12 = {
    "linuxforhealth/demo.autoaccident.837": (2, []),
    "linuxforhealth/demo.cob.example3.B.837": (3, []),
    "linuxforhealth/demo.drug.example10.1.837": (2, []),
    "linuxforhealth/demo.example1.837": (4, []),
    "linuxforhealth/demo.example2.837": (4, []),
    "linuxforhealth/demo.example7.837": (2, []),
    "linuxforhealth/medicare-part-a.835": (2, []),
    "linuxforhealth/managed-care.835": (0, [(13, "BPR16", "not_a_date"), (20, "BPR16", "not_a_date")]),
    "pyx12/simple_837p.source.x12": (0, "wrong_version"),
    "pyx12/simple_837p.res997.x12": (0, "wrong_kind"),
    "pyx12/835id.source.x12": (0, "wrong_kind"),
}


@pytest.mark.parametrize(("name", "expected"), X12.items())
def test_x12_files(shared_data, name, expected):
    code = "x12_835" if name.endswith(".835") else "x12_837"
    try:
        _, good, bad = read(code, (shared_data / "x12" / name).read_bytes())
    except FeedRefused as refused:
        assert (0, refused.code) == expected
    else:
        assert (len(good), faults(bad)) == expected
