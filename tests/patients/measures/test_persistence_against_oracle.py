"""Persistence: the SQL and its slow twin agree on generated histories, and the evidence shows the same gaps."""

from datetime import date, timedelta

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from tests.oracles import generated, moud, persistence
from tests.oracles import history as facts
from tests.oracles import strategies as st
from tests.oracles.histories import enough, together
from tests.oracles.persistence import Rules

pytestmark = pytest.mark.django_db
_DEPRESSION = {
    "drugs": frozenset({"antidepressants"}), "codes": frozenset({"F322"}), "near": 60, "intake": ((5, 1), (4, 30)), "quiet": 105,
    "age": 18, "only_first": True, "cover": 232,
}  # fmt: skip
RULES = {
    "antidepressant_acute": Rules(follow=115, least=84, **_DEPRESSION),
    "antidepressant_continuation": Rules(follow=232, least=180, **_DEPRESSION),
    "pod": Rules(
        drugs=frozenset({"moud_buprenorphine", "moud_naltrexone"}), codes=frozenset({"F1120"}), near=181, intake=((7, 1), (6, 30)),
        quiet=31, follow=180, age=16, at_year_end=True, longest_gap=7, by_supply=True, doses=True,
    ),
}  # fmt: skip
MEDICINES = {"pod": ["buprenorphine/naloxone", "buprenorphine/naloxone", "naltrexone"]}


@st.composite
def doses(draw, year, first):
    """Doses billed as a service: a chain of one of them near the first fill, at times twice on a day, or none."""
    day, found = first + timedelta(days=draw(st.sampled_from([-60, -31, -7, 0, 1, 30]))), []
    code = draw(st.sampled_from([*moud.DOSES, "99213"]))
    for _ in range(draw(st.sampled_from([0, 0, 1, 3, 6]))):
        found += [facts.Claim(day, one) for one in (code, *draw(st.sampled_from([(), (code,), ("G2078",)])))]
        lasts = moud.DOSES.get(code, ("", "", 30))[2]
        day += timedelta(days=max(0, lasts + draw(st.sampled_from([-1, 0, 0, 0, 7, 8]))))
    return found


@st.composite
def near(draw, first):
    """Cover with edges and gaps near those that decide, of 45 days and of the days before and after the first fill."""
    begins = first - timedelta(days=draw(st.sampled_from([150, 105, 104, 60, 59, 31, 0])))
    leaves = first + timedelta(days=draw(st.sampled_from([-20, -1, 100, 185, 186, 230, 231, 232])))
    gap = draw(st.sampled_from([0, 1, 30, 44, 45, 46]))
    return [facts.Span(begins, leaves), facts.Span(leaves + timedelta(days=gap + 1))]


@st.composite
def cases(draw):
    code = draw(st.sampled_from(sorted(RULES)))
    year = draw(st.sampled_from([2024, 2025]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, 0, 420)))
    products = MEDICINES.get(code, ["sertraline", "sertraline", "citalopram"])
    members = draw(together(generated.people_with_medicines(year, products)))
    for one in members:
        day, one.fills = draw(generated.day_in(year, -260, 130)), one.fills[: draw(st.sampled_from([0, 0, 0, 2]))]
        for _ in range(draw(st.integers(1, 9))):
            supply = draw(st.sampled_from([14, 28, 30, 30, 30, 90]))
            one.fills.append(facts.Fill(day, supply, draw(st.sampled_from(products))))
            day += timedelta(days=max(0, supply + draw(st.sampled_from([-5, -1, 0, 0, 0, 3, 7, 8, 30]))))
        first = min(fill.day for fill in one.fills)
        if RULES[code].doses:
            one.services = draw(doses(year, first))
        codes = st.sampled_from([*RULES[code].codes, "I10"])
        one.diagnoses = draw(st.lists(st.builds(facts.Claim, generated.day_in(year, -330, 330), codes), max_size=4))
        edges = [date(year - 18, 1, 1), date(year - 18, 1, 2), date(year - 16, 12, 31), date(year - 15, 1, 1)]
        one.born = draw(st.sampled_from([date(1980, 5, 5)] * 8 + edges))
        spans = one.spans, [facts.Span(date(2010, 1, 1))], draw(near(first))
        one.spans = spans[draw(st.sampled_from([0, 1, 2]))]
        one.died = draw(st.sampled_from([None] * 9 + [date(year, 3, 1)]))
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
        expected = persistence.persistence(history, RULES[code], year, as_of)
        if expected is None:
            assert patient not in found
            continue
        row = found[patient]
        expected["index_day"] = facts.day_number(expected["index_day"])
        assert {name: getattr(row, name) for name in expected} == expected, (code, year, as_of, history)
        check_last_day(history, RULES[code], year, as_of, row)
        if patient == 1:
            gaps = evaluate.explain(cursor, patient_id=patient, **asked)["gaps"]
            assert 1000 * max((gap["days"] for gap in gaps), default=0) == row.second_milli


def check_last_day(history, rules, year, as_of, row):
    """A fill on the last day that lasts to the end meets the measure, one a day later does not."""
    if row.last_day is None or not row.denominator:
        return
    known = [fill for fill in history.fills if fill.day <= as_of]
    begun = (fill.product for fill in known if facts.day_number(fill.day) == row.index_day)
    product = next(begun, history.fills[0].product)
    for late in (0, 1) if row.last_day < row.period_end_day else (0,):
        lasting = facts.Fill(facts.EPOCH + timedelta(days=row.last_day + late), 400, product)
        told = facts.History(fills=[*known, lasting], diagnoses=history.diagnoses, born=date(1980, 5, 5))
        told.services = [claim for claim in history.services if claim.day <= as_of]
        assert persistence.persistence(told, rules, year, date(year, 12, 31))["numerator"] == (late == 0)
