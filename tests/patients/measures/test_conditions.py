"""Conditions in one pass: the proof that is kept, whose claims count, and the slow twin."""

from datetime import date, timedelta

import pytest
from hypothesis import given

from carecoord.kernel.periods import date_of
from patients.measures.conditions import definitions, tables
from patients.measures.conditions.find import find
from tests.oracles import conditions as oracle
from tests.oracles import history as facts
from tests.oracles import strategies as st
from tests.oracles.histories import enough, together
from tests.oracles.history import Claim, Fill, History, Span

pytestmark = pytest.mark.django_db
AS_OF = date(2025, 6, 30)


def found(cursor, claims, condition="hypertension", as_of=AS_OF):
    facts.write(cursor, {1: History(diagnoses=claims)})
    return next(find(cursor, conditions=[condition], as_of=as_of, payer_id=facts.PAYER), None)


def test_the_proof_is_the_first_pair_and_says_day_code_and_setting(cursor):
    coded = [
        Claim(date(2025, 3, 1), "I10", "carrier"),
        Claim(date(2025, 2, 1), "I119", "outpatient"),
        Claim(date(2025, 5, 1), "I10", "inpatient"),
    ]
    one = found(cursor, coded)
    assert (one.way, date_of(one.first_met_day)) == (2, date(2025, 3, 1))
    assert date_of(one.last_seen_day) == date(2025, 5, 1)
    assert [(e.event_id, e.code, e.setting) for e in one.evidence] == [
        (1001, "I119", "outpatient"),
        (1000, "I10", "carrier"),
    ]


def test_other_codes_and_other_payers_do_not_count(cursor):
    assert found(cursor, [Claim(AS_OF, "I160", "inpatient"), Claim(AS_OF, "R030", "inpatient")]) is None
    facts.write(cursor, {1: History(diagnoses=[Claim(AS_OF, "I10", "inpatient")])}, payer=facts.PAYER + 1)
    assert list(find(cursor, as_of=AS_OF, payer_id=facts.PAYER)) == []


def test_only_the_patients_that_were_asked_for(cursor):
    one = History(diagnoses=[Claim(AS_OF, "I10", "inpatient")])
    facts.write(cursor, {1: one, 2: one, 3: one})
    asked = {"as_of": AS_OF, "payer_id": facts.PAYER}
    assert [row.patient_id for row in find(cursor, patient_ids=[3, 1], **asked)] == [1, 3]
    assert list(find(cursor, patient_ids=[], **asked)) == []


def test_ways_that_depend_on_other_conditions_bring_them_along():
    every = definitions.every()
    needed = [one.code for one in tables.needed([every["oud_medication"]], every)]
    assert needed == ["alcohol_use", "drug_use", "oud_diagnosis", "oud_medication"]


def test_an_unknown_condition_says_which_there_are(cursor):
    with pytest.raises(definitions.UnknownCondition, match="acute_myocardial_infarction, adhd"):
        next(find(cursor, conditions=["gout"], as_of=AS_OF, payer_id=facts.PAYER))


ASKED = [
    "hypertension",
    "diabetes",
    "chronic_kidney_disease",
    "hiv",
    "stroke",
    "sickle_cell_disease",
    "alcohol_use",
    "esrd",
]
ASKED += ["opioid_use_disorder", "oud_diagnosis", "oud_hospital", "oud_medication"]
DAYS = st.one_of(st.integers(-40, 120), st.integers(-40, 1600)).map(lambda days: AS_OF - timedelta(days=days))
SETTINGS = ["inpatient", "snf", "hha", "outpatient", "carrier", "dme", "hospice", ""]
DIAGNOSES = ["I10", "E109", "E119", "E0800", "N1831", "N184", "N186", "B20", "R75", "I639", "S065X0A", "D5700"]
DIAGNOSES += ["F1120", "F1020", "T400X1A", "Z0000"]


def claims(codes, first_event, most):
    """Facts of as many visits: one event has one day and one setting, and up to three codes."""
    events = st.integers(first_event, first_event + 40)
    settings_ = st.sampled_from([*SETTINGS, "carrier", "carrier", "outpatient", "outpatient"])
    told = st.lists(st.sampled_from(codes), min_size=1, max_size=3, unique=True)
    visits = st.lists(st.tuples(DAYS, told, settings_, events), max_size=most, unique_by=lambda visit: visit[3])
    return visits.map(
        lambda them: [Claim(day, code, setting, event) for day, told, setting, event in them for code in told]
    )


SPANS = st.builds(Span, DAYS, st.none(), esrd=st.booleans())
HISTORIES = st.builds(
    History,
    fills=st.lists(
        st.builds(
            Fill,
            DAYS,
            st.just(30),
            st.sampled_from(["naltrexone", "buprenorphine/naloxone", "insulin_glargine", "glipizide"]),
        ),
        max_size=4,
    ),
    diagnoses=claims(DIAGNOSES, 1, most=6),
    services=claims(["H0020", "HZ81ZZZ", "REV0450", "99283", "DRG974", "90960"], 101, most=2),
    spans=st.lists(SPANS, max_size=1),
)


@enough(12)
@given(histories=together(HISTORIES, 12))
def test_sql_and_oracle_agree(cursor, histories):
    facts.write(cursor, dict(enumerate(histories, 1)))
    every = definitions.every()
    rows = {(r.patient_id, r.condition): r for r in find(cursor, conditions=ASKED, as_of=AS_OF, payer_id=facts.PAYER)}
    details = {"diabetes": oracle.diabetes_type, "chronic_kidney_disease": oracle.kidney_stage}
    for patient, history in enumerate(histories, 1):
        for code in ASKED:
            expected, row = oracle.met(history, every[code], AS_OF, every), rows.get((patient, code))
            if expected:
                expected["events"] = [event % 1000 for event in expected["events"]]
                expected["detail"] = details[code](history, every[code], AS_OF) if code in details else ""
            got = row and {
                "way": row.way,
                "first_met": date_of(row.first_met_day),
                "first_ever": date_of(row.first_ever_day),
                "last_seen": date_of(row.last_seen_day),
                "events": [claim.event_id % 1000 for claim in row.evidence],
                "detail": row.detail,
            }
            assert got == expected, (code, history)


def test_ways_with_lesser_codes_ask_for_two_claims():
    """What pass.sql relies on."""
    ways = [way for condition in definitions.every().values() for way in condition.ways]
    assert {way.claims for way in ways if way.lesser_groups} == {2} and {way.claims for way in ways} == {1, 2, 3}
    assert max(way.number for way in ways) < tables.SUPPORT
