"""Overlap: the SQL and its slow twin agree on generated histories, and the evidence adds up to the value."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given

from patients.measures import definitions, evaluate
from tests.oracles import generated, overlap
from tests.oracles import history as facts
from tests.oracles import strategies as st
from tests.oracles.histories import enough, together
from tests.oracles.overlap import Rules

pytestmark = pytest.mark.django_db
_DUPLICATES = ("ssris", "tricyclics", "benzodiazepines", "nsaids", "ace_inhibitors", "arbs")
"""Of the classes of duplicate_therapy those that the medicines below belong to."""
_OPIOID_AND_BENZO = {"opioids": ("all", "opioid"), "benzodiazepines": ("all", "benzodiazepine")}
RULES = {
    "cob": Rules(
        frozenset({"opioids"}), _OPIOID_AND_BENZO, 2, 30, 18, least_supply=15,
        excluded=("cancer", "sickle_cell", "palliative_care"),
    ),
    "opioid_benzo_no_naloxone": Rules(
        frozenset({"opioids"}), _OPIOID_AND_BENZO, 2, 1, 18, track_fill_days=1, unless="opioid_reversal"
    ),
    "poly_ach": Rules(
        frozenset({"anticholinergics"}), {"anticholinergics": ("all", "")}, 2, 30, 65, same_drug=True
    ),
    "poly_cns": Rules(
        frozenset({"cns_active"}), {"cns_active": ("all", "")}, 3, 30, 65, same_drug=True,
        excluded=("seizure_disorder",),
    ),
    "triple_whammy": Rules(
        frozenset({"ace_inhibitors", "arbs"}),
        {
            "ace_inhibitors": ("all", "ace_or_arb"), "arbs": ("all", "ace_or_arb"), "diuretics": ("all", "diuretic"),
            "nsaids": ("all", "nsaid"),
        },
        3, 14, 18, track_fill_days=1, excluded=("esrd",),
    ),
    "duplicate_therapy": Rules(frozenset(_DUPLICATES), {code: (code, "") for code in _DUPLICATES}, 2, 30, 18),
}  # fmt: skip
MEDICINES = {
    "cob": ["oxycodone", "tramadol", "alprazolam", "diazepam"],
    "opioid_benzo_no_naloxone": ["oxycodone", "alprazolam", "naloxone"],
    "poly_ach": ["oxybutynin", "hydroxyzine", "amitriptyline", "doxepin", "chlordiazepoxide/clidinium"],
    "poly_cns": ["gabapentin", "sertraline", "oxycodone", "alprazolam"],
    "triple_whammy": ["enalapril", "irbesartan", "enalapril/HCTZ", "furosemide", "ibuprofen", "naproxen"],
    "duplicate_therapy": [
        "sertraline",
        "citalopram",
        "ibuprofen",
        "naproxen",
        "alprazolam",
        "diazepam",
        "amitriptyline",
    ],
}


@st.composite
def cases(draw):
    code = draw(st.sampled_from(sorted(RULES)))
    year = draw(st.sampled_from([2025, 2026]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, -5, 420)))
    life = generated.people_with_medicines(year, MEDICINES[code], oldest=RULES[code].age)
    return code, year, as_of, draw(together(life))


@enough()
@given(case=cases())
def test_sql_and_oracle_agree(cursor, case):
    code, year, as_of, members = case
    people = dict(enumerate(members, 1))
    facts.write(cursor, people)
    asked = {"measure": definitions.find(code), "year": year, "as_of": as_of, "payer_id": facts.PAYER}
    found = {row.patient_id: row for row in evaluate.rows(cursor, **asked)}
    for patient, history in people.items():
        expected = overlap.overlap(history, RULES[code], year, as_of)
        if expected is None:
            assert patient not in found
            continue
        row = found[patient]
        expected["index_day"] = facts.day_number(expected["index_day"])
        assert {name: getattr(row, name) for name in expected} == expected, (code, year, as_of, history)
        if patient > 1:
            continue
        evidence = evaluate.explain(cursor, patient_id=patient, **asked)
        groups = Counter()
        for run in evidence["overlaps"]:
            groups[run["group"]] += run["days"]
        assert 1000 * max(groups.values(), default=0) == row.value_milli
        assert (row.exclusion == "") == (evidence["exclusions"] == [])
