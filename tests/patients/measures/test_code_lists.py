"""Code lists: what their headers say is what they hold, and public value sets agree where there are any."""

import csv
import re
from pathlib import Path

import pytest

from patients.measures import code_lists
from tests.conftest import shared_data_folder

FOLDER = Path(code_lists.__file__).parent / "kinds" / "codes"
LISTS = sorted(FOLDER.glob("*.csv"))
THEIRS = {
    "diabetes": "Diabetes",
    "a1c_results": "HbA1c Laboratory Test",
    "egfr_results": "Estimated Glomerular Filtration Rate",
    "uacr_results": "Urine Albumin Creatinine Ratio",
    "frailty": "Frailty Diagnosis",
    "frailty_services": "Frailty Encounter",
    "essential_hypertension": "Essential Hypertension",
    "palliative_care": "Palliative Care Diagnosis",
}


def head_of(path):
    return [line.removeprefix("# ") for line in path.read_text().splitlines() if line.startswith("#")]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_a_list_names_its_source_and_holds_codes(path):
    assert any(line.startswith("Source: ") for line in head_of(path))
    assert code_lists.read(path)


@pytest.mark.shared_data
def test_lists_by_prefix_hold_the_codes_of_icd_10_cm():
    every = (shared_data_folder() / "codes" / "icd10cm_codelist_2026-04.txt").read_text().split()
    known = [code for code in every if re.fullmatch(r"[A-Z0-9]{3,7}", code)]
    checked = 0
    for path in LISTS:
        head = {line.split(": ")[0]: tuple(line.split(": ")[1].split()) for line in head_of(path) if ": " in line}
        if "Prefixes" not in head:
            continue
        without = head.get("Except", ("-",))
        expected = {code for code in known if code.startswith(head["Prefixes"]) and not code.startswith(without)}
        assert set(code_lists.read(path)) == expected, path.name
        checked += 1
    assert checked >= 15


@pytest.mark.shared_data
def test_no_code_of_a_clinical_measure_of_the_same_name_is_missing():
    """The value sets of the clinical twins are read, never copied: ours may hold more (older codes, codes of groups)."""
    with (shared_data_folder() / "codes" / "ecqm2025_valuesets_subset.csv").open() as file:
        rows = [(row["title"], row["code_system"], row["code"].replace(".", "")) for row in csv.DictReader(file)]
    for name, title in THEIRS.items():
        theirs = {code for one, system, code in rows if one == title and system in ("ICD10CM", "LOINC", "HCPCS2")}
        assert theirs and not theirs - set(code_lists.read(FOLDER / f"{name}.csv")), name
