"""Value sets that a licensee brings, and the public codes beside them."""

import csv

import pytest

from patients.measures.clinical import terminology
from patients.measures.clinical.records import Coding

HEADER = "valueset_oid,title,code_system,code\n"


@pytest.fixture
def load(tmp_path):
    def run(text):
        path = tmp_path / "sets.csv"
        path.write_text(text)
        return terminology.load(path)

    return run


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title,code\nA,1\n", "sets.csv has no column code_system."),
        ("", "sets.csv has no column title, code_system, code."),
        (HEADER + "1.2,A,LOINC,\n", "row 2 lacks its title, code system or code."),
        (HEADER + "1.2,A\n", "row 2 lacks its title, code system or code."),
    ],
)
def test_a_file_that_cannot_be_used_says_why(load, text, says):
    with pytest.raises(terminology.BadValueSets, match=says):
        load(text)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(terminology.BadValueSets, match=r"absent\.csv cannot be read"):
        terminology.load(tmp_path / "absent.csv")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(terminology.BadValueSets, match="is not UTF-8"):
        terminology.load(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("http://snomed.info/sct", "SNOMEDCT"),
        ("SNOMED CT", "SNOMEDCT"),
        ("http://www.ama-assn.org/go/cpt", "CPT"),
        ("HCPCS2", "HCPCS"),
        ("http://www.cms.gov/Medicare/Coding/ICD10", "ICD10PCS"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "ICD10CM"),
        ("urn:oid:2.16.840.1.113883.6.1", "2.16.840.1.113883.6.1"),
    ],
)
def test_names_of_code_systems(name, system):
    assert terminology.system_of(name) == system


def test_sets_of_one_title_are_one_set_and_public_codes_count_beside_them(load):
    terms = load(HEADER + "1.2,Office Visit,SNOMEDCT,1\n3.4,Office Visit,SNOMEDCT,2\n")
    for code in ("1", "2"):
        assert terms.has("Office Visit", Coding("SNOMEDCT", code))
    assert terms.has("Office Visit", Coding("CPT", "99213"))
    assert not terms.has("Office Visit", Coding("SNOMEDCT", "99213"))
    full = load(HEADER + "1.2,Office Visit,CPT,1\n")
    assert not full.has("Office Visit", Coding("CPT", "99213"))  # the file knows better
    assert not terms.has("No such set", Coding("CPT", "99213"))


def test_a_set_is_known_by_its_identifier_whatever_its_title(load):
    terms = load(HEADER + "2.16.840.1.113883.3.464.1003.101.12.1001-20260101,Visits at an Office,SNOMEDCT,1\n")
    assert terms.has("Office Visit", Coding("SNOMEDCT", "1"))


def test_starts_of_codes_and_words_of_names(load):
    terms = load(HEADER)
    assert terms.has("Schizophrenia", Coding("ICD10CM", "F20.9"))
    assert not terms.has("Schizophrenia", Coding("ICD10CM", "F31.9"))
    assert terms.has("Dialysis Services", Coding("ICD10PCS", "5A1D70Z"))
    assert terms.has("Kidney Transplant", Coding("ICD10PCS", "0TY00Z0"))
    nifedipine = "Nifedipine Medications"
    assert terms.has(nifedipine, Coding("RXNORM", "0", "nifedipine 10 MG Oral Capsule"))
    assert not terms.has(nifedipine, Coding("RXNORM", "0", "24 HR nifedipine 30 MG Extended Release Oral Tablet"))
    assert not terms.has(nifedipine, Coding("RXNORM", "0", ""))


def test_what_a_file_may_lack(load):
    page = "".join(f"1.2,Cut,ICD10CM,A{number}\n" for number in range(1000))
    terms = load(HEADER + page + "3.4,Whole,ICD10CM,B1\n")
    assert terms.may_lack("Cut", Coding("ICD10CM", "Z1"))  # VSAC gives codes by the thousand
    assert not terms.may_lack("Whole", Coding("ICD10CM", "Z1"))
    assert terms.may_lack("Whole", Coding("SNOMEDCT", "1"))
    assert terms.may_lack("Whole", Coding("LOINC", "1-1"))
    assert terms.may_lack("Absent", Coding("ICD10CM", "Z1"))
    full = load(HEADER + "1.2,A,SNOMEDCT,1\n3.4,B,ICD10CM,2\n")
    assert not full.may_lack("B", Coding("SNOMEDCT", "3"))  # the file has SNOMED CT: what it leaves out is no member
    assert not terms.may_lack("Absent", Coding("ICD10CM", "B1"))  # another set knows the code


def test_known_codes_have_a_source_and_no_words_but_those_of_drugs():
    texts = [path.read_text() for path in terminology.KNOWN]
    rows = [row for text in texts for row in csv.DictReader(one for one in text.splitlines() if one[0] != "#")]
    assert all(row["source"] and row["code_system"] in set(terminology.SYSTEMS.values()) for row in rows)
    assert not [row for row in rows if " " in row["code"] and not row["code"].startswith("~")]
    assert len({(row["title"], row["code_system"], row["code"]) for row in rows}) == len(rows)
