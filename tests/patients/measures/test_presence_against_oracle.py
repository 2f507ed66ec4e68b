"""Statin use in diabetes, naloxone with opioids: the SQL and its slow twin agree, and the evidence shows what was counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from tests.oracles import generated, naloxone, presence
from tests.oracles import history as facts
from tests.oracles import strategies as st
from tests.oracles.histories import enough, together

pytestmark = pytest.mark.django_db
TWINS = {"supd": presence.supd, "opioid_without_naloxone": naloxone.opioid_without_naloxone}


@st.composite
def people_with_opioids(draw, year):
    """Opioids mostly, and now and then naloxone, in the year or long before it."""
    life = draw(generated.people_with_medicines(year, ("oxycodone", "tramadol")))
    days = st.one_of(generated.day_in(year), st.sampled_from([date(year - 1, 1, day) for day in (1, 2, 3)]))
    life.fills += draw(st.lists(st.builds(facts.Fill, days, st.just(1), st.just("naloxone")), max_size=1))
    return life


LIVES = {"supd": generated.people_with_diabetes, "opioid_without_naloxone": people_with_opioids}


@st.composite
def cases(draw):
    code = draw(st.sampled_from(sorted(TWINS)))
    year = draw(st.sampled_from([2025, 2026]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, -5, 420)))
    return code, year, as_of, draw(together(LIVES[code](year)))


@enough()
@given(case=cases())
def test_sql_and_oracle_agree(cursor, case):
    code, year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    asked = {"measure": definitions.find(code), "year": year, "as_of": as_of, "payer_id": facts.PAYER}
    found = {row.patient_id: row for row in evaluate.rows(cursor, **asked)}
    for patient, history in people.items():
        expected = TWINS[code](history, year, as_of)
        if expected is None:
            assert patient not in found
            continue
        row = found[patient]
        expected |= {name: facts.day_number(expected[name]) for name in ("index_day", "last_day")}
        assert {name: getattr(row, name) for name in expected} == expected, (code, year, as_of, history)
        evidence = evaluate.explain(cursor, patient_id=patient, **asked)
        assert (row.exclusion == "") == (evidence["exclusions"] == [])
        if row.denominator:
            seen = facts.EPOCH + timedelta(days=min(row.period_end_day, facts.day_number(as_of)))
            assert row.numerator == any(date.fromisoformat(one["day"]) <= seen for one in evidence["needed"])
