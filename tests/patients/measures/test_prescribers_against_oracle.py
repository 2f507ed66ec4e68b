"""Opioids from many hands: the SQL and its slow twin agree on generated histories, and the evidence names whom it counted."""

from datetime import date

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from tests.oracles import generated, prescribers
from tests.oracles import history as facts
from tests.oracles import strategies as st
from tests.oracles.histories import enough, together

pytestmark = pytest.mark.django_db


@st.composite
def cases(draw):
    year = draw(st.sampled_from([2025, 2026]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, -5, 420)))
    life = generated.people_with_medicines(year, ["oxycodone", "tramadol", "morphine", "oxycodone/acetaminophen"])
    return year, as_of, draw(together(life))


@enough()
@given(case=cases())
def test_sql_and_oracle_agree(cursor, case):
    year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    asked = {"measure": definitions.find("omp"), "year": year, "as_of": as_of, "payer_id": facts.PAYER}
    found = {row.patient_id: row for row in evaluate.rows(cursor, **asked)}
    for patient, history in people.items():
        expected = prescribers.many(history, year, as_of)
        if expected is None:
            assert patient not in found
            continue
        row = found[patient]
        expected["index_day"] = facts.day_number(expected["index_day"])
        assert {name: getattr(row, name) for name in expected} == expected, (year, as_of, history)
        if patient == 1:
            window = evaluate.explain(cursor, patient_id=patient, **asked)["window"]
            counted = (len(window["prescribers"]), len(window["pharmacies"])) if window else (0, 0)
            assert counted == (row.value_milli // 1000, row.second_milli // 1000)
