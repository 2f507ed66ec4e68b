"""What is kept too long goes every day; what an answer needs, or work waits for, stays."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Lease, Outbox
from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from carecoord.kernel.tenancy.context import acting_as, worker_for
from patients.claims import retention as touched
from patients.claims.models import Delivery, TouchedPatient
from patients.measures import retention, tasks
from patients.measures.models import MeasureResult, Run

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


def result(side, as_of, *, cause="nightly", year=2026, ended=True, **more):
    run = Run.objects.create(
        payer=side.payer,
        cause=cause,
        year=year,
        as_of=as_of,
        ended_at=datetime(2026, 1, 1, tzinfo=UTC) if ended else None,
    )
    return MeasureResult.objects.create(
        payer=side.payer, patient=side.patient, measure="pdc_dr", version="1", year=year, as_of=as_of, denominator=True,
        numerator=True, threshold_bp=8000, run_id=run.pk, **more,
    )  # fmt: skip


def days_left(side, model=MeasureResult):
    found = model.objects.filter(payer=side.payer).exclude(as_of=side.result.as_of)
    return sorted(found.values_list("year", "as_of"))


def tidy(side):
    with acting_as(worker_for(side.payer.pk)):
        return retention.tidy(payer=side.payer, today=TODAY)


def test_of_old_days_the_last_of_each_month_and_so_of_each_year_stays(cast, as_owner):
    with as_owner():
        for day in (date(2026, 2, 3), date(2026, 2, 4), date(2026, 3, 1), date(2026, 11, 1), date(2026, 11, 2)):
            result(cast.a, day)
        for day in (date(2026, 1, 5), date(2026, 1, 6)):
            result(cast.a, day, year=2025)
        result(cast.b, date(2026, 2, 3))
        result(cast.b, date(2026, 2, 4))
    assert (tidy(cast.a), tidy(cast.a)) == (2, 0)
    kept = [
        (2025, date(2026, 1, 6)), (2026, date(2026, 2, 4)), (2026, date(2026, 3, 1)), (2026, date(2026, 11, 1)), (2026, date(2026, 11, 2)),
    ]  # fmt: skip
    with as_owner():
        assert days_left(cast.a) == days_left(cast.a, Run) == kept
        assert len(days_left(cast.b)) == 2  # another payer's are another piece of work


def test_what_a_person_asked_for_stays_with_its_run(cast, as_owner):
    with as_owner():
        result(cast.a, date(2026, 2, 3), cause="command")
        result(cast.a, date(2026, 2, 4))
    assert tidy(cast.a) == 0
    with as_owner():
        assert len(days_left(cast.a)) == len(days_left(cast.a, Run)) == 2


def test_how_long_is_a_parameter(cast, as_owner):
    with as_owner():
        result(cast.a, date(2026, 8, 3))
        result(cast.a, date(2026, 8, 4))
    assert tidy(cast.a) == 0
    with as_owner():
        ParameterValue.objects.create(code="measures.result_days", value=60, since=TODAY, reason="Disk")
    assert tidy(cast.a) == 1


def test_whom_a_delivery_touched_is_forgotten_when_nothing_waits_for_it(cast, as_owner):
    long_ago = datetime(2026, 10, 1, tzinfo=UTC)
    with as_owner():
        made = []
        for changes in ({}, {}, {"withdrawn_at": datetime(2026, 11, 20, tzinfo=UTC)}, {"loaded_at": None}):
            delivery = Delivery.objects.create(
                payer=cast.a.payer,
                format="tuva_csv",
                stored_as="x",
                sha256="0" * 64,
                size_bytes=1,
                **{"loaded_at": long_ago} | changes,
            )
            TouchedPatient.objects.create(payer=cast.a.payer, delivery=delivery, patient=cast.a.patient)
            made.append(delivery.pk)
        Outbox.objects.create(
            topic="patients.evaluated", payer_id=cast.a.payer.pk, subject_id=1, detail={"delivery": made[1]}
        )
    for gone in (1, 0):
        with acting_as(worker_for(cast.a.payer.pk)):
            assert touched.tidy(payer=cast.a.payer, today=TODAY) == gone
    with as_owner():
        assert set(TouchedPatient.objects.values_list("delivery_id", flat=True)) == set(made[1:])


def test_once_a_day_everything_is_tidied_however_many_beats(cast, as_owner, monkeypatch):
    monkeypatch.setattr(jobs, "_wake", None)
    with time_machine.travel(datetime(2026, 11, 21, 9, 30, tzinfo=UTC), tick=False), as_owner():
        old, new = (datetime.now(UTC) - timedelta(days=days) for days in (31, 29))
        for at in (old, new):
            Outbox.objects.create(topic="night", done_at=at, key=f"night:{at}")
            Lease.objects.create(job="x", slot=at)
        given_up = Outbox.objects.create(topic="night", failed_at=old)
        result(cast.a, date(2026, 2, 3))
        result(cast.a, date(2026, 2, 4))
    with time_machine.travel(datetime(2026, 11, 21, 9, 30, tzinfo=UTC), tick=False):
        tasks.begin_tidying()
        tasks.begin_tidying()
        jobs.drain()
    with as_owner():
        assert days_left(cast.a) == [(2026, date(2026, 2, 4))]
        assert Outbox.objects.filter(topic="night").count() == 2 and Lease.objects.count() == 1
        assert Outbox.objects.filter(pk=given_up.pk).exists()
        assert Outbox.objects.filter(topic="payer.untidy").exclude(done_at=None).count() == 2
    assert context.current_scope() is None
