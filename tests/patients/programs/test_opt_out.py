"""A member says no: out of the pharmacy's sight within seconds, kept out by every decision, back by their own word."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.flags.models import Flag
from patients.measures.models import Run
from patients.models import Patient, PatientAccess
from patients.programs import actions, opt_outs
from patients.programs.models import Decision, Enrolment, OptOut
from patients.programs.opt_ins import CannotChange
from tests.conftest import as_owner
from tests.factories.history import fill, hypertensive

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


def leave(cast, *, since=None, side="a", by=None, **more):
    by = by or cast.dana
    given = {"how": "phone", "note": "Called us."} | more
    with context.acting_as(by.scope):
        member = getattr(cast, side).member
        return opt_outs.opt_out(
            member=member, program=cast.program, since=since or timezone.localdate(), by=by, **given
        )


def come_back(cast, row, since=None):
    with context.acting_as(cast.dana.scope):
        return opt_outs.opt_in_again(opt_out=row, since=since or timezone.localdate(), by=cast.dana)


def decide(cast, as_of, dry_run=False):
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        return actions.enrol(program=cast.program, payer=cast.a.payer, as_of=as_of, dry_run=dry_run, by=None)


@pytest.fixture
def regular(cast, today):
    """Pat fits the programme, and was judged today."""
    with as_owner():
        hypertensive(cast.a)
        for ago in (200, 100, 10):
            fill(cast.a, (today - timedelta(days=ago)).isoformat(), 90)
        now = timezone.now()
        Run.objects.create(payer=cast.a.payer, year=today.year, as_of=today, cause="test", started_at=now, ended_at=now)
    return cast


def test_within_one_pass_of_the_worker_the_pharmacy_has_lost_the_member(regular, today):
    decide(regular, today)
    leave(regular)
    jobs.drain()
    with as_owner():
        one = Enrolment.objects.get(patient=regular.a.patient)
        assert (one.days.upper, one.ended_because) == (today, "opted_out")
        assert not PatientAccess.objects.filter(patient=regular.a.patient, until=None).exclude(reason="care").exists()
        assert Flag.objects.get(patient=regular.a.patient).status == "closed"
        said = Decision.objects.get(patient=regular.a.patient)
        assert (said.outcome, said.sentence) == ("opted_out", f"Opted out on {today:%-d %b %Y}, by phone.")
        (event,) = AuditEvent.objects.filter(event="program.member_out")
        assert event.patient_ids == [regular.a.patient.pk] and event.detail == {"program": "htn-dm", "how": "phone"}
        assert AuditEvent.objects.filter(event="program.left", patient_ids=[regular.a.patient.pk]).count() == 1
    with context.acting_as(regular.alice.scope):
        assert not Patient.objects.filter(pk=regular.a.patient.pk).exists()


def say_no(cast, by=None, pharmacy=None):
    by = by or cast.alice
    with context.acting_as(by.scope):
        return opt_outs.opt_out_at_pharmacy(
            patient=cast.a.patient,
            pharmacy=pharmacy or by.membership.organisation.pharmacy,
            program=cast.program,
            note="No.",
            by=by,
        )


def test_told_at_the_counter_it_holds_as_if_the_pbm_was_told(regular, today):
    decide(regular, today)
    say_no(regular)
    with pytest.raises(CannotChange, match="already"):
        say_no(regular)
    jobs.drain()
    with as_owner():
        assert Enrolment.objects.get(patient=regular.a.patient).ended_because == "opted_out"
        assert Flag.objects.get(patient=regular.a.patient).status == "closed"
    with context.acting_as(regular.alice.scope):
        assert not Patient.objects.filter(pk=regular.a.patient.pk).exists()
    with context.acting_as(regular.dana.scope):
        row = OptOut.objects.visible_to(regular.dana).get(until=None)
        assert (row.recorded_by, row.pharmacy, row.how) == (regular.alice, regular.a.pharmacy, "pharmacy")
    assert decide(regular, today).counts["opted_out"] == 1


def test_a_slip_at_the_counter_is_taken_back_that_day_and_the_programme_decides_anew(regular, today):
    decide(regular, today - timedelta(days=1))
    row = say_no(regular)
    jobs.drain()
    with as_owner():  # as of an access that began on this very day
        PatientAccess.objects.filter(patient=regular.a.patient).delete()
    with context.acting_as(regular.alice.scope):
        opt_outs.take_back(opt_out=row, by=regular.alice)
        with pytest.raises(CannotChange, match="taken back already"):
            opt_outs.take_back(opt_out=row, by=regular.alice)
    jobs.drain()
    with as_owner():
        assert Enrolment.objects.filter(patient=regular.a.patient, days__upper_inf=True).exists()
    with context.acting_as(regular.alice.scope):
        assert Patient.objects.filter(pk=regular.a.patient.pk).exists()


def test_on_the_next_day_it_is_the_pbms_to_change(regular, today):
    row = say_no(regular)
    with time_machine.travel(timezone.now() + timedelta(days=1)), context.acting_as(regular.alice.scope):
        with pytest.raises(CannotChange, match="Only on the day itself"):
            opt_outs.take_back(opt_out=row, by=regular.alice)
    come_back(regular, row)


def test_another_pharmacy_neither_records_nor_sees_nor_takes_it_back(regular):
    with pytest.raises(CannotChange, match="not enrolled"):
        say_no(regular, by=regular.charlie)
    row = say_no(regular)
    with context.acting_as(regular.charlie.scope):
        assert not OptOut.objects.filter(pk=row.pk).exists()
        with pytest.raises(OptOut.DoesNotExist):
            opt_outs.take_back(opt_out=row, by=regular.charlie)
        forged = OptOut(
            payer=regular.a.payer, program=regular.program, patient=regular.a.patient, since=timezone.localdate(), how="pharmacy",
            recorded_by=regular.charlie, pharmacy=regular.b.pharmacy,
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            forged.save()


def test_the_worker_does_it_twice_and_it_is_done_once(regular, today):
    row = leave(regular)
    jobs.drain()
    with context.acting_as(context.worker_for(regular.a.payer.pk)):
        assert actions.end_opted_out(opt_out=row, as_of=today, by=None) == 0


def test_whoever_came_back_before_the_worker_looked_is_still_enrolled(regular):
    come_back(regular, leave(regular))
    jobs.drain()
    with as_owner():
        assert Enrolment.objects.get(patient=regular.a.patient).days.upper is None


def test_a_decision_holds_the_opt_outs_of_its_own_day(regular, today):
    day = lambda ago: today - timedelta(days=ago)  # noqa: E731
    with as_owner():
        Enrolment.objects.filter(patient=regular.a.patient).delete()
    row = leave(regular, since=day(3))
    assert decide(regular, day(3)).counts["opted_out"] == 1
    come_back(regular, row, since=day(1))
    assert decide(regular, day(4), dry_run=True).counts["enrolled"] == 1
    assert decide(regular, day(2)).counts["opted_out"] == 1
    assert decide(regular, day(1)).counts["enrolled"] == 1


def test_a_feed_that_stopped_before_the_no_does_not_undo_it(regular, today):
    """Its members are decided for its last day, every night; who comes back is enrolled again from when they were not."""
    stopped = today - timedelta(days=60)
    decide(regular, stopped)
    row = leave(regular)
    jobs.drain()
    assert decide(regular, stopped).counts["opted_out"] == 1
    come_back(regular, row)
    assert decide(regular, stopped).counts["enrolled"] == 1
    with as_owner():
        days = [one.days for one in Enrolment.objects.filter(patient=regular.a.patient).order_by("days")]
    assert [(one.lower, one.upper) for one in days][-1] == (today, None) and days[-2].upper == today


def test_of_a_member_who_is_not_covered_that_is_said_first(regular, today):
    leave(regular)
    with as_owner():
        regular.a.coverage.ends_on = today - timedelta(days=1)
        regular.a.coverage.save()
    assert decide(regular, today).counts["not_covered"] == 1


def test_twice_is_refused_in_a_sentence(regular, today):
    row = leave(regular)
    with pytest.raises(CannotChange, match=f"opted out already, on {today:%-d %b %Y}"):
        leave(regular)
    come_back(regular, row)
    with pytest.raises(CannotChange, match="in again already"):
        come_back(regular, row)
    assert leave(regular).pk != row.pk


@pytest.mark.parametrize(
    "given, words",
    [
        ({"since": date(2100, 1, 1)}, "today or an earlier day"),
        ({"since": date(2019, 12, 31)}, "began on 1 Jan 2020"),
        ({"how": "pigeon"}, "Choose how"),
        ({"side": "b"}, "no such member"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(regular, given, words):
    with pytest.raises(CannotChange, match=words):
        leave(regular, **given)


@pytest.mark.parametrize(
    "since, words", [(date(2100, 1, 1), "earlier day"), (date(2020, 1, 1), "cannot have come back")]
)
def test_nobody_comes_back_tomorrow_or_before_they_left(regular, since, words):
    row = leave(regular)
    with pytest.raises(CannotChange, match=words):
        come_back(regular, row, since=since)


@pytest.mark.parametrize("who", ["alice", "grace"])
def test_only_people_of_a_pbm_record_it(regular, who):
    with pytest.raises(CannotChange, match="Only people of a PBM"):
        leave(regular, by=getattr(regular, who))


def test_another_pbms_programme_is_left_alone(regular):
    with as_owner():
        regular.program.pbm = regular.network.organisation
        regular.program.save()
    with pytest.raises(CannotChange, match="another PBM"):
        leave(regular)


@pytest.mark.parametrize("change", [{"note": "x"}, {"how": "letter"}, {"since": date(2020, 1, 2)}])
def test_what_was_said_is_not_rewritten(regular, change):
    with context.acting_as(regular.dana.scope), pytest.raises(DatabaseError), transaction.atomic():
        OptOut.objects.filter(pk=regular.a.opt_out.pk).update(**change)


def test_a_strangers_opt_out_cannot_be_written_past_the_code(regular, today):
    row = OptOut(
        payer=regular.b.payer, patient=regular.b.patient, program=regular.program, since=today, how="phone",
        recorded_by=regular.dana,
    )  # fmt: skip
    with context.acting_as(regular.dana.scope), pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)
