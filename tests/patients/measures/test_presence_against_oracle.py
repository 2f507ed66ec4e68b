"""Statin use in diabetes: the SQL and its slow twin agree on generated histories, and the evidence shows what was counted."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.measures import definitions, evaluate
from tests.oracles import generated, presence
from tests.oracles import history as facts

pytestmark = pytest.mark.django_db


@st.composite
def cases(draw):
    year = draw(st.sampled_from([2025, 2026]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, -5, 420)))
    return year, as_of, draw(st.lists(generated.people_with_diabetes(year), min_size=1, max_size=4))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_sql_and_oracle_agree(cursor, case):
    year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    asked = {"measure": definitions.find("supd"), "year": year, "as_of": as_of, "payer_id": facts.PAYER}
    found = {row.patient_id: row for row in evaluate.rows(cursor, **asked)}
    for patient, history in people.items():
        expected = presence.supd(history, year, as_of)
        if expected is None:
            assert patient not in found
            continue
        row = found[patient]
        expected |= {name: facts.day_number(expected[name]) for name in ("index_day", "last_day")}
        assert {name: getattr(row, name) for name in expected} == expected, (year, as_of)
        evidence = evaluate.explain(cursor, patient_id=patient, **asked)
        assert (row.exclusion == "") == (evidence["exclusions"] == [])
        if row.denominator:
            seen = facts.EPOCH + timedelta(days=min(row.period_end_day, facts.day_number(as_of)))
            assert row.numerator == any(date.fromisoformat(one["day"]) <= seen for one in evidence["needed"])
