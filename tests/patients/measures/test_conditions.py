"""Conditions by the CCW rule: number of claims, settings, days apart, look-back."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carecoord.kernel.periods import date_of
from patients.measures.conditions import definitions
from patients.measures.conditions.find import find
from tests.oracles import conditions as oracle
from tests.oracles import history as facts
from tests.oracles.history import Claim, History

pytestmark = pytest.mark.django_db
AS_OF = date(2025, 6, 30)
SETTINGS = ["inpatient", "snf", "hha", "outpatient", "carrier", "dme", "hospice"]


def found(cursor, claims, condition="hypertension", as_of=AS_OF):
    facts.write(cursor, {1: History(diagnoses=claims)})
    asked = {"condition": definitions.every()[condition], "as_of": as_of, "payer_id": facts.PAYER}
    return next(find(cursor, **asked), None)


@pytest.mark.parametrize(
    ("claims", "is_met"),
    [
        ("inpatient 2025-01-10", True),
        ("snf 2025-01-10", True),
        ("hha 2025-01-10", True),
        ("carrier 2025-01-10", False),
        ("outpatient 2025-01-10", False),
        ("carrier 2025-01-10, carrier 2025-01-10", False),
        ("carrier 2025-01-10, outpatient 2025-01-10", False),
        ("carrier 2025-01-10, carrier 2025-01-11", True),
        ("carrier 2025-01-10, outpatient 2025-05-01", True),
        ("dme 2025-01-10, dme 2025-02-10", False),
        ("hospice 2025-01-10", False),
        ("carrier 2024-06-30, carrier 2025-01-10", False),
        ("carrier 2024-07-01, carrier 2025-01-10", True),
        ("inpatient 2024-06-30", False),
        ("inpatient 2025-07-01", False),
        ("carrier 2025-06-29, carrier 2025-06-30", True),
    ],
)
def test_hypertension_needs_one_strong_or_two_weak_claims_in_a_year(cursor, claims, is_met):
    parts = [part.split() for part in claims.split(", ")]
    coded = [Claim(date.fromisoformat(day), "I10", setting) for setting, day in parts]
    assert (found(cursor, coded) is not None) == is_met


def test_diabetes_looks_back_two_years(cursor):
    coded = [Claim(date(2023, 7, 2), "E119"), Claim(date(2024, 9, 1), "E1165")]
    assert found(cursor, coded, "diabetes")
    assert found(cursor, coded, "diabetes", as_of=date(2025, 7, 2)) is None


def test_the_proof_is_the_first_pair_and_says_day_code_and_setting(cursor):
    coded = [
        Claim(date(2025, 3, 1), "I10", "carrier"),
        Claim(date(2025, 2, 1), "I119", "outpatient"),
        Claim(date(2025, 5, 1), "I10", "inpatient"),
    ]
    one = found(cursor, coded)
    assert date_of(one.first_met_day) == date(2025, 3, 1)
    assert date_of(one.last_seen_day) == date(2025, 5, 1)
    assert [(e.event_id, e.code, e.setting) for e in one.evidence] == [
        (1001, "I119", "outpatient"),
        (1000, "I10", "carrier"),
    ]


def test_other_codes_and_other_payers_do_not_count(cursor):
    assert found(cursor, [Claim(AS_OF, "I160", "inpatient"), Claim(AS_OF, "R030", "inpatient")]) is None
    facts.write(cursor, {1: History(diagnoses=[Claim(AS_OF, "I10", "inpatient")])}, payer=facts.PAYER + 1)
    asked = {"condition": definitions.every()["hypertension"], "as_of": AS_OF, "payer_id": facts.PAYER}
    assert list(find(cursor, **asked)) == []


def test_only_the_patients_that_were_asked_for(cursor):
    one = History(diagnoses=[Claim(AS_OF, "I10", "inpatient")])
    facts.write(cursor, {1: one, 2: one, 3: one})
    asked = {"condition": definitions.every()["hypertension"], "as_of": AS_OF, "payer_id": facts.PAYER}
    assert [row.patient_id for row in find(cursor, patient_ids=[3, 1], **asked)] == [1, 3]


def test_codes_are_those_of_the_ccw_table():
    sizes = {code: len(condition.diagnoses) for code, condition in definitions.every().items()}
    assert sizes == {"diabetes": 440, "hypertension": 20}


claims = st.builds(
    Claim,
    st.integers(-40, 800).map(lambda days: AS_OF - timedelta(days=days)),
    st.sampled_from(["I10", "I10", "I110", "E119", "E1165", "Z0000"]),
    st.sampled_from(SETTINGS + ["carrier"] * 6),
    st.integers(1, 10**6),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(coded=st.lists(claims, max_size=7, unique_by=lambda claim: claim.event_id))
def test_sql_and_oracle_agree(cursor, coded):
    facts.write(cursor, {1: History(diagnoses=coded)})
    for condition in definitions.every().values():
        expected = oracle.met(
            History(diagnoses=coded),
            codes=set(condition.diagnoses),
            strong=condition.strong_settings,
            weak=condition.weak_settings,
            look_back_days=condition.look_back_days,
            as_of=AS_OF,
        )
        row = next(find(cursor, condition=condition, as_of=AS_OF, payer_id=facts.PAYER), None)
        got = row and {
            "first_met_on": date_of(row.first_met_day),
            "last_seen_on": date_of(row.last_seen_day),
            "events": [claim.event_id for claim in row.evidence],
        }
        assert got == expected
