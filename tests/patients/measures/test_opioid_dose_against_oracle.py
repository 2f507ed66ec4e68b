"""The dose of opioids: the SQL and its slow twin agree on generated histories, and the evidence adds up to the value."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from tests.oracles import generated, opioid_dose
from tests.oracles import history as facts
from tests.oracles import strategies as st
from tests.oracles.histories import enough, together

pytestmark = pytest.mark.django_db
PRODUCTS = ["oxycodone", "oxycodone/acetaminophen", "morphine", "tramadol", "methadone", "methadone", "fentanyl_patch"]


@st.composite
def cases(draw):
    year = draw(st.sampled_from([2021, 2022, 2025]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, -5, 420)))
    products = [*PRODUCTS, "odd_opioid"] if draw(st.integers(0, 4)) == 0 else PRODUCTS
    life = generated.people_with_medicines(year, products)
    return draw(st.sampled_from(["ohd", "opioid_50_mme"])), year, as_of, draw(together(life))


@enough()
@given(case=cases())
def test_sql_and_oracle_agree(cursor, case):
    code, year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    measure = definitions.find(code)
    asked = {"measure": measure, "year": year, "as_of": as_of, "payer_id": facts.PAYER}
    found = {row.patient_id: row for row in evaluate.rows(cursor, **asked)}
    for patient, history in people.items():
        expected = opioid_dose.dose(history, measure.kind.limit_mme, year, as_of)
        if expected is None:
            assert patient not in found
            continue
        row = found[patient]
        expected["index_day"] = facts.day_number(expected["index_day"])
        for name in ("value_milli", "second_milli"):  # the SQL rounds a millionth down, a claim and day
            assert abs(getattr(row, name) - expected.pop(name)) <= 1, (name, year, as_of, history)
        assert {name: getattr(row, name) for name in expected} == expected, (year, as_of, history)
        if patient == 1:
            evidence = evaluate.explain(cursor, patient_id=patient, **asked)
            total = sum(Decimal(fill.get("mme_so_far", 0)) for fill in evidence["fills"])
            assert total / (evidence["episode"] or {"days": 1})["days"] == pytest.approx(
                Decimal(row.value_milli) / 1000, abs=Decimal("0.01")
            )
