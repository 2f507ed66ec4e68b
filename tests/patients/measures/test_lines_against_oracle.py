"""Whose line of business a measure is not for: SQL and the slow twin agree on generated cover."""

from datetime import date

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from tests.oracles import history as facts
from tests.oracles import strategies as st
from tests.oracles.generated import coverage, day_in
from tests.oracles.histories import enough
from tests.oracles.lines import is_of_another_line
from tests.oracles.table import LINES, history

pytestmark = pytest.mark.django_db
DISEASES = [f"2025-0{month}-01 dx {code} carrier" for code in ("I10", "E119", "E785") for month in (1, 2)]
SICK = "\n".join(["2025-01-05 fill 30 metformin $9", *DISEASES])


@st.composite
def covers(draw):
    """Members who are ill, with spans of any lines."""
    people = {}
    for patient in range(1, draw(st.integers(2, 4))):
        people[patient] = history(SICK)
        people[patient].spans = draw(coverage(2025))
        for span in people[patient].spans:
            span.line = draw(st.sampled_from(LINES))
    return draw(st.one_of(st.just(date(2025, 12, 31)), day_in(2025, 60, 400))), people


@enough(members=2)  # one to three
@given(case=covers())
def test_sql_and_oracle_agree(cursor, case):
    as_of, people = case
    facts.write(cursor, people)
    measure = definitions.find("mtm_eligible")
    found = evaluate.rows(cursor, measure=measure, year=2025, as_of=as_of, payer_id=facts.PAYER)
    other = {row.patient_id: row.not_in_denominator == "other_line" for row in found}
    assert other == {patient: is_of_another_line(one, {"medicare"}, 2025, as_of) for patient, one in people.items()}
