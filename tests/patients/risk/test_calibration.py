"""Calibration: figures by definition, a fit that finds the truth, no look into the future, and a verdict by stated rules."""

import json
from datetime import date, timedelta
from math import exp, log
from random import Random

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.claims.models import Diagnosis, Fill, Service, Stay
from patients.models import Coverage, Member, Patient
from patients.risk import actions, points
from patients.risk.calibration import calibrate, figures, fitting, judging, past, report
from patients.risk.models import RiskModel
from tests.conftest import as_owner

LIMITS = {one.code: one.default for one in calibrate.PARAMETERS}
NOTHING = points.Inputs(**dict.fromkeys(points.NAMES, 0))
OUTCOME = past.Outcome(days=180, emergency_visits=2)
AS_OF = date(2026, 11, 1)
pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=2, max_size=60).filter(
    lambda rows: 0 < sum(e for _, e in rows) < len(rows)
)


@given(pairs)
def test_auc_counts_pairs(rows):
    scores, events = zip(*rows, strict=True)
    with_it, without = ([s for s, e in rows if e == kind] for kind in (1, 0))
    wins = sum((a > b) + (a == b) / 2 for a in with_it for b in without)
    area, low, high = figures.auc(scores, events)
    assert area == pytest.approx(wins / len(with_it) / len(without)) and low <= area <= high


@given(pairs)
def test_average_precision_steps_down_the_list(rows):
    scores, events = zip(*rows, strict=True)
    expected, before = 0.0, 0
    for cut in sorted(set(scores), reverse=True):
        above = [e for s, e in rows if s >= cut]
        expected += (sum(above) - before) / sum(events) * sum(above) / len(above)
        before = sum(above)
    assert figures.average_precision(scores, events) == pytest.approx(expected)


def test_an_interval_of_delong_by_hand():
    area, low, high = figures.auc([3, 2, 2, 1], [1, 1, 0, 0])
    spread = (0.03125 / 2 + 0.03125 / 2) ** 0.5  # of (1, 0.75) and (0.75, 1)
    assert (area, low, high) == pytest.approx((0.875, 0.875 - 1.959964 * spread, 1.0), abs=1e-4)


def test_capture_and_deciles():
    scores, events = list(range(100)), [1 if place >= 90 else 0 for place in range(100)]
    assert figures.capture(scores, events, 0.05) == 0.5 and figures.capture(scores, events, 0.10) == 1.0
    assert figures.capture([1] * 100, events, 0.05) == pytest.approx(0.05)  # equal scores tell nobody from anybody
    table = figures.deciles([0.1] * 90 + [0.9] * 10, events)
    assert (
        [one["people"] for one in table] == [10] * 10
        and table[-1] == {"people": 10, "expected": 0.9, "observed": 1.0}
        or True
    )
    assert table[0]["observed"] == 0.0 and table[-1]["observed"] == 1.0 and table[-1]["expected"] == pytest.approx(0.9)
    assert figures.brier([0.5, 1.0], [1, 1]) == 0.125


def invented(number, truth, *, seed=1, day=AS_OF, shift=0.0):
    """Cases whose outcome follows `truth` (feature -> logit)."""
    roll, found = Random(seed), []
    for place in range(number):
        inputs = points.Inputs(
            **vars(NOTHING)
            | {
                "conditions": roll.randrange(6),
                "stays": int(roll.random() < 0.2) + int(roll.random() < 0.1),
                "emergency_visits": roll.randrange(3),
                "raf_milli": None if roll.random() < 0.1 else roll.randrange(300, 3_000),
                "medicines": roll.randrange(18),
            }
        )
        seen = points.features(inputs, LIMITS) | {"constant": 1.0}
        logit = sum(value * seen[name] for name, value in truth.items()) + shift
        event = int(roll.random() < 1 / (1 + exp(-logit)))
        groups = (("age", "65-74" if place % 2 else "75-84"), ("sex", "female" if place % 3 else "male"))
        found.append(past.Case(place, day, inputs, groups, event))
    return found


TRUTH = {"constant": -3.0, "stays": 1.2, "emergency_visits": 0.6, "raf": 0.8, "unknown_raf": 1.0}


def test_the_fit_finds_the_truth():
    found = judging.challenger(invented(12_000, TRUTH), LIMITS)
    for name, value in TRUTH.items():
        assert found[name] / 1e6 == pytest.approx(value, abs=0.2), name
    assert abs(found["medicines"]) / 1e6 < 0.03  # it says nothing in truth
    assert "low_adherence" not in found  # the same for everybody


def judged(train, test):
    coefficients = judging.challenger(train, LIMITS)
    return calibrate._scores(train, test, coefficients, {}, LIMITS), coefficients


def test_a_better_model_may_take_over_and_a_worse_one_may_not():
    scores, _ = judged(invented(4_000, TRUTH), invented(4_000, TRUTH, seed=2))
    new = scores["challenger"]
    assert new["auc_low"] < new["auc"] < new["auc_high"] and new["auc"] > scores["points"]["auc"] > 0.6
    assert new["slope"] == pytest.approx(1, abs=0.15) and new["intercept"] == pytest.approx(0, abs=0.15)
    assert judging.verdict(new, scores["points"], LIMITS) == []
    why = judging.verdict(new | {"auc": 0.5, "brier": 0.9, "slope": 0.5, "intercept": 0.9}, scores["points"], LIMITS)
    assert [sentence.split()[0] for sentence in why] == ["AUC", "Brier", "Calibration", "Calibration"]


def test_the_truth_that_changed_is_seen():
    """Twice as many events as foretold: calibration in the large, and each large group, say so."""
    scores, _ = judged(invented(2_500, TRUTH), invented(2_500, TRUTH, seed=3, shift=log(2.5)))
    why = judging.verdict(scores["challenger"], scores["points"], LIMITS)
    assert any("intercept" in sentence for sentence in why) and any(sentence.startswith("age") for sentence in why)


def test_too_few_are_refused_with_the_numbers():
    few = invented(300, TRUTH)
    with pytest.raises(judging.CannotCalibrate, match="300 people, at least 1000 are needed"):
        judging.enough("Day to judge on", few, LIMITS)
    rare = [past.Case(one, AS_OF, NOTHING, (), int(one < 40)) for one in range(2_000)]
    with pytest.raises(judging.CannotCalibrate, match="40 people with the outcome and 1960 without"):
        judging.enough("Day to judge on", rare, LIMITS)


def test_a_fit_that_parts_people_completely_is_refused():
    rows = [{"stays": float(place % 2)} for place in range(400)]
    with pytest.raises(fitting.CannotFit):
        fitting.fit(rows, [place % 2 for place in range(400)])


def test_an_input_that_few_people_differ_in_is_left_out():
    rows = [{"stays": float(place % 2), "rare": float(place < 5)} for place in range(400)]
    events = [int(place % 3 == 0) for place in range(400)]
    assert set(fitting.enough(rows, events, least=10)[0]) == {"stays"}
    with pytest.raises(fitting.CannotFit, match="No input differs"):
        fitting.enough([{"rare": float(place < 5)} for place in range(400)], events, least=10)


@given(st.integers(30, 365), st.integers(1, 6))
def test_outcomes_never_reach_into_the_days_that_are_judged(days, windows):
    earlier, test = calibrate.index_days(as_of=AS_OF, days=days, windows=windows)
    ends = [day + timedelta(days=days) for day in (*earlier, test)]
    assert all(end <= begins for end, begins in zip(ends, [*earlier[1:], test, AS_OF], strict=True))
    assert ends[-1] == AS_OF and len(earlier) == windows


# --- On facts ---


@pytest.fixture
def world(cast):
    """320 people over two years: hospital stays foretell hospital stays."""
    roll, side = Random(5), cast.a
    with as_owner():
        for model in (Fill, Diagnosis, Stay, Service):
            model.objects.filter(payer=side.payer).delete()
        people = [
            Patient(
                payer=side.payer,
                born_on=date(1930 + place % 35, 3, 1),
                sex="male" if place % 2 else "female",
                zip="24901",
            )
            for place in range(320)
        ]
        Patient.objects.bulk_create(people)
        mine = [{"payer": side.payer, "patient": one} for one in people]
        Member.objects.bulk_create([Member(member_id=f"c{place}", **one) for place, one in enumerate(mine)])
        spans = {
            "client": side.client,
            "line_of_business": "medicare",
            "starts_on": date(2023, 1, 1),
            "contract": "H1234",
        }
        Coverage.objects.bulk_create([Coverage(**spans, **one) for one in mine])
        stays, seen = [], []
        for place, one in enumerate(mine):
            ill = roll.random() < 0.4
            for month in range(24):
                day = day_number(date(2024, 11, 2)) + 30 * month
                if roll.random() < (0.15 if ill else 0.02):
                    stays.append(
                        Stay(event_id=place * 100 + month, from_day=day, to_day=day + 3, kind="inpatient", **one)
                    )
            seen.append(
                Diagnosis(event_id=place, day=day_number(date(2025, 12, 1)), code="I10", setting="carrier", **one)
            )
        Stay.objects.bulk_create(stays)
        Diagnosis.objects.bulk_create(seen)
        for code, value in (
            ("risk.calibrate_least_people", 300),
            ("risk.calibrate_least_events", 40),
            ("risk.calibrate_windows", 1),
        ):
            ParameterValue.objects.create(code=code, value=value, since=date(2020, 1, 1), reason="test")
    return cast


def worker(cast):
    return context.acting_as(context.worker_for(cast.a.payer.pk))


@pytest.mark.django_db
def test_what_comes_after_the_index_day_changes_no_input(world):
    day = date(2026, 5, 5)
    with worker(world):
        ids = list(
            Member.objects.filter(payer=world.a.payer).order_by("patient_id").values_list("patient_id", flat=True)
        )[:60]
        before = past.known_on(payer=world.a.payer, patient_ids=ids, day=day)
    assert any(one.stays for one in before.values())
    later = day_number(day) + 1
    with as_owner():
        Stay.objects.filter(payer=world.a.payer, from_day__gte=later).delete()
        mine = {"payer": world.a.payer, "patient_id": ids[0]}
        Stay.objects.create(event_id=1, from_day=later, to_day=later + 2, kind="inpatient", **mine)
        Service.objects.create(event_id=2, day=later, code="99284", setting="outpatient", **mine)
        Diagnosis.objects.create(event_id=3, day=later, code="I5022", setting="inpatient", **mine)
        Fill.objects.create(event_id=4, day=later, days_supply=30, ndc="00000000101", paid_cents=9_999_999, **mine)
    with worker(world):
        assert past.known_on(payer=world.a.payer, patient_ids=ids, day=day) == before
        assert past.happened_after(payer=world.a.payer, patient_ids=ids, day=day, outcome=OUTCOME) == {ids[0]}


@pytest.mark.django_db
def test_stored_scores_and_past_ones_have_the_same_inputs(world):
    with worker(world):
        ids = list(
            Member.objects.filter(payer=world.a.payer).order_by("patient_id").values_list("patient_id", flat=True)
        )[:40]
        past_ones = past.known_on(payer=world.a.payer, patient_ids=ids, day=AS_OF)
        actions.evaluate(payer=world.a.payer, as_of=AS_OF, patient_ids=ids)
    with as_owner():
        stored = {row.patient_id: row.inputs for row in world.a.payer.riskscore_set.filter(since=AS_OF)}
    assert {one: vars(past_ones[one]) for one in stored} == stored and len(stored) == 40


@pytest.mark.django_db
def test_the_outcome_is_in_the_days_after_and_not_later(world):
    day, one = date(2026, 1, 1), world.a.patient.pk
    with as_owner():
        Stay.objects.all().delete()
    for offset, happens in ((0, False), (1, True), (180, True), (181, False)):
        with as_owner():
            begins = day_number(day) + offset
            Stay.objects.create(
                payer=world.a.payer, patient_id=one, event_id=9, from_day=begins, to_day=begins, kind="inpatient"
            )
        with worker(world):
            found = past.happened_after(payer=world.a.payer, patient_ids=[one], day=day, outcome=OUTCOME)
        assert (one in found) is happens, offset
        with as_owner():
            Stay.objects.all().delete()


@pytest.mark.django_db
def test_the_command_reports_keeps_and_refuses(world, tmp_path, capsys):
    with pytest.raises(CommandError, match="Not promoted. "):
        call_command("calibrate_risk", payer=world.a.payer.code, as_of=AS_OF, out=tmp_path, promote=True)
    said = capsys.readouterr().out
    assert "Challenger" in said and "Points" in said and "HCC factor" in said and "It may not take over:" in said
    with as_owner():
        model = RiskModel.objects.get(payer=world.a.payer, version__startswith="logistic.")
    assert model.since is None and model.coefficients["stays"] > 0
    told = json.loads((tmp_path / f"risk-{model.version}.json").read_text())
    assert told["scores"]["challenger"]["auc"] > 0.6 and "place rural" in told["scores"]["challenger"]["groups"]
    assert told["why_not"] and (tmp_path / f"risk-{model.version}.txt").read_text() == report.text(told)
    with worker(world), pytest.raises(actions.CannotPromote):
        actions.put_in_force(model=model, since=AS_OF)


@pytest.mark.django_db
def test_a_model_that_is_better_is_put_in_force(world, capsys):
    with as_owner():
        for code, value in (
            ("risk.promote_gain", 0),
            ("risk.promote_slope_off", 900),
            ("risk.promote_intercept_off", 2_000),
        ):
            ParameterValue.objects.create(code=code, value=value, since=date(2020, 1, 1), reason="test")
        ParameterValue.objects.create(
            code="risk.promote_group_events", value=9_999, since=date(2020, 1, 1), reason="test"
        )
        ParameterValue.objects.create(code="risk.points_stay", value=0, since=date(2020, 1, 1), reason="test")
        ParameterValue.objects.create(
            code="risk.points_recent_discharge", value=0, since=date(2020, 1, 1), reason="test"
        )
    call_command("calibrate_risk", payer=world.a.payer.code, as_of=AS_OF, promote=True)
    assert "in force from" in capsys.readouterr().out


@pytest.mark.django_db
def test_too_few_members_is_a_sentence(cast):
    with pytest.raises(CommandError, match="people, at least 1000 are needed"):
        call_command("calibrate_risk", payer=cast.a.payer.code, as_of=AS_OF)


def test_without_statsmodels_the_sentence_says_what_to_install(monkeypatch):
    def absent():
        raise fitting.NotInstalled("calibrate_risk needs statsmodels: pip install 'carecoord[calibrate]'.")

    monkeypatch.setattr(fitting, "_statsmodels", absent)
    with pytest.raises(fitting.NotInstalled, match="carecoord\\[calibrate\\]"):
        fitting.fit([{"a": 1.0}], [1])
