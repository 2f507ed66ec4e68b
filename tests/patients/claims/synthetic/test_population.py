"""The files: the same bytes for the same seed, the promised mixture, and an expectation that the files bear out."""

import json
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from patients.claims.synthetic import clinical, columns, faults, population

from .conftest import REPOSITORY
from .read_back import dicts, people, records, results, standing_fills


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def in_another_process(folder, *, hash_seed):
    command = [sys.executable, "-m", "patients.claims.synthetic", str(folder)]
    command += ["--members", "120", "--year", "2025", "--seed", "5"]
    environment = {"PYTHONHASHSEED": hash_seed, "PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path):
    first = in_another_process(tmp_path / "one", hash_seed="1")
    second = in_another_process(tmp_path / "two", hash_seed="4242")
    assert first == second
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    third = population.write(tmp_path / "three", members=120, year=2025, seed=6, payer="synthetic")
    assert third.members == 120
    assert bytes_of(tmp_path / "one")["pharmacy_claim.csv"] != bytes_of(tmp_path / "three")["pharmacy_claim.csv"]


def test_a_member_does_not_depend_on_how_many_there_are(tmp_path):
    population.write(tmp_path / "few", members=40, year=2025, seed=3, payer="demo")
    population.write(tmp_path / "many", members=90, year=2025, seed=3, payer="demo")
    few, many = ((tmp_path / name / "expected_pdc.csv").read_text().splitlines() for name in ("few", "many"))
    assert few == many[: len(few)]


def test_the_headers_are_those_of_the_input_layer(domain, written):
    layer = json.loads((domain / "tuva_input_layer_columns.json").read_text())
    optional = columns.words(
        """rx_number fill_number transaction_code original_claim_id usual_and_customary ingredient_cost dispensing_fee
        patient_pay"""
    )
    ours = {"pharmacy_claim": optional, "eligibility": ("low_income_subsidy_indicator", "at_risk_beneficiary_flag")}
    for kind in population.KINDS:
        header = (written[0] / f"{kind}.csv").read_text().split("\n", 1)[0].split(",")
        assert header == [column["name"] for column in layer[kind]] + list(ours.get(kind, ()))


@pytest.mark.parametrize("kind", population.KINDS)
def test_every_line_has_its_class_and_a_width(written, kind):
    folder, summary = written
    lines = (folder / f"{kind}.csv").read_text().splitlines()[1:]
    count = summary.files[f"{kind}.csv"]
    assert len(lines) == count.lines
    assert count.lines == count.good + count.malformed + count.duplicates + count.reversals + count.unknown_member
    broken = {int(row["line"]) for row in dicts(folder / "expected_rejects.csv") if row["file"] == f"{kind}.csv"}
    assert len(broken) == count.malformed
    width = len(faults.COLUMNS[kind])
    kept = [line for number, line in enumerate(lines, start=2) if number not in broken]
    assert {line.count(",") + 1 for line in kept} == {width}
    assert len(kept) - len(set(kept)) == count.duplicates


def test_the_files_bear_out_the_expectation(written):
    assert_borne_out(written[0], year=2025, as_of=date(2025, 12, 31))


@pytest.mark.parametrize("as_of", [date(2026, 12, 31), date(2026, 6, 17), date(2025, 5, 2), date(2024, 2, 29)])
def test_the_files_bear_out_the_expectation_on_other_days(tmp_path, as_of):
    population.write(tmp_path, members=500, year=as_of.year, seed=23, payer="demo", as_of=as_of)
    assert_borne_out(tmp_path, year=as_of.year, as_of=as_of)


def assert_borne_out(folder, *, year, as_of):
    worked_out = results(folder, year=year, as_of=as_of)
    told = dicts(folder / "expected_pdc.csv")
    assert len(told) == len(worked_out)
    for row in told:
        assert (row["year"], row["as_of"]) == (str(year), str(as_of))
        cells = list(row.values())[4:]
        assert cells == worked_out[row["member_id"], row["measure"]], (row["member_id"], row["measure"])


def test_no_broken_line_counts(written):
    """Were the broken lines fills as well, other results would come out: the expectation does not hold them."""
    folder, _ = written
    broken = [row for row in dicts(folder / "expected_rejects.csv") if row["file"] == "pharmacy_claim.csv"]
    lines = (folder / "pharmacy_claim.csv").read_text().splitlines()
    assert broken
    good = {line["claim_id"] for line in records(folder, "pharmacy_claim.csv")}
    for row in broken:
        claim_id = lines[int(row["line"]) - 1].split(",")[0]
        assert claim_id.startswith("BROKEN-")
        assert claim_id not in good


def test_nothing_happens_after_the_as_of_day(tmp_path):
    as_of = date(2026, 4, 20)
    population.write(tmp_path, members=400, year=2026, seed=9, payer="demo", as_of=as_of)
    dated = {
        "pharmacy_claim.csv": ("dispensing_date", "paid_date"),
        "medical_claim.csv": ("claim_start_date", "claim_end_date", "discharge_date", "paid_date"),
        "eligibility.csv": ("enrollment_start_date", "death_date"),
        "observation.csv": ("observation_date",),
        "lab_result.csv": ("collection_datetime",),
        "immunization.csv": ("occurrence_date",),
    }
    for name, its_columns in dated.items():
        for line in records(tmp_path, name):
            for column in its_columns:
                assert line[column][:10] <= str(as_of), (name, column)
    ends = {line["enrollment_end_date"] for line in records(tmp_path, "eligibility.csv")}
    assert "2026-12-31" in ends


def test_about_one_line_in_a_hundred_is_broken(written):
    folder, summary = written
    lines = sum(count.lines for count in summary.files.values())
    malformed = sum(count.malformed for count in summary.files.values())
    assert 0.007 < malformed / lines < 0.013
    kinds = {row["fault"] for row in dicts(folder / "expected_rejects.csv")}
    assert {"bad_date", "missing_member", "too_many_columns", "unknown_transaction_code", "negative_quantity"} <= kinds


def test_the_mixture_of_fills(written):
    folder, summary = written
    lines = list(records(folder, "pharmacy_claim.csv"))
    count = summary.files["pharmacy_claim.csv"]
    codes = Counter(line["transaction_code"] for line in lines)
    assert 0.01 < codes["B2"] / len(lines) < 0.05
    assert codes["B3"] > 20
    assert codes[""] > 100
    assert {line["transaction_code"] == "B2" for line in lines if not line["original_claim_id"]} == {True, False}
    assert count.duplicates > 50
    assert count.unknown_member > 3
    assert sum(line["days_supply"] in {"", "0"} for line in lines) > 10
    assert {line["days_supply"] for line in lines} >= {"30", "90"}
    order = {line["claim_id"]: place for place, line in enumerate(lines) if line["transaction_code"] != "B2"}
    reversals = [(place, line) for place, line in enumerate(lines) if line["transaction_code"] == "B2"]
    early = sum(order[line["original_claim_id"] or line["claim_id"]] > place for place, line in reversals)
    assert len(reversals) * 0.2 < early < len(reversals) * 0.8
    assert summary.odd_ndc_lines == sum(line["ndc_code"] == "00000-UNKN-0" for line in lines) > 0


def test_same_day_fills_overlaps_and_fills_in_hospital_occur(written):
    folder, _ = written
    same_day = early = in_hospital = 0
    everybody = people(folder)
    for member, lines in standing_fills(folder).items():
        if member not in everybody:
            continue
        by_drug = {}
        for line in sorted(lines, key=lambda line: line["dispensing_date"]):
            filled_on = date.fromisoformat(line["dispensing_date"])
            in_hospital += filled_on in everybody[member]["away"]
            before = by_drug.get(line["ndc_code"])
            if before:
                same_day += before[0] == filled_on
                early += before[0] < filled_on and (filled_on - before[0]).days < before[1]
            by_drug[line["ndc_code"]] = (filled_on, int(line["days_supply"] or 0))
    assert same_day > 20
    assert early > 200
    assert in_hospital > 3


def test_the_mixture_of_members(written):
    folder, summary = written
    rows = {}
    spans = Counter()
    for line in records(folder, "eligibility.csv"):
        rows[line["member_id"]] = line
        spans[line["member_id"]] += 1
    assert len(rows) == summary.members == 1_500
    ages = [2024 - int(line["birth_date"][:4]) for line in rows.values()]
    assert 0.80 < sum(age >= 64 for age in ages) / 1_500 < 0.97
    assert {line["group_id"] for line in rows.values()} == {"C100", "C200", "C300"}
    assert len({line["plan"] for line in rows.values()}) == 3
    assert 0.10 < sum(line["low_income_subsidy_indicator"] == "1" for line in rows.values()) / 1_500 < 0.40
    assert sum(line["death_flag"] == "1" for line in rows.values()) > 10
    assert sum(line["enrollment_end_date"] < "2025-12-31" for line in rows.values()) > 30
    assert max(spans.values()) == 2
    assert all("-555-01" in line["phone"] for line in rows.values())


def test_the_shares_of_conditions_and_exclusions(written):
    folder, _ = written
    diagnosed = {"I1": set(), "E11": set(), "E78": set()}
    for line in records(folder, "medical_claim.csv"):
        for number in range(1, 5):
            for start, members in diagnosed.items():
                if line[f"diagnosis_code_{number}"].startswith(start):
                    members.add(line["member_id"])
    assert 0.64 < len(diagnosed["I1"]) / 1_500 < 0.78
    assert 0.36 < len(diagnosed["E11"]) / 1_500 < 0.50
    everybody = people(folder)
    assert 0.02 < sum(bool(person["hospice"]) for person in everybody.values()) / 1_500 < 0.06
    assert sum(bool(person["esrd"]) for person in everybody.values()) > 8
    excluded = Counter(row["exclusion"] for row in dicts(folder / "expected_pdc.csv"))
    assert set(excluded) == {"", "hospice", "esrd", "insulin", "sacubitril_valsartan"}
    for measure in population.MEASURES:
        mine = [row for row in dicts(folder / "expected_pdc.csv") if row["measure"] == measure]
        denominator = sum(row["denominator"] == "true" for row in mine)
        assert denominator > 250
        assert 0.4 < sum(row["numerator"] == "true" for row in mine) / denominator < 0.9
        assert {"no_fill", "late_first_fill", "one_fill", ""} <= {row["reason"] for row in mine}
        assert any(row["not_computed"] for row in mine)


def test_a_rule_out_is_a_single_outpatient_claim(written):
    """Some members have exactly one claim with the code, outside hospital: they must not be taken for patients."""
    claims = Counter()
    inpatient = set()
    for line in records(written[0], "medical_claim.csv"):
        if line["claim_line_number"] == "1" and any(line[f"diagnosis_code_{n}"] == "I10" for n in range(1, 5)):
            claims[line["member_id"]] += 1
            if line["bill_type_code"] == "111":
                inpatient.add(line["member_id"])
    assert sum(count == 1 and member not in inpatient for member, count in claims.items()) > 20
    assert sum(count == 2 for count in claims.values()) > 200


def test_the_crosswalk_settles_the_payers_own_numbers(written):
    folder, _ = written
    crosswalk = {row["feed_pharmacy_id"]: row["npi"] for row in dicts(folder / "crosswalk.csv")}
    known = {row["npi"] for row in dicts(folder / "pharmacies.csv")}
    sent = Counter(line["dispensing_provider_npi"] for line in records(folder, "pharmacy_claim.csv"))
    strange = sum(count for number, count in sent.items() if number not in known and number not in crosswalk)
    assert 0 < strange < sum(sent.values()) * 0.01
    assert sum(sent[number] for number in crosswalk) > 1_000
    assert sum(sent[number] for number in known) > 1_000
    assert set(crosswalk.values()) <= known


def test_money_and_quantity_change_their_sign_in_a_reversal(written):
    for line in records(written[0], "pharmacy_claim.csv"):
        assert line["quantity"].startswith("-") is (line["transaction_code"] == "B2")
        assert line["allowed_amount"].startswith("-") is (line["transaction_code"] == "B2")
        assert Decimal(line["paid_amount"]) + Decimal(line["patient_pay"]) == Decimal(line["allowed_amount"])
        assert Decimal(line["ingredient_cost"]) + Decimal(line["dispensing_fee"]) == Decimal(line["allowed_amount"])


def test_memory_does_not_grow_with_the_members(tmp_path):
    def peak(members):
        tracemalloc.start()
        try:
            population.write(tmp_path, members=members, year=2025, seed=1, payer="demo")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(50)
    assert peak(2_500) < peak(1_000) * 1.25  # below that the files' buffers are still filling


def test_ward_covers_both_kinds_of_stay():
    assert set(clinical.WARD) == {"inpatient", "snf"}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"members": 0}, "at least one member"),
        ({"seed": -1}, "seed"),
        ({"year": 1900}, "between 1950 and 2099"),
        ({"as_of": date(2024, 12, 31)}, "must be a day of 2025"),
        ({"payer": 'a,"b'}, "payer"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(tmp_path, changed, says):
    arguments = {"members": 1, "year": 2025, "seed": 1, "payer": "demo"} | changed
    with pytest.raises(ValueError, match=says):
        population.write(tmp_path, **arguments)
