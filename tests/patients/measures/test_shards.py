"""A run over everybody goes shard by shard: nobody is left out, nothing is done twice, and a worker that dies only delays it."""

import os
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection, connections
from django.db.utils import OperationalError
from django.utils import timezone

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context
from patients.claims.models import Fill
from patients.measures import actions, shards
from patients.measures.models import MeasureResult, PatientCondition, Run, Shard
from patients.measures.turns import STRIPE_IDS, stripes_between, stripes_of, take_turn, take_turn_at
from tests.conftest import as_owner
from tests.factories.history import diagnosis, drugs, fill, member

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def world(cast, monkeypatch):
    """Three members with fills, each a shard of their own."""
    monkeypatch.setattr(shards, "STRIPE_IDS", 1)
    monkeypatch.setattr(shards, "MEMBERS", 1)
    with as_owner():
        for model in (MeasureResult, PatientCondition, Fill):
            model.objects.filter(payer=cast.a.payer).delete()
        drugs()
        cast.people = [cast.a.patient, *(member(cast.a, name) for name in ("max", "mia"))]
        for patient in cast.people:
            diagnosis(cast.a, "2026-01-03", setting="inpatient", patient=patient)
            for day in ("2026-01-10", "2026-04-01", "2026-10-20"):
                fill(cast.a, day, 90, patient=patient)
    return cast


def as_payer(cast):
    return context.acting_as(context.worker_for(cast.a.payer.pk))


def stored(cast):
    """What results and conditions say, without the run that wrote them."""
    with as_owner():
        results = list(MeasureResult.objects.filter(payer=cast.a.payer).order_by("patient_id", "measure").values())
        conditions = list(
            PatientCondition.objects.filter(payer=cast.a.payer).order_by("patient_id", "condition").values()
        )
    return [{k: v for k, v in row.items() if k not in ("id", "run_id")} for row in results + conditions]


def begin(cast):
    """The run, and the outbox rows of its shards, after `payer.due` was done."""
    with as_payer(cast):
        row = jobs.hand_on(topic="payer.due", payer_id=cast.a.payer.pk, detail={"cause": "night"})
    with as_owner():
        Outbox.objects.exclude(pk=row.pk).filter(done_at=None).update(done_at=timezone.now())
    assert jobs.work(outbox_id=row.pk)
    with as_owner():
        return Run.objects.latest("pk"), list(Outbox.objects.filter(topic="shard.due", done_at=None).order_by("pk"))


def follows(run):
    with as_owner():
        return Outbox.objects.filter(topic="payer.evaluated", subject_id=run.pk).count()


def test_shards_leave_no_member_out_and_none_twice(world):
    with as_payer(world):
        ranges = shards.cut(payer_id=world.a.payer.pk)
        found = [shards.members_in(payer_id=world.a.payer.pk, first_id=one, last_id=other) for one, other in ranges]
    ids = sorted(patient.pk for patient in world.people)
    assert len(ranges) >= 3 and set(ids) <= {one for each in found for one in each}
    assert sum(map(len, found)) == len({one for each in found for one in each})
    assert [first for first, _ in ranges[1:]] == [last + 1 for _, last in ranges[:-1]]


def test_a_payer_without_members_has_no_shard_and_its_run_ends(world):
    with as_owner():
        payer = type(world.a.payer).objects.create(kind="payer", code="nobody", name="Nobody")
    with context.acting_as(context.worker_for(payer.pk)):
        run = actions.begin(payer=payer, year=2026, as_of=TODAY, cause="night")
        assert run.ended_at and not run.shards.exists()


def test_a_run_in_shards_comes_to_the_same_as_one_transaction(world):
    with as_payer(world):
        actions.evaluate(payer=world.a.payer, year=2026, as_of=TODAY, cause="test")
    expected = stored(world)
    assert len(expected) >= 6
    with as_owner():
        MeasureResult.objects.all().delete()
        PatientCondition.objects.all().delete()
    run, rows = begin(world)
    for row in rows:
        assert follows(run) == 0
        jobs.work(outbox_id=row.pk)
    assert stored(world) == expected and follows(run) == 1
    with as_owner():
        run.refresh_from_db()
        assert run.ended_at and run.results == sum(1 for row in expected if "measure" in row)


def test_a_shard_done_again_changes_nothing(world):
    run, rows = begin(world)
    for row in rows:
        jobs.work(outbox_id=row.pk)
    before = stored(world)
    with as_owner():
        ended_at = Run.objects.get(pk=run.pk).ended_at
        Outbox.objects.filter(pk=rows[0].pk).update(done_at=None)
    with time_machine.travel(date(2026, 11, 22), tick=False):
        assert jobs.work(outbox_id=rows[0].pk)
    assert stored(world) == before and follows(run) == 1
    with as_owner():
        assert Run.objects.get(pk=run.pk).ended_at == ended_at


def test_a_result_that_no_longer_holds_goes_with_its_shard_and_no_other(world):
    run, rows = begin(world)
    for row in rows:
        jobs.work(outbox_id=row.pk)
    gone, kept = world.people[1].pk, world.people[2].pk
    with as_owner():
        Fill.objects.filter(patient__in=(gone, kept)).delete()
    run, _ = begin(world)
    with as_owner():
        shard_of = {one.first_patient_id: one.pk for one in Shard.objects.filter(run=run)}
    with as_payer(world):
        actions.evaluate_shard(shard_id=shard_of[gone])
    with as_owner():
        assert not MeasureResult.objects.filter(patient=gone, measure="pdc_rasa").exists()
        assert MeasureResult.objects.filter(patient=kept, measure="pdc_rasa").exists()


@pytest.mark.parametrize("point", ["results_sql.write", "shards.members_in", "runs.close"])
def test_a_worker_killed_in_a_shard_only_delays_the_run(world, point):
    with as_payer(world):
        actions.evaluate(payer=world.a.payer, year=2026, as_of=TODAY, cause="test")
    expected = stored(world)
    with as_owner():
        MeasureResult.objects.all().delete()
        PatientCondition.objects.all().delete()
    run, rows = begin(world)
    for row in rows[:-1] if point == "runs.close" else rows[:1]:
        assert jobs.work(outbox_id=row.pk)
    written, victim = stored(world), rows[-1]
    arguments = [connection.settings_dict["NAME"], str(victim.pk), point]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "carecoord.settings", "PYTHONPATH": str(settings.BASE_DIR)}
    script = str(Path(__file__).with_name("killed_worker.py"))
    died = subprocess.run([sys.executable, script, *arguments], env=environment, capture_output=True, timeout=120)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert stored(world) == written and follows(run) == 0
    with as_owner():
        victim.refresh_from_db()
        assert (victim.tries, victim.done_at) == (1, None)
        Outbox.objects.filter(pk=victim.pk).update(next_try_at=timezone.now())  # the pause is cut short
    for row in rows:
        jobs.work(outbox_id=row.pk)
    assert stored(world) == expected and follows(run) == 1


def test_the_last_two_shards_at_once_end_the_run_once(world):
    run, rows = begin(world)
    for row in rows[:-2]:
        jobs.work(outbox_id=row.pk)
    faults = []

    def work(pk):
        try:
            assert jobs.work(outbox_id=pk)
        except BaseException as fault:  # a thread's fault must reach the test
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(row.pk,)) for row in rows[-2:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults and follows(run) == 1
    with as_owner():
        assert Run.objects.get(pk=run.pk).ended_at


def waits(payer_id, take):
    """Whether `take` has to wait for what this thread holds."""
    found = []

    def ask():
        try:
            with context.acting_as(context.worker_for(payer_id)):
                with connection.cursor() as cursor:
                    cursor.execute("set local lock_timeout = '200ms'")
                take()
                found.append(False)
        except OperationalError:
            found.append(True)
        finally:
            connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(30)
    return found[0]


def test_touched_members_wait_for_the_shard_that_is_at_them_and_for_no_other(world):
    payer = world.a.payer.pk

    def touched(*ids):
        return waits(payer, lambda: take_turn_at(payer_id=payer, work="evaluate", stripes=stripes_of(ids)))

    with as_payer(world):
        take_turn_at(payer_id=payer, work="evaluate", stripes=stripes_between(0, 2 * STRIPE_IDS - 1))
        assert not touched(2 * STRIPE_IDS)
        assert touched(2 * STRIPE_IDS - 1) and touched(1, 5 * STRIPE_IDS)
        assert waits(payer, lambda: take_turn(payer_id=payer, work="evaluate"))


def test_stripes_are_few_for_any_range():
    assert stripes_between(STRIPE_IDS - 1, STRIPE_IDS) == {0, 1} == stripes_of([0, STRIPE_IDS])
    assert len(stripes_between(0, 10**12)) == 256
