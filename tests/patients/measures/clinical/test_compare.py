"""Our populations beside a MeasureReport's: equal, explained, unexplained."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from patients.measures.clinical import charts, definitions, rules
from patients.measures.clinical.compare import compare, explained
from tests.factories import clinical

MEASURE = "CMS122FHIRDiabetesAssessGT9Pct"
IN = {"initial-population": 1, "denominator": 1, "denominator-exclusion": 0, "numerator": 1}
OUT = dict.fromkeys(IN, 0)
EXCLUDED = IN | {"denominator-exclusion": 1, "numerator": 0}
TABLE = """
    1970-06-01    born
    2026-03-01    visit 99213
    2020-01-01..  diagnosis E11.9
"""


@pytest.fixture
def deck(tmp_path):
    def make(table, *groups, measure=MEASURE, more=()):
        path = tmp_path / "deck.ndjson"
        told = [*clinical.resources(table), *more, clinical.report(measure, "p1", *groups)]
        path.write_text("\n".join(json.dumps(one) for one in told))
        return path

    return make


@pytest.fixture
def compared(deck, tmp_path):
    def run(*args, **options):
        found = compare(charts.read(deck(*args, **options)), clinical.terms(tmp_path))
        return next(iter(found.values()))

    return run


def told(comparison):
    return [(one.population, one.ours, one.theirs, one.kind) for one in comparison.differences]


def test_equal(compared):
    found = compared(TABLE, IN)
    assert (found.patients, found.compared, found.equal, found.differences) == (1, 4, 4, [])


def test_a_difference_has_its_trail_and_no_invented_reason(compared):
    found = compared(TABLE, EXCLUDED)
    assert told(found) == [("exclusion", 0, 1, ""), ("numerator", 1, 0, "")]
    trail = "\n".join(found.differences[0].trail)
    assert "yes diabetes, diagnosed at an encounter: Condition/r3 from 2020-01-01 on" in trail
    assert " no hospice encounter" in trail
    assert len(found.unexplained) == 2


def test_a_code_that_no_set_knows_explains_what_follows_from_it(compared):
    unknown = TABLE.replace("99213", "123456789012")
    found = compared(unknown, IN)
    assert {one.kind for one in found.differences} == {"terminology"}
    assert "SNOMEDCT 123456789012 in " in found.differences[0].reason
    assert "Office Visit" in found.differences[0].reason


def test_two_unknown_codes(compared):
    unknown = TABLE.replace("99213", "123456789012").replace("E11.9", "987654321098")
    found = compared(unknown, IN)
    assert {one.kind for one in found.differences} == {"terminology"}
    assert "987654321098 in Diabetes" in found.differences[0].reason


def test_three_unknown_codes(compared):
    unknown = TABLE.replace("99213", "123456789012").replace("E11.9", "987654321098")
    found = compared(unknown + "2026-05-01 assessed 45755-6 373066001\n2026-03-02 done 555555555555", EXCLUDED)
    assert {one.kind for one in found.differences} == {"terminology"}
    again = compared(unknown + "2026-03-02 done 555555555555", EXCLUDED)
    assert "555555555555 in Hospice Care Ambulatory" in again.differences[0].reason


def test_an_unknown_code_does_not_excuse_what_does_not_follow_from_it(compared):
    found = compared(TABLE + "2026-03-02 visit 123456789012", OUT)
    assert {one.kind for one in found.differences} == {""}


def test_a_known_code_is_never_taken_for_another_set(compared):
    """99283 is an emergency visit: that it counts as an office visit is no gap of the file."""
    assert {one.kind for one in compared(TABLE.replace("99213", "99283"), IN).differences} == {""}


def test_a_profile_that_is_another_explains_what_follows_from_it(compared):
    lab = "2026-05-01 lab 4548-4 8 % profile=qicore-observation-clinical-result"
    found = compared(TABLE + lab, IN | {"numerator": 0})
    assert told(found) == [("numerator", 1, 0, "profile")]


def test_a_resource_of_somebody_else_explains_what_follows_from_it(compared):
    stray = clinical.resources("2026-05-01 lab 4548-4 8 %", patient_id="p2")
    stray[0]["id"] = "stray"
    found = compared(TABLE, IN, more=stray)
    assert told(found) == [("numerator", 0, 1, "stray")]
    assert "Observation/stray" in found.differences[0].reason


@pytest.mark.parametrize(
    ("measure", "groups", "says"),
    [
        ("CMS999", [IN], "There is no clinical measure CMS999."),
        (MEASURE, [IN, IN], "The report has 2 groups, the measure 1."),
    ],
)
def test_reports_that_cannot_be_compared_say_why(compared, measure, groups, says):
    found = compared(TABLE, *groups, measure=measure)
    assert (found.compared, found.unusable) == (0, [("p1", says)])


@pytest.fixture
def command(tmp_path):
    sets = tmp_path / "s.csv"
    sets.write_text(clinical.value_sets())

    def run(*args):
        out = io.StringIO()
        try:
            call_command("compare_ecqm", *map(str, args), valuesets=str(sets), stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue() + str(error)
        return 0, out.getvalue()

    return run


def test_the_command_ends_well_when_all_is_equal_or_explained(command, deck):
    code, text = command(deck(TABLE, IN))
    assert code == 0
    assert text.splitlines()[1].split() == [MEASURE, "1", "4", "4", "0", "0", "0"]
    assert command(deck(TABLE.replace("99213", "123456789012"), IN))[0] == 0


def test_the_command_ends_with_one_when_a_difference_is_unexplained(command, deck):
    code, text = command(deck(TABLE, OUT))
    assert code == 1
    assert f"{MEASURE} p1 group 1 initial: ours 1, theirs 0" in text
    assert "UNEXPLAINED" in text
    assert "yes visit: Encounter/r2 2026-03-01" in text


def test_the_command_ends_with_one_when_a_resource_is_at_fault(command, deck):
    code, text = command(deck(TABLE + "2026-04-01 visit 99213 status=over", IN))
    assert code == 1
    assert "fault: deck.ndjson: Encounter/r4: unknown_code: Encounter.status is not one of" in text


def test_the_command_speaks_json(command, deck):
    code, text = command(deck(TABLE, OUT), "--json")
    (source,) = json.loads(text[: text.rindex("]") + 1])
    (measure,) = source["measures"]
    assert (code, measure["equal"], measure["compared"]) == (1, 1, 4)
    assert {"patient_id": "p1", "ours": 1, "theirs": 0}.items() <= measure["differences"][0].items()


def test_the_command_needs_files_and_value_sets(command):
    assert "Name the files" in command()[1]
    assert "cannot be read" in command("absent.zip")[1]


def test_rules_side_by_side(command):
    _, text = command("--rules")
    assert "cms165 (clinical) and cbp (claims)" in text


def test_every_measure_has_its_rules_beside_claims_and_every_reason_is_of_a_kind():
    assert {rule.clinical for rule in rules.every()} == {one.code for one in definitions.every().values()}
    assert {(rule.clinical, rule.claims) for rule in rules.every()} == {
        (one.code, one.claims) for one in definitions.every().values()
    }
    assert all(one.reason and one.kind in {"terminology", "profile", "stray", "deck"} for one in explained())
