"""The registry of definitions, and what each must say about itself."""

import re
from datetime import date
from types import SimpleNamespace

import pytest

from carecoord.kernel.drugs import sets
from patients.measures import code_lists, definitions
from patients.measures.conditions import definitions as conditions
from patients.measures.kinds import text as kinds
from patients.measures.measure import EVERY_LINE, NoSuchYear, Scope, Years
from patients.measures.plain import plain
from patients.measures.reasons import EXCLUSION, why_not

EVERYTHING = [*definitions.every().values(), *conditions.every().values()]


def test_measures_and_conditions_by_code():
    assert {"cob", "ohd", "pdc_dr", "pdc_rasa", "pdc_sta", "poly_ach", "poly_cns", "supd"} <= definitions.every().keys()
    assert list(definitions.every()) == sorted(definitions.every())
    assert {"diabetes", "hypertension", "opioid_use_disorder"} <= conditions.every().keys()


@pytest.mark.parametrize("one", EVERYTHING, ids=lambda one: one.code)
def test_source_and_review(one):
    assert one.source and one.title
    assert one.reviewed_on < one.review_due <= one.reviewed_on.replace(year=one.reviewed_on.year + 1)


@pytest.mark.parametrize("one", definitions.every().values(), ids=lambda one: one.code)
def test_each_says_its_lines_of_business(one):
    assert one.lines and set(one.lines) <= set(EVERY_LINE) and len(set(one.lines)) == len(one.lines)
    assert one.lines_words in ("Medicare", "commercial, Medicaid and Medicare")


@pytest.mark.parametrize("one", definitions.every().values(), ids=lambda one: one.code)
def test_the_sentence_of_an_exclusion_says_how_far_back_it_looks(one):
    for exclusion in one.exclude:
        sentence = EXCLUSION[exclusion.code]
        assert ("or the one before" in sentence or "in two years" in sentence) == (exclusion.years_back == 1), sentence


def test_only_measures_of_some_lines_look_at_lines():
    """The others cost nothing for it."""
    some = [one.code for one in definitions.every().values() if set(one.lines) < set(EVERY_LINE)]
    scope = Scope(1, 2026, date(2026, 6, 1), (1,))
    texts = {one.code: kinds.select(one, scope)[0] for one in definitions.every().values()}
    assert (
        [code for code, text in texts.items() if "line_of_business" in text]
        == some
        == ["cmr_completion", "mtm_eligible"]
    )


def test_drug_sets_that_measures_name_exist():
    for measure in definitions.every().values():
        assert kinds.reads(measure, 2026).drug_sets <= sets.every().keys()


def test_rules_of_a_year_and_the_version_that_results_keep():
    measure = definitions.find("pdc_rasa")
    assert measure.rules(2025).stay_adjustment and not measure.rules(2026).stay_adjustment
    assert (measure.version(2025), measure.version(2026)) == ("2025.1", "2026.1")


def test_a_year_without_rules_is_refused():
    only = Years(since=2024, until=2025, stay_adjustment=True, enrolment_gap_days=0)
    assert [only.holds(year) for year in (2023, 2024, 2025, 2026)] == [False, True, True, False]
    with pytest.raises(NoSuchYear):
        type(definitions.find("pdc_sta"))(**vars(definitions.find("pdc_sta")) | {"years": (only,)}).rules(2026)


def test_an_unknown_code_says_which_there_are():
    with pytest.raises(definitions.UnknownMeasure, match="pdc_dr, pdc_rasa, pdc_sta"):
        definitions.find("pdc_xyz")


def test_a_code_list_with_anything_but_plain_codes_is_refused(tmp_path):
    for text in ("code\nI1'0\n", "code\nI10.1\n", "code\nI10\nI10\n", "code\n"):
        path = tmp_path / "list.csv"
        path.write_text(text)
        code_lists.read.cache_clear()
        with pytest.raises(ValueError, match=r"list\.csv"):
            code_lists.read(path)
    with pytest.raises(ValueError, match="plain"):
        code_lists.in_sql(("a') OR 1=1 --",))


def test_nobody_is_eighteen_by_a_day_of_birth_after_new_year():
    assert definitions.find("pdc_dr").ages.born_by(2025) == date(2007, 1, 1)


def test_no_kind_names_a_part_of_its_text_like_a_source():
    """A name that stands twice behind WITH is refused by the database, whoever adds a source."""
    for measure in definitions.every().values():
        select, _ = kinds.select(measure, Scope(1, 2026, date(2026, 6, 1), (1,)))
        names = re.findall(r"^([a-z_]+)(?: \([a-z_, ]+\))? AS \($", select, re.MULTILINE)
        assert len(names) > 8 and len(set(names)) == len(names), measure.code


@pytest.mark.parametrize(
    ("measure", "days"), [("pdc_rasa", 91), ("pdc_antipsychotics", 1), ("supd", 90), ("cob", 30), ("ohd", 90)]
)
def test_a_first_fill_that_comes_too_late_is_told_with_the_days_of_its_own_measure(measure, days):
    row = SimpleNamespace(measure=measure, exclusion="", not_in_denominator="late_first_fill", not_computed="")
    assert f" fewer than {days} days " in why_not(row) and "opioids" not in why_not(row)


def test_what_changed_by_year_is_said_in_the_terms_of_the_measure():
    told = plain(definitions.find("mtm_eligible"), 2026).years
    assert told[0] == "to 2021: a cost of 4,376 US dollars and more"
    assert told[-2:] == ("2025: a cost of 1,623 US dollars and more", "since 2026: a cost of 1,276 US dollars and more")
    assert plain(definitions.find("pdc_sta"), 2026).years[0].endswith("hospital days leave the period")
