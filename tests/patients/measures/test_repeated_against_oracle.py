"""High-risk medicines: the SQL and its slow twin agree on generated histories, and the evidence counts the same."""

from datetime import date

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from tests.oracles import generated, repeated
from tests.oracles import history as facts
from tests.oracles import strategies as st
from tests.oracles.histories import enough, together

pytestmark = pytest.mark.django_db
MEDICINES = ["amitriptyline", "hydroxyzine", "cyproheptadine", "doxepin", "digoxin", "nitrofurantoin", "oxybutynin"]
_UNLESS = dict.fromkeys(repeated.REASONS, 0)
MEASURES = {
    "hrm": (repeated.CLASSES, MEDICINES),
    "hrm_unless_diagnosed": (_UNLESS, ["quetiapine", "risperidone", "alprazolam", "diazepam", "risperidone_injection"]),
    "hrm_total": (
        repeated.CLASSES | _UNLESS,
        ["quetiapine", "alprazolam", "diazepam", "amitriptyline", "nitrofurantoin"],
    ),
}


@st.composite
def cases(draw):
    code = draw(st.sampled_from(sorted(MEASURES)))
    year = draw(st.sampled_from([2025, 2026]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, 0, 420)))
    members = draw(together(generated.people_with_medicines(year, MEASURES[code][1])))
    for one in members:
        one.born = draw(
            st.sampled_from([date(1940, 5, 5)] * 4 + [date(year - 67, 12, 31), date(year - 66, 1, 1), None])
        )
        reasons = st.sampled_from(sorted(set().union(*repeated.REASONS.values())))
        coded = st.builds(facts.Claim, generated.day_in(year, -370, 360), reasons)
        one.diagnoses += draw(st.one_of(generated.NOTHING, st.lists(coded, max_size=3)))
        one.spans = [facts.Span(date(2010, 1, 1))] if draw(st.sampled_from([False, True])) else one.spans
    return code, year, as_of, members


@enough()
@given(case=cases())
def test_sql_and_oracle_agree(cursor, case):
    code, year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    asked = {"measure": definitions.find(code), "year": year, "as_of": as_of, "payer_id": facts.PAYER}
    found = {row.patient_id: row for row in evaluate.rows(cursor, **asked)}
    for patient, history in people.items():
        expected = repeated.high_risk(history, year, as_of, classes=MEASURES[code][0])
        if expected is None:
            assert patient not in found
            continue
        row = found[patient]
        assert {name: getattr(row, name) for name in expected} == expected, (code, year, as_of, history)
        if patient == 1:
            classes = evaluate.explain(cursor, patient_id=patient, **asked)["classes"]
            counted = (one["fill_days"] for one in classes if not one["has_reason"])
            assert row.value_milli // 1000 in {0, *counted}
