"""A rule for every measure: when it speaks, and which one when several gaps of a patient belong together. Tables, no database."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from carecoord.kernel.periods import day_number
from patients.flags import facts
from patients.flags.case import Gap, Whole
from patients.flags.gap_rule import ROUTINE_GAPS
from patients.flags.happened import DISCHARGE
from patients.flags.judge import judge, numbers
from patients.flags.rule import short_day
from patients.measures import definitions
from patients.measures.kinds.pdc import Pdc
from patients.measures.models import MeasureResult

from .test_rules import AS_OF
from .test_rules import Defaults as DeclaredValues
from .test_segments_and_weights import event

NOTHING_TO_CLOSE = {"mtm_eligible"}
SUM_OF_OTHERS = {"hrm_total"}
OTHERS = sorted(set(definitions.every()) - set(definitions.of_kind(Pdc)) - NOTHING_TO_CLOSE - SUM_OF_OTHERS)


class RoutineGaps(DeclaredValues):
    """As declared, with routine gaps on the list."""

    def __getitem__(self, parameter):
        return 1 if parameter is ROUTINE_GAPS else super().__getitem__(parameter)


def gap(measure, whole, *, value=None, second=None, last_day=date(2026, 12, 31), is_met=False, limits=None, **more):
    known = definitions.find(measure)
    given = {
        "payer_id": 1, "patient_id": 2, "pharmacy_id": 3, "program_id": 4, "measure": measure, "measure_title": known.title,
        "version": "2026.1", "year": 2026, "as_of": AS_OF, "in_denominator": True, "is_met": is_met, "short": known.short,
        "value": known.value_words(SimpleNamespace(value_milli=value, second_milli=second)), "closes": "It can be closed.",
        "is_inverse": known.lower_is_better, "last_day": last_day, "index_on": date(2026, 2, 1),
        "period_ends_on": date(2026, 12, 31), "fills": 2, "value_milli": value, "second_milli": second,
        "value_on": None if value is None else date(2026, 3, 3), "limits": limits or RoutineGaps(), "whole": whole,
    }  # fmt: skip
    one = Gap(**given | more)
    whole.cases.append(one)
    return one


def speaking(whole):
    return sorted(one.rule.code for one in judge(whole.cases, today=AS_OF)[0].values())


@pytest.mark.parametrize("measure", OTHERS)
def test_every_measure_has_a_rule_that_says_what_to_do(measure):
    whole = Whole()
    gap(measure, whole, value=9_500, last_day=AS_OF + timedelta(days=10))
    found = judge(whole.cases, today=AS_OF)[0].values()
    assert len(found) == 1
    for wanted in found:
        values = numbers(wanted, 0)
        assert len(values["headline"]) <= 80 and values["reason"].endswith(".") and values["do"].endswith(".")


@pytest.mark.parametrize("measure", OTHERS)
def test_a_gap_that_is_met_or_can_no_longer_be_closed_is_silent(measure):
    met = Whole()
    gap(measure, met, value=9_500, is_met=True)
    assert speaking(met) == []
    if not definitions.find(measure).lower_is_better:
        late = Whole()
        gap(measure, late, value=9_500, last_day=None)
        assert speaking(late) == []


TOGETHER = [
    (["opioid_benzo_no_naloxone", "cob", "opioid_without_naloxone"], ["opioid_benzo_no_naloxone"]),
    (["cob", "opioid_without_naloxone"], ["naloxone_missing", "opioid_and_benzodiazepine"]),
    (["ohd", "opioid_50_mme"], ["opioid_dose_90"]),
    (["gsd_poor_control", "gsd_control"], ["a1c_high"]),
    (["supd", "spc"], ["statin_gap"]),
    (["antidepressant_acute", "antidepressant_continuation"], ["new_antidepressant"]),
]


@pytest.mark.parametrize("measures, rules", TOGETHER)
def test_gaps_that_belong_together_are_said_once(measures, rules):
    whole = Whole()
    for measure in measures:
        gap(measure, whole, value=95_000)
    assert speaking(whole) == rules


def test_a_statin_that_pdc_judges_is_said_there():
    whole = Whole()
    gap("spc_adherence", whole)
    assert speaking(whole) == ["statin_kept_up"]
    gap("pdc_sta", whole, is_met=True)
    assert speaking(whole) == []


def test_a_rule_that_waits_for_another_gap_speaks_once_that_is_closed():
    whole = Whole()
    gap("ohd", whole, value=60_000, is_met=True)
    gap("opioid_50_mme", whole, value=60_000)
    assert speaking(whole) == ["opioid_dose_50"]


def test_missing_tests_are_one_flag_and_off_the_list_unless_a_network_wants_them():
    for limits, rules in ((RoutineGaps(), ["tests_missing", "vaccines_due"]), (DeclaredValues(), [])):
        whole = Whole()
        for measure in ("gsd_poor_control", "ked", "eed", "cbp", "vaccine_zoster", "vaccine_influenza"):
            gap(measure, whole, limits=limits)
        assert speaking(whole) == rules
    (tests,) = (one for one in judge(wholly(), today=AS_OF)[0].values() if one.rule.code == "tests_missing")
    assert tests.rule.reason(tests.case) == "Claims and results of 2026 do not tell: blood pressure, A1c, kidney tests."


def wholly():
    whole = Whole()
    for measure in ("gsd_poor_control", "ked", "cbp"):
        gap(measure, whole)
    return whole.cases


@pytest.mark.parametrize(
    "systolic, diastolic, severity",
    [
        (150_000, 80_000, "high"),
        (179_000, 119_000, "high"),
        (180_000, 80_000, "urgent"),
        (150_000, 120_000, "urgent"),
    ],
)
def test_a_very_high_blood_pressure_is_urgent(systolic, diastolic, severity):
    whole = Whole()
    one = gap("cbp", whole, value=systolic, second=diastolic)
    (wanted,) = judge([one], today=AS_OF)[0].values()
    assert wanted.rule.severity(one) == severity


@pytest.mark.parametrize(
    "conditions, a1c, rule",
    [
        ({"diabetes": date(2026, 5, 1)}, None, "discharged_diabetes_no_a1c"),
        ({"diabetes": date(2026, 5, 1)}, 9_500, "recent_discharge"),
        ({}, None, "recent_discharge"),
    ],
)
def test_home_from_hospital_with_diabetes_and_no_a1c(conditions, a1c, rule):
    whole = Whole(conditions=conditions)
    home = event(DISCHARGE, AS_OF - timedelta(days=3), whole=whole)
    whole.cases.append(home)
    gap("gsd_poor_control", whole, value=a1c, limits=DeclaredValues())
    (wanted,) = judge([home], today=AS_OF)[0].values()
    assert wanted.rule.code == rule
    if rule == "discharged_diabetes_no_a1c":
        assert "no A1c known in 2026." in wanted.rule.reason(home)
        assert numbers(wanted, 0)["evidence"]["conditions"] == ["diabetes"]


def test_the_medicine_of_a_substance_use_disorder_is_labelled():
    whole = Whole()
    sensitive = definitions.find("pod").is_about_substance_use
    one = gap("pod", whole, is_about_substance_use=sensitive, last_day=AS_OF + timedelta(days=8))
    (wanted,) = judge([one], today=AS_OF)[0].values()
    assert numbers(wanted, 0)["sensitivity"] == 1


def said(measure, **given):
    """The sentence of the one flag about that gap."""
    one = gap(measure, Whole(), **given)
    (wanted,) = judge([one], today=AS_OF)[0].values()
    return numbers(wanted, 0)


def test_an_attack_is_named_by_its_day():
    asthma = said("asthma_controller_after", index_on=date(2026, 11, 10), last_day=date(2026, 12, 10))
    assert asthma["reason"].startswith(
        "Asthma was treated in hospital or emergency on 10 Nov; no controller was at hand then, or filled since."
    )
    copd = said("copd_controller_after", index_on=date(2026, 11, 10), last_day=date(2026, 12, 10))
    assert "emergency on 10 Nov; no long-acting medicine was at hand" in copd["reason"]


def test_a_treatment_that_is_to_go_on_says_what_claims_show_of_it_so_far():
    begun = {
        "index_on": AS_OF - timedelta(days=94), "value": 80_000, "second": 9_000, "last_day": AS_OF + timedelta(days=6),
    }  # fmt: skip
    acute = begun | {"period_ends_on": begun["index_on"] + timedelta(days=114), "limit_milli": 84_000}
    assert said("antidepressant_acute", **acute)["reason"] == (
        f"A new antidepressant is to cover 84 of the first 115 days. Begun on {short_day(begun['index_on'])}: "
        "80 of 95 days covered, longest gap 9 days. It can be closed."
    )
    treatment = begun | {"period_ends_on": begun["index_on"] + timedelta(days=179), "limit_milli": 0, "second": 0}
    assert said("pod", **treatment)["reason"].startswith(
        "The treatment is to go on for 180 days without a gap of 8. Begun on"
    )
    assert "80 of 95 days covered, no gap." in said("pod", **treatment)["reason"]


@pytest.mark.parametrize("days, rules", [(16, []), (15, ["oud_treatment_gap"]), (0, ["oud_treatment_gap"])])
def test_a_treatment_is_urgent_when_its_supply_ends_within_a_week_and_not_while_it_lasts(days, rules):
    whole = Whole()
    gap("pod", whole, value=80_000, second=0, last_day=AS_OF + timedelta(days=days))
    assert speaking(whole) == rules


def test_discharges_are_counted_in_words():
    back = said("readmission_30", value=1_000, second=2_000)
    assert (
        back["reason"] == "After 1 of 2 stays of this year back in hospital within 30 days, unplanned, last on 3 Mar."
    )
    row = SimpleNamespace(value_milli=1_000, second_milli=2_000)
    assert definitions.find("readmission_30").value_words(row) == "1 of 2 stays"
    assert definitions.find("trc_reconciliation").value_words(SimpleNamespace(value_milli=0, second_milli=1_000)) == (
        "0 of 1 discharge"
    )


def test_who_is_due_for_a_review_is_said_with_the_numbers_and_no_money_in_the_headline():
    due = said("cmr_completion", fills=9, value=2_314_200, limit_milli=1_276_000)
    assert "(9 medicines taken for long, $2,314.20 paid by the plan in the last 365 days)" in due["reason"]
    assert due["headline"] == "Medication review, by 31 Dec"
    at_risk = said("cmr_completion", fills=1, value=20_000)
    assert "(at risk under the plan's drug management programme, which suffices)" in at_risk["reason"]


def test_headlines_say_the_number_and_what_it_is_compared_with():
    assert said("gsd_control", value=8_200)["headline"] == "A1c 8.2 %, goal below 8%, by 31 Dec"
    assert said("amr", value=46_666)["headline"] == "Asthma ratio: 46 %, by 31 Dec"
    untreated = said("oud_start", fills=3)
    assert untreated["headline"] == "No medicine for opioid use disorder, by 31 Dec"
    assert untreated["reason"].startswith("Opioid use disorder in 3 claims of 2026, and no medicine for it.")
    treated = said(
        "pod", value=163_000, second=1_000, last_day=AS_OF, index_on=AS_OF, period_ends_on=AS_OF + timedelta(days=179)
    )
    assert treated["headline"] == "Opioid use disorder, six months: 163 of 180 days, by 21 Nov"


@pytest.mark.parametrize(("last_day", "is_met"), [(date(2026, 12, 31), False), (date(2027, 1, 1), True)])
def test_adherence_that_the_supply_at_home_will_reach_is_no_gap(last_day, is_met):
    days = {"last_day": day_number(last_day), "period_end_day": day_number(date(2026, 12, 31))}
    row = MeasureResult(measure="spc_adherence", denominator=True, numerator=False, days_left=3, **days)
    assert facts._gap(row, definitions.find("spc_adherence"))["is_met"] is is_met
