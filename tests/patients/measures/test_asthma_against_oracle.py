"""The asthma medication ratio, and a controller after an attack: the SQL and its slow twins agree on generated histories."""

from datetime import date

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from tests.oracles import after_event, asthma, generated
from tests.oracles import history as facts
from tests.oracles import strategies as st
from tests.oracles.clinical_lives import principal
from tests.oracles.histories import enough, together
from tests.oracles.history import Claim, Fill, History, Span

pytestmark = pytest.mark.django_db
PRODUCTS = [
    "fluticasone_inhaler",
    "montelukast",
    "albuterol_inhaler",
    "albuterol_inhaler",
    "omalizumab",
    "tiotropium_inhaler",
]


@st.composite
def people(draw, year):
    day = generated.day_in(year, -364, 364)
    fill = st.builds(Fill, day, st.sampled_from([10, 30, 31, 60, 90]), st.sampled_from(PRODUCTS))
    setting = st.sampled_from(["carrier", "carrier", "outpatient", "inpatient"])
    codes = st.sampled_from(["J4550"] * 7 + ["J449", "J449", "I10"])
    seen = st.builds(principal, day, codes, setting, st.booleans())
    dx = draw(st.lists(seen, max_size=6))
    emergencies = [Claim(one.day, "99283", "outpatient") for one in dx if draw(st.integers(0, 3)) == 0]
    return History(
        fills=draw(st.lists(fill, min_size=2, max_size=14)),
        diagnoses=dx,
        services=emergencies,
        spans=[Span(date(2010, 1, 1), draw(st.sampled_from([None] * 3 + [date(year, 11, 30)])))],
        born=draw(
            st.sampled_from(
                [date(1990, 5, 5)] * 4 + [date(year - 64, 1, 1), date(year - 65, 12, 31), date(year - 4, 1, 1)]
            )
        ),
    )


@enough()
@given(year=st.sampled_from([2024, 2025]), data=st.data())
def test_sql_and_oracle_agree(cursor, year, data):
    as_of = data.draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, 0, 420)))
    members = dict(enumerate(data.draw(together(people(year))), 1))
    facts.write(cursor, members)
    asked = {"measure": definitions.find("amr"), "year": year, "as_of": as_of, "payer_id": facts.PAYER}
    found = {row.patient_id: row for row in evaluate.rows(cursor, **asked)}
    for patient, history in members.items():
        expected = asthma.ratio(history, year, as_of)
        assert (expected is None) == (patient not in found), (year, as_of, history)
        if expected is not None:
            row = found[patient]
            assert {name: getattr(row, name) for name in expected} == expected, (year, as_of, history)


AFTER = {
    "asthma_controller_after": {"codes": {"J4550"}, "drugs": "asthma_controllers", "least": 5},
    "copd_controller_after": {"codes": {"J449"}, "drugs": "copd_controllers", "least": 40},
}


@enough()
@given(year=st.sampled_from([2024, 2025]), code=st.sampled_from(sorted(AFTER)), data=st.data())
def test_after_an_attack_sql_and_oracle_agree(cursor, year, code, data):
    as_of = data.draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, 0, 420)))
    members = dict(enumerate(data.draw(together(people(year))), 1))
    for one in members.values():
        one.born = min(one.born, date(year - 30, 1, 1)) if code.startswith("asthma") else date(year - 40, 1, 1)
        one.spans = data.draw(generated.coverage(year))
        one.died = data.draw(st.one_of(st.none(), st.none(), generated.day_in(year, 0, 400)))
    facts.write(cursor, members)
    asked = {"measure": definitions.find(code), "year": year, "as_of": as_of, "payer_id": facts.PAYER}
    found = {row.patient_id: row for row in evaluate.rows(cursor, **asked)}
    for patient, history in members.items():
        expected = after_event.followed(history, year, as_of, **AFTER[code])
        assert (expected is None) == (patient not in found), (code, year, as_of, history)
        if expected is not None:
            expected |= {name: facts.day_number(expected[name]) for name in ("index_day", "last_day")}
            assert {name: getattr(found[patient], name) for name in expected} == expected, (code, year, as_of, history)
