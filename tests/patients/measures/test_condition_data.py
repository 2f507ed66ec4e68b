"""The data files of conditions against the table that they are derived from, and against the drug reference."""

import csv
from collections import defaultdict
from datetime import date

import pytest

from carecoord.kernel.drugs import actions as drugs
from carecoord.kernel.drugs import fda, sets
from patients.measures.conditions import definitions
from patients.measures.conditions.details import RANKS, TYPES, WORDS

SYSTEMS = {
    "ICD-10-CM": "icd10cm",
    "ICD-10-PCS": "icd10pcs",
    "HCPCS": "hcpcs",
    "MS-DRG": "drg",
    "NDC": "ndc",
    "HCC": "hcc",
}
OUD_PARTS = {"oud_diagnosis", "oud_hospital", "oud_medication"}
HOUSE = {"esrd"}


@pytest.fixture
def table(shared_data):
    """condition number -> {(code system, code without additions)}."""
    found = defaultdict(set)
    with (shared_data / "codes" / "tuva_chronic_conditions_ccw.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = "1" if row["code_system"] == "HCC" else row["code"]
            found[int(row["condition_id"])].add((SYSTEMS[row["code_system"]], code, row["inclusion_type"] == "Exclude"))
    return found


@pytest.mark.shared_data
def test_every_code_of_the_75_conditions_is_loaded(table):
    ours = {
        one.number: {(c.system, c.code, c.group == "excluded") for c in one.codes if c.origin == "ccw"}
        for one in definitions.every().values()
        if one.code not in OUD_PARTS | HOUSE
    }
    assert len(table) == 75 and sum(map(len, table.values())) == 6_532
    assert ours == table


@pytest.mark.shared_data
def test_codes_added_are_codes_of_icd_10_cm_that_are_billed_today(shared_data):
    lines = (shared_data / "codes" / "icd10cm_codelist_2026-04.txt").read_text(encoding="utf-8").split()
    known = {line for line in lines if "-" not in line}
    added = {
        c.code for one in definitions.every().values() for c in one.codes if c.origin != "ccw" and c.system == "icd10cm"
    }
    assert len(added) > 150 and added <= known
    assert not added & {code[:length] for code in known for length in range(3, len(code))}


def test_what_the_table_lost_is_there_again():
    diabetes = set(definitions.find("diabetes").diagnoses)
    assert {"E103521", "E1337X9", "E119"} <= diabetes and not {"E11A", "E10A0"} & diabetes
    assert "I4892" in definitions.find("atrial_fibrillation").diagnoses
    assert {"F0390", "F03911", "F01C0"} <= set(definitions.find("other_dementia").diagnoses)


NAMED = {
    "hypertension", "diabetes", "asthma", "copd", "depression", "mood_disorders", "bipolar_disorder", "anxiety", "schizophrenia",
    "heart_failure", "ischemic_heart_disease", "atrial_fibrillation", "chronic_kidney_disease", "esrd", "hyperlipidemia", "stroke",
    "breast_cancer", "alzheimers_disease", "other_dementia", "obesity", "tobacco_use", "opioid_use_disorder",
}  # fmt: skip


def test_conditions_that_programmes_ask_for():
    assert len(definitions.every()) == 79 and definitions.every().keys() >= NAMED | OUD_PARTS


def test_substance_use_is_labelled_and_tobacco_is_not():
    labelled = {code for code, one in definitions.every().items() if one.is_sensitive}
    assert labelled == OUD_PARTS | {"opioid_use_disorder", "alcohol_use", "drug_use"}


def test_every_condition_names_its_rule_and_what_is_open_says_so():
    for one in definitions.every().values():
        assert one.rule.endswith("of the day.") or one.rule.endswith("up to the day.")
        assert one.source and one.version and one.look_back_years in (1, 2)
        assert one.first_day(date(2025, 12, 31)) == date(2026 - one.look_back_years, 1, 1)
    assert not definitions.find("hyperlipidemia").is_open and definitions.find("hypertension").is_open


def test_every_detail_has_words():
    told = {c.detail for one in definitions.every().values() for c in one.codes if c.group == "diagnosis"} - {""}
    assert told - {"other"} <= WORDS.keys() and RANKS["stage_3a"] < RANKS["stage_3b"] < RANKS["esrd"]
    assert "type_1" in TYPES


def test_listed_packages_are_in_the_sets_of_their_ingredient():
    listed = {c.code: c.group for c in definitions.find("opioid_use_disorder").codes if c.system == "ndc"}
    assert len(listed) == 224
    every, seen = sets.every(), 0
    for package in fda.packages(drugs.BUILT_IN):
        group = listed.get(package.ndc11)
        if group and package.ingredients:
            seen += 1
            assert every[f"moud_{group}"].members(package), package
    assert seen >= 80
