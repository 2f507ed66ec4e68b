"""The pharmacy to which a member counts: SQL, evidence and the slow twin agree on generated histories."""

from datetime import date

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from patients.measures.kinds import pdc_pharmacy
from patients.measures.measure import Scope
from tests.oracles import history as facts
from tests.oracles import pdc_pharmacy as oracle
from tests.oracles import strategies as st
from tests.oracles.generated import cases
from tests.oracles.histories import TOGETHER, enough, in_proportion
from tests.oracles.history import History
from tests.oracles.pdc import Rules
from tests.oracles.table import history

pytestmark = pytest.mark.django_db
CODES = ("pdc_dr", "pdc_rasa", "pdc_sta")


@st.composite
def shoppers(draw, members=TOGETHER) -> tuple[int, date, list[History]]:
    """Lives whose fills come from one pharmacy, from a few, or from one that the feed does not name."""
    year, as_of, members = draw(cases(members))
    for member in members:
        places = draw(st.lists(st.sampled_from(["P1", "P1", "P2", "P3", ""]), min_size=1, max_size=3))
        for fill in member.fills:
            fill.pharmacy = draw(st.sampled_from(places))
    return year, as_of, members


@enough()
@given(case=shoppers())
def test_sql_and_oracle_agree(cursor, case):
    year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    for measure in map(definitions.find, CODES):
        rules = Rules(measure.kind.drugs, None, stay_adjustment=year <= 2025)
        found = pdc_pharmacy.rows(cursor, measure, Scope(facts.PAYER, year, as_of))
        found = {one.patient_id: (name(one), one.days_supply, one.all_days_supply) for one in found}
        for patient, member in people.items():
            expected = oracle.counts_to(member, rules, year, as_of)
            assert found.get(patient) == expected, (measure.code, year, as_of, member)


@pytest.mark.parametrize(("here", "there"), [(51, 49), (50, 50), (49, 51), (255, 245), (254, 246)])
def test_they_agree_at_the_limit(cursor, here, there):
    member = history(f"2025-01-01 fill {here} atorvastatin at P1\n2025-03-01 fill {there} atorvastatin at P2")
    facts.write(cursor, {1: member})
    measure, as_of = definitions.find("pdc_sta"), date(2025, 12, 31)
    found = [
        (name(one), one.days_supply, one.all_days_supply)
        for one in pdc_pharmacy.rows(cursor, measure, Scope(facts.PAYER, 2025, as_of))
    ]
    expected = oracle.counts_to(member, Rules("statins", None, stay_adjustment=True), 2025, as_of)
    assert found == ([expected] if expected else []) and bool(expected) == (max(here, there) in (51, 255))


@in_proportion(100)
@given(case=shoppers(members=1))
def test_the_evidence_names_the_same_pharmacy(cursor, case):
    year, as_of, members = case
    facts.write(cursor, {1: members[0]})
    for measure in map(definitions.find, CODES):
        asked = {"measure": measure, "year": year, "as_of": as_of, "payer_id": facts.PAYER}
        row = next(evaluate.rows(cursor, **asked), None)
        shown = evaluate.explain(cursor, patient_id=1, **asked)["pharmacies"]
        found = list(pdc_pharmacy.rows(cursor, measure, Scope(facts.PAYER, year, as_of, (1,))))
        told = [(one["pharmacy_id"], one["pharmacy_ref"], one["days_supply"]) for one in shown if one["counts_here"]]
        assert told == [(one.pharmacy_id, one.pharmacy_ref, one.days_supply) for one in found]
        if row is None:
            assert shown == []
        elif shown:
            assert sum(one["fills"] for one in shown) == row.fills
        if found:
            assert sum(one["days_supply"] for one in shown) == found[0].all_days_supply


def name(one) -> str:
    """The pharmacy as a history names it: P2 of the directory, or the feed's own name."""
    return one.pharmacy_ref or f"P{one.pharmacy_id}"
