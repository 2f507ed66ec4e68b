"""Runs: what they write, what they remove, what they leave alone, and as of which day."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.periods import date_of
from carecoord.kernel.tenancy import context
from patients.claims.models import Diagnosis, Fill
from patients.measures import actions, definitions, evaluate, queries, shards
from patients.measures.kinds import text
from patients.measures.kinds.pdc import Pdc
from patients.measures.models import MeasureResult, PatientCondition, Run
from tests.conftest import as_owner
from tests.factories.history import diagnosis, drugs, fill, hypertensive, member

pytestmark = pytest.mark.django_db
judge = actions.judge
TODAY = date(2026, 11, 21)


@pytest.fixture
def world(cast):
    """Pat takes lisinopril and a statin; Max, of the same payer, takes metformin."""
    with as_owner():
        MeasureResult.objects.all().delete()
        PatientCondition.objects.all().delete()
        Fill.objects.filter(patient=cast.a.patient).delete()
        drugs()
        for day in ("2026-01-10", "2026-04-01", "2026-07-01"):
            fill(cast.a, day, 90)
            fill(cast.a, day, 90, "atorvastatin")
        cast.max = member(cast.a, "max")
        for day in ("2026-02-01", "2026-05-01"):
            fill(cast.a, day, 90, "metformin", patient=cast.max)
    return cast


def run(cast, *, year=2026, as_of=TODAY, patient_ids=None):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        return actions.evaluate(payer=cast.a.payer, year=year, as_of=as_of, patient_ids=patient_ids, cause="test")


FOUR = ("pdc_dr", "pdc_rasa", "pdc_sta", "supd")


def results(*, of_everybody=False, **filters):
    """Of the measures that this world is made for, or of all: everybody is asked about vaccines."""
    with as_owner():
        rows = MeasureResult.objects.filter(**filters)
        if not of_everybody:
            rows = rows.filter(measure__in=FOUR)
        return {(r.patient_id, r.measure): r for r in rows}


def test_every_measure_is_judged_for_everybody(world):
    made = run(world)
    pat, other = world.a.patient.pk, world.max.pk
    found = results()
    assert found.keys() == {(pat, "pdc_rasa"), (pat, "pdc_sta"), (other, "pdc_dr"), (other, "supd")}
    assert (made.results, made.patients, made.cause) == (
        len(results(of_everybody=True)),
        None,
        "test",
    ) and made.ended_at
    assert {r.version for r in found.values()} == {"2026.1"} and {r.run_id for r in found.values()} == {made.pk}
    assert (pat, "vaccine_influenza") in results(of_everybody=True)
    with as_owner():
        event = AuditEvent.objects.get(event="measures.evaluated")
    assert {code: event.detail["results"][code] for code in FOUR} == dict.fromkeys(FOUR, 1)


def test_the_rows_are_those_of_the_measure_itself(world):
    run(world)
    stored = results(measure="pdc_rasa")[world.a.patient.pk, "pdc_rasa"]
    with context.acting_as(context.worker_for(world.a.payer.pk)), connection.cursor() as cursor:
        (row,) = evaluate.rows(
            cursor, measure=definitions.find("pdc_rasa"), year=2026, as_of=TODAY, payer_id=world.a.payer.pk
        )
    for name in text.columns(definitions.find("pdc_rasa")):
        assert getattr(stored, name) == getattr(row, name), name


def test_a_measure_without_days_covered_leaves_them_empty(world):
    run(world)
    row = results()[world.max.pk, "supd"]
    assert (row.denominator, row.numerator, row.covered_days, row.days_left) == (True, False, None, None)
    assert (row.threshold_bp, row.not_computed, row.fills) == (None, "", 2)


def test_twice_is_once_and_other_days_are_other_results(world):
    run(world), run(world)
    assert len(results()) == 4
    run(world, as_of=date(2026, 6, 30))
    assert len(results(as_of=TODAY)) == len(results(as_of=date(2026, 6, 30))) == 4
    assert results(as_of=date(2026, 6, 30), measure="pdc_rasa")[world.a.patient.pk, "pdc_rasa"].fills == 2


def test_a_result_whose_last_fill_was_reversed_goes(world):
    run(world)
    with as_owner():
        Fill.objects.filter(patient=world.max).delete()
    run(world)
    assert (world.max.pk, "pdc_dr") not in results()


def test_some_are_judged_and_the_others_left_alone(world):
    first = run(world)
    with as_owner():
        Fill.objects.all().delete()
    second = run(world, patient_ids=[world.max.pk])
    assert {key: r.run_id for key, r in results().items()} == {
        (world.a.patient.pk, "pdc_rasa"): first.pk,
        (world.a.patient.pk, "pdc_sta"): first.pk,
    }
    asked_about = {patient for patient, _ in results(of_everybody=True, run_id=second.pk)}
    assert second.patients == 1 and asked_about == {world.max.pk}


def test_many_that_are_asked_for_are_judged_a_shard_at_a_time(world, monkeypatch):
    asked = [world.a.patient.pk, world.max.pk]
    whole, numbers = run(world, patient_ids=asked), {key: row.covered_days for key, row in results().items()}
    monkeypatch.setattr(shards, "MEMBERS", 1)
    seen = []
    monkeypatch.setattr(actions, "judge", lambda run, scope: seen.append(scope.patient_ids) or judge(run, scope))
    again = run(world, patient_ids=asked)
    assert seen == [[pk] for pk in sorted(asked)] and again.results == whole.results
    assert {key: row.covered_days for key, row in results(run_id=again.pk).items()} == numbers


def test_nobody_asked_for_is_nobody_judged(world):
    assert run(world, patient_ids=[]).results == 0
    assert results() == {}


def test_a_day_before_the_year_cannot_be_judged(world):
    with pytest.raises(actions.CannotEvaluate, match="2026-12-31 lies before the measurement year 2027"):
        run(world, year=2027, as_of=date(2026, 12, 31))


def test_a_year_is_judged_after_its_end(world):
    run(world, year=2026, as_of=date(2027, 3, 1))
    result = results(measure="pdc_rasa")[world.a.patient.pk, "pdc_rasa"]
    assert (result.period_days, result.last_day) == (356, None)


def conditions(patient):
    with as_owner():
        return {c.condition: c for c in PatientCondition.objects.filter(patient=patient)}


def test_conditions_are_found_with_the_claims_that_prove_them(world):
    with as_owner():
        hypertensive(world.a)
    run(world)
    found = conditions(world.a.patient)["hypertension"]
    assert [claim["code"] for claim in found.evidence] == ["I10", "I10"]
    assert date_of(found.first_met_day) == date(2026, 6, 1) and found.version
    with as_owner():
        Diagnosis.objects.filter(patient=world.a.patient, event_id=found.evidence[0]["event_id"]).delete()
    run(world)
    assert conditions(world.a.patient) == {}


def test_an_older_as_of_day_does_not_overwrite_newer_conditions(world):
    with as_owner():
        hypertensive(world.a)
        diagnosis(world.a, "2026-10-01", "E119", "inpatient")
    run(world)
    run(world, as_of=date(2026, 3, 31))
    assert conditions(world.a.patient).keys() == {"hypertension", "diabetes"}


def judged_on(cast, today=TODAY):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        return queries.judged_on(payer=cast.a.payer, today=today)


def test_a_living_feed_is_judged_as_of_today(world):
    with as_owner():
        fill(world.a, "2026-10-20")
    assert judged_on(world) == TODAY


def test_a_feed_that_stopped_is_judged_as_of_its_last_day(world):
    assert judged_on(world) == date(2026, 7, 1)
    with as_owner():
        Fill.objects.filter(payer=world.a.payer).delete()
    assert judged_on(world) == TODAY


def test_a_fill_dated_in_the_future_does_not_move_the_day(world):
    with as_owner():
        fill(world.a, "2026-11-20")
        fill(world.a, "2027-05-01")
    assert judged_on(world) == TODAY


def test_explain_says_the_same_numbers(world):
    run(world)
    stored = results(measure="pdc_rasa")[world.a.patient.pk, "pdc_rasa"]
    with context.acting_as(context.worker_for(world.a.payer.pk)):
        told = queries.explain(payer=world.a.payer, patient_id=world.a.patient.pk, measure="pdc_rasa", as_of=TODAY)
    assert told["result"]["covered_days"] == stored.covered_days
    assert sum(run["days"] for run in told["strip"] if run["state"] in ("covered", "carried")) == stored.covered_days
    assert len(told["fills"]) == 3


def test_the_newest_results_of_a_patient_are_those_that_one_may_see(world):
    run(world, as_of=date(2026, 6, 30)), run(world)
    with context.acting_as(world.alice.scope):
        seen = queries.newest_results(patient_id=world.a.patient.pk, who=world.alice, measures=definitions.of_kind(Pdc))
    assert [(r.measure, r.as_of) for r in seen] == [("pdc_rasa", TODAY), ("pdc_sta", TODAY)]
    with context.acting_as(world.charlie.scope):
        assert (
            queries.newest_results(patient_id=world.a.patient.pk, who=world.charlie, measures=definitions.of_kind(Pdc))
            == []
        )


def test_a_run_is_a_record(world):
    with time_machine.travel(TODAY, tick=False):
        made = run(world)
    with as_owner():
        kept = Run.objects.get(pk=made.pk)
    assert (kept.year, kept.as_of, kept.results) == (2026, TODAY, len(results(of_everybody=True)))
    assert kept.ended_at - kept.started_at < timedelta(minutes=1)


def test_a_page_and_a_run_come_to_the_same(world):
    """Sources as common table expressions, which a page reads, and as temporary tables, from which a run writes."""
    people = [world.a.patient.pk, world.max.pk]
    run(world, patient_ids=people)
    stored, seen = results(of_everybody=True), set()
    with context.acting_as(context.worker_for(world.a.payer.pk)), connection.cursor() as cursor:
        for code, measure in definitions.every().items():
            asked = {"measure": measure, "year": 2026, "as_of": TODAY, "payer_id": world.a.payer.pk}
            for row in evaluate.rows(cursor, patient_ids=people, **asked):
                seen.add((row.patient_id, code))
                for name in text.columns(measure):
                    assert getattr(stored[row.patient_id, code], name) == getattr(row, name), (code, name)
    assert seen == stored.keys() and len(seen) > 4
