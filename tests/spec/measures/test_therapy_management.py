"""Medication therapy management: who is eligible by the rules of the year, and whose review was held."""

import pytest

pytestmark = pytest.mark.django_db

DRUGS = (
    "lisinopril", "metformin", "atorvastatin", "amlodipine", "sitagliptin", "sertraline", "furosemide", "gabapentin",
)  # fmt: skip
DISEASES = "".join(f"2025-0{month}-01 dx {code} carrier\n" for code in ("I10", "E119", "E785") for month in (2, 3))


def fills(drugs=DRUGS, dollars=210, year=2025):
    return "".join(f"{year}-03-0{n + 1} fill 90 {drug} ${dollars}\n" for n, drug in enumerate(drugs))


def eligible(evaluate, facts, *, code="mtm_eligible", year=2025, as_of=None):
    return evaluate(code, "1950-05-05 born\n" + facts, year=year, as_of=as_of)


def test_three_diseases_eight_medicines_and_the_cost(evaluate):
    result = eligible(evaluate, DISEASES + fills())
    assert (result.denominator, result.numerator, result.fills) == (True, True, 8)
    assert (result.value_milli, result.limit_milli) == (1_680_000, 1_623_000)
    assert len(result.evidence["claims"]) == 6
    assert [one["drug"] for one in result.evidence["medicines"]] == sorted(DRUGS)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (DISEASES.replace("E785", "R05") + fills(), "few_diseases"),
        (DISEASES.replace("2025-03-01 dx E785", "2025-03-01 dx R05") + fills(), "few_diseases"),
        (DISEASES.replace("2025-03-01 dx E785", "2025-03-01 dx R05").replace("E785 carrier", "E785 inpatient") + fills(), ""),
        (DISEASES + fills(DRUGS[:7], 300), "few_drugs"),
        (DISEASES + fills(DRUGS[:7], 300) + "2025-04-01 fill 30 ibuprofen", "few_drugs"),
        (DISEASES + fills(DRUGS[:7], 300) + "2025-04-01 fill 30 ibuprofen\n 2025-05-01 fill 30 ibuprofen", ""),
        (DISEASES + fills(dollars=202), "low_cost"),
        (DISEASES + fills(dollars=203), ""),
        (DISEASES + fills() + "2025-01-01 cover open no_drugs", "no_drug_cover"),
        (DISEASES + fills() + "2025-08-01 died", "died"),
    ],
)  # fmt: skip
def test_each_criterion(evaluate, facts, why):
    assert eligible(evaluate, facts).not_in_denominator == why


@pytest.mark.parametrize(
    ("year", "dollars", "why"), [(2026, 160, ""), (2026, 159, "low_cost"), (2024, 600, "low_cost"), (2024, 667, "")]
)
def test_the_cost_is_that_of_the_year(evaluate, year, dollars, why):
    diseases = DISEASES.replace("2025", str(year))
    assert eligible(evaluate, diseases + fills(dollars=dollars, year=year), year=year).not_in_denominator == why


AT_RISK = "2020-01-01 cover 2025-03-31\n 2025-04-01 cover 2025-06-30 at_risk\n 2025-07-01 cover open\n"


@pytest.mark.parametrize(
    ("facts", "as_of", "why"),
    [
        (AT_RISK, "2025-12-31", ""),  # without a disease and without a medicine
        (AT_RISK, "2025-04-01", ""),
        (AT_RISK + DISEASES + fills(DRUGS[:7], 300), "2025-12-31", ""),
        (AT_RISK + "2025-08-01 died", "2025-12-31", "died"),
        (AT_RISK.replace("open", "open no_drugs"), "2025-12-31", "no_drug_cover"),
        (AT_RISK.replace("open", "open commercial"), "2025-12-31", ""),  # Medicare in some of the year
        (AT_RISK + "2010-01-01 born", "2025-12-31", "under_age"),
    ],
)
def test_who_is_at_risk_is_eligible_by_that_alone(evaluate, facts, as_of, why):
    for code in ("mtm_eligible", "cmr_completion"):
        result = eligible(evaluate, facts, code=code, as_of=as_of)
        assert (result.not_in_denominator, result.denominator) == (why, not why)
        (told,) = [claim for claim in result.evidence["claims"] if claim["list"] == "at_risk_beneficiary"]
        assert (told["role"], told["day"], told["event_id"]) == ("asks", "2025-04-01", None)


@pytest.mark.parametrize(
    ("year", "as_of", "is_listed"),
    [(2025, "2025-03-31", False), (2024, "2024-12-31", False), (2026, "2026-12-31", False)],
)
def test_at_risk_in_another_year_or_not_yet_is_not_enough(evaluate, year, as_of, is_listed):
    assert (eligible(evaluate, AT_RISK, year=year, as_of=as_of) is not None) == is_listed


@pytest.mark.parametrize(("year", "is_listed"), [(2021, False), (2022, True), (2024, True)])
def test_at_risk_is_enough_since_2022(evaluate, year, is_listed):
    result = eligible(evaluate, "2020-01-01 cover open at_risk", year=year)
    assert (result is not None) == is_listed


def test_a_limit_of_cost_stands_beside_whoever_is_eligible_by_the_criteria(evaluate):
    assert eligible(evaluate, DISEASES + fills() + AT_RISK).limit_milli == 1_623_000
    assert eligible(evaluate, DISEASES + fills(dollars=1) + AT_RISK).limit_milli is None


@pytest.mark.parametrize(("year", "why"), [(2024, "few_diseases"), (2025, "")])
def test_hiv_is_a_core_disease_since_2025(evaluate, year, why):
    diseases = DISEASES.replace("E785", "B20").replace("2025", str(year))
    result = eligible(evaluate, diseases + fills(dollars=700, year=year), year=year)
    assert result.not_in_denominator == why
    assert any(claim["code"] == "B20" for claim in result.evidence["claims"]) == (not why)


def test_medicines_and_cost_are_those_of_the_last_365_days(evaluate):
    table = DISEASES + fills()
    assert eligible(evaluate, table, year=2026, as_of="2026-02-28").denominator
    assert eligible(evaluate, table, year=2026, as_of="2026-03-01").not_in_denominator == "few_drugs"


@pytest.mark.parametrize(
    ("facts", "numerator"),
    [
        ("", False),
        ("2025-05-01 given comprehensive_review", True),
        ("2024-12-31 given comprehensive_review", False),
        ("2025-05-01 given medication_review", False),
        ("2025-05-01 service 99605 carrier", True),
    ],
)
def test_a_comprehensive_review_in_the_year(evaluate, facts, numerator):
    result = eligible(evaluate, DISEASES + fills() + facts, code="cmr_completion", as_of="2025-11-01")
    assert (result.denominator, result.numerator) == (True, numerator)
    assert result.on("last_day") == (None if numerator else "2025-12-31")


@pytest.mark.parametrize(
    ("cover", "why"),
    [
        ("2025-01-01 cover open medicare", ""),
        ("2025-01-01 cover open other", ""),  # the feed does not tell the line
        ("2025-01-01 cover open commercial", "other_line"),
        ("2025-01-01 cover open medicaid", "other_line"),
        ("2025-01-01 cover open medicaid\n2025-07-01 cover open medicare", ""),
        ("2025-01-01 cover open commercial\n2024-01-01 cover 2024-12-31 medicare", "other_line"),
    ],
)
def test_it_is_for_members_of_medicare(evaluate, cover, why):
    for code in ("mtm_eligible", "cmr_completion"):
        result = eligible(evaluate, DISEASES + fills() + cover, code=code)
        assert (result.not_in_denominator, result.denominator) == (why, not why)
    assert evaluate("pdc_sta", "2025-01-01 fill 90 atorvastatin\n2025-05-01 fill 90 atorvastatin\n" + cover).denominator


def test_the_evidence_says_both_lines(evaluate):
    evidence = eligible(evaluate, DISEASES + fills() + "2025-01-01 cover open medicaid").evidence
    assert evidence["lines"] == ["medicare"] and evidence["coverage"][0]["line_of_business"] == "medicaid"
