"""The SQL and its slow twin agree on generated histories, to the last number; and so does the evidence."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given

from patients.measures import definitions, evaluate
from tests.oracles import generated
from tests.oracles import history as facts
from tests.oracles import pdc as oracle
from tests.oracles import strategies as st
from tests.oracles.generated import cases
from tests.oracles.histories import enough, in_proportion, together

pytestmark = pytest.mark.django_db
EXCLUDED = {"pdc_rasa": "sacubitril_valsartan", "pdc_dr": "insulins", "pdc_sta": None}
DAYS = ("index_day", "last_day", "supply_ends_day", "next_refill_day")
FILLED_AFTER_DEATH = facts.History(fills=[facts.Fill(date(2024, 1, 2), None, "atorvastatin")], died=date(2024, 1, 1))


@enough()
@given(case=cases())
def test_sql_and_oracle_agree(cursor, case):
    year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    for code in EXCLUDED:
        measure = definitions.find(code)
        found = evaluate.rows(cursor, measure=measure, year=year, as_of=as_of, payer_id=facts.PAYER)
        found = {row.patient_id: row for row in found}
        rules = oracle.Rules(measure.kind.drugs, EXCLUDED[code], stay_adjustment=year <= 2025)
        for patient, history in people.items():
            expected = oracle.pdc(history, rules, year, as_of)
            if expected is None:
                assert patient not in found
                continue
            got = {name: getattr(found[patient], name) for name in expected}
            expected["exclusion"] = {"insulins": "insulin"}.get(
                expected["exclusion"], expected["exclusion"]
            )  # the measure's word
            expected |= {name: facts.day_number(expected[name]) for name in DAYS}
            assert got == expected, (code, year, as_of, history)


@in_proportion(100)
@given(case=cases(members=1), data=st.data())
def test_cash_fills_cover_what_the_oracle_says_and_change_no_result(cursor, case, data):
    """Some fills of a life are paid in cash: the result is that of the others alone."""
    year, as_of, (history, *_) = case
    everything = [fill for fill in history.fills if fill.days_supply]
    known = {
        (fill.day, fill.product): fill for fill in everything
    }  # one a day and product: a second one is the same fill
    in_cash = data.draw(st.sets(st.sampled_from(sorted(known, key=str))) if known else st.just(set()))
    history.fills = [fill for place, fill in known.items() if place not in in_cash]
    history.cash = [known[place] for place in in_cash if known[place].product in facts.NUMBER]
    facts.write(cursor, {1: history})
    for code in EXCLUDED:
        measure = definitions.find(code)
        asked = {"measure": measure, "year": year, "as_of": as_of, "payer_id": facts.PAYER}
        row = next(evaluate.rows(cursor, **asked), None)
        found = evaluate.explain(cursor, patient_id=1, **asked)["with_cash"]
        rules = oracle.Rules(measure.kind.drugs, EXCLUDED[code], stay_adjustment=year <= 2025)
        expected = (
            oracle.covered_with_cash(history, rules, year, as_of)
            if row and row.period_days and not row.not_computed
            else None
        )
        assert (found and found["covered_days"]) == expected, (code, year, as_of, history)
        if row:
            assert row.covered_days == oracle.pdc(history, rules, year, as_of)["covered_days"]


SCHIZOPHRENIA = oracle.Rules(
    "antipsychotics", None, stay_adjustment=False, gap=45, min_period=1, also=("antipsychotics_long_acting",), diagnosis="F209",
    is_out_by_esrd=False, is_out_by=("G309", "dementia"),
)  # fmt: skip


@st.composite
def people_with_schizophrenia(draw):
    year = draw(st.sampled_from([2025, 2026]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, -5, 420)))
    life = generated.people_with_medicines(year, ["risperidone", "quetiapine", "risperidone_injection", "sertraline"])
    members = draw(together(life))
    codes = st.sampled_from(["F209"] * 5 + ["G309", "I10"])
    settings_of = st.sampled_from(["carrier", "carrier", "inpatient"])
    for one in members:
        one.diagnoses = draw(st.lists(st.builds(facts.Claim, generated.day_in(year), codes, settings_of), max_size=4))
    return year, as_of, members


@enough()
@given(case=people_with_schizophrenia())
def test_antipsychotics(cursor, case):
    year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    measure = definitions.find("pdc_antipsychotics")
    rows = evaluate.rows(cursor, measure=measure, year=year, as_of=as_of, payer_id=facts.PAYER)
    found = {row.patient_id: row for row in rows}
    for patient, history in people.items():
        expected = oracle.pdc(history, SCHIZOPHRENIA, year, as_of)
        if expected is None:
            assert patient not in found
            continue
        expected |= {name: facts.day_number(expected[name]) for name in DAYS}
        assert {name: getattr(found[patient], name) for name in expected} == expected, (year, as_of, history)


@in_proportion(100)  # evidence is asked for one member at a time
@given(case=cases(members=1))
@example(case=(2024, date(2024, 12, 31), [FILLED_AFTER_DEATH]))
def test_evidence_counts_the_same_days(cursor, case):
    year, as_of, members = case
    facts.write(cursor, {1: members[0]})
    for measure in map(definitions.find, EXCLUDED):
        asked = {"measure": measure, "year": year, "as_of": as_of, "payer_id": facts.PAYER}
        row = next(evaluate.rows(cursor, patient_ids=[1], **asked), None)
        evidence = evaluate.explain(cursor, patient_id=1, **asked)
        if row is None:
            assert (evidence["result"], evidence["fills"], evidence["strip"]) == (None, [], [])
            continue
        assert (row.exclusion == "") == (evidence["exclusions"] == [])
        if row.exclusion:
            assert evidence["exclusions"][0]["exclusion"] == row.exclusion
        seen = (facts.EPOCH + timedelta(days=min(row.period_end_day, facts.day_number(as_of)))).isoformat()
        assert len({fill["event_id"] for fill in evidence["fills"] if fill["day"] <= seen}) == row.fills
        if row.not_computed:  # which a first fill after death or the end of cover does, too
            index = (facts.EPOCH + timedelta(days=row.index_day)).isoformat()
            assert all(fill["day"] <= max(seen, index) for fill in evidence["fills"])
            assert evidence["strip"] == []
            continue
        days = dict.fromkeys(("covered", "carried", "stay", "gap"), 0)
        for run in evidence["strip"]:
            days[run["state"]] += run["days"]
        assert days["covered"] + days["carried"] == row.covered_days
        assert days["stay"] == row.stay_days
        assert days["gap"] == row.period_days - row.covered_days == sum(run["days"] for run in evidence["uncovered"])
        last = max((fill["ends_on"] for fill in evidence["fills"]), default=None)
        assert last == evidence["result"]["supply_ends_day"]
        follows = [date.fromisoformat(run["to"]) + timedelta(days=1) for run in evidence["strip"]][:-1]
        assert [run["from"] for run in evidence["strip"]][1:] == [day.isoformat() for day in follows]
