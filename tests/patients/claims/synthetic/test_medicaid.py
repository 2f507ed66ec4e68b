"""Members of a Medicaid plan among the others: who they are, what they have, and that nobody else changes for it."""

from collections import defaultdict
from datetime import date

import pytest

from patients.claims.synthetic import medicaid, population
from patients.claims.synthetic.drugs import DRUGS

from .read_back import dicts, records, standing_fills
from .test_population import assert_borne_out

AS_OF = date(2026, 11, 27)
BY_NDC = {drug.ndc11: drug.set for drug in DRUGS.values()}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """600 members, every third with Medicaid."""
    folder = tmp_path_factory.mktemp("mixed")
    population.write(folder, members=600, year=2026, seed=7, payer="demo", as_of=AS_OF, medicaid_every=3)
    return folder


def lines_of_business(folder):
    found = defaultdict(set)
    for line in records(folder, "eligibility.csv"):
        found[line["payer_type"]].add(line["member_id"])
    return found


def test_every_third_member_has_medicaid_and_lives_in_its_state(mixed):
    found = lines_of_business(mixed)
    assert (len(found["medicaid"]), len(found["medicare"])) == (200, 400)
    for line in records(mixed, "eligibility.csv"):
        if line["payer_type"] == "medicaid":
            assert (line["state"], line["group_id"], line["medicare_status_code"]) == ("MT", "C400", "")
            assert 20 <= AS_OF.year - int(line["birth_date"][:4]) <= 65


def test_nobody_else_changes_for_it(mixed, tmp_path):
    population.write(tmp_path, members=600, year=2026, seed=7, payer="demo", as_of=AS_OF)
    alone, beside = ({row["member_id"]: row for row in dicts(each / "expected_pdc.csv")} for each in (tmp_path, mixed))
    medicare = lines_of_business(mixed)["medicare"]
    assert {one: alone[one] for one in medicare} == {one: beside[one] for one in medicare}


@pytest.mark.parametrize("as_of", [date(2026, 11, 27), date(2026, 1, 9), date(2025, 7, 1)])
def test_the_files_bear_out_what_is_expected_of_them(tmp_path, as_of):
    population.write(tmp_path, members=200, year=as_of.year, seed=3, payer="demo", as_of=as_of, medicaid_every=1)
    assert_borne_out(tmp_path, year=as_of.year, as_of=as_of)
    for line in records(tmp_path, "medical_claim.csv"):
        assert line["claim_end_date"] <= str(as_of)


def test_each_illness_is_there_treated_and_untreated(mixed):
    illness, attacked = {}, set()
    of_code = {code: name for name, codes in medicaid.CODES.items() for code in codes}
    for line in records(mixed, "medical_claim.csv"):
        if line["diagnosis_code_1"] in of_code:
            illness[line["member_id"]] = of_code[line["diagnosis_code_1"]]
        if line["diagnosis_code_1"] in medicaid.ATTACKS.values():
            attacked.add(line["member_id"])
    fills = {
        member: {BY_NDC.get(line["ndc_code"]) for line in lines} for member, lines in standing_fills(mixed).items()
    }
    treated_with = {
        "asthma": "inhaled_steroid", "copd": "bronchodilator", "depression": "antidepressant",
        "anxiety": "antidepressant", "schizophrenia": "antipsychotic", "opioid_use": "opioid_treatment",
    }  # fmt: skip
    assert set(illness.values()) == set(treated_with)
    for name in ("asthma", "copd", "opioid_use"):
        ill = {member for member, its in illness.items() if its == name}
        treated = {member for member in ill if treated_with[name] in fills.get(member, ())}
        assert 3 < len(treated) < len(ill) - 3, name
    assert {illness[member] for member in attacked if member in illness} == {"asthma", "copd"}
