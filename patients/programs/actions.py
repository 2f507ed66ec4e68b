"""Enrolling: every member of a payer gets an answer, and enrolments and access follow from it."""

from collections import Counter
from datetime import date

from psycopg.types.range import DateRange

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.audit.actions import audited
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from patients.measures.turns import take_turn
from patients.models import all_records, records_now

from . import access, facts
from .eligibility import Answer, decide, opted_out
from .models import Decision, Enrolment, EnrolmentRun, OptOut, Participation, Program
from .queries import UNITED

BATCH = 5_000
MOVED, PROGRAM_ENDED = "moved_pharmacy", "program_ended"


class CannotEnrol(Exception):
    """The programme cannot be decided for that day; the text says why."""


@audited
def enrol(*, program: Program, payer, as_of: date, dry_run: bool = False, by) -> EnrolmentRun:
    """Answers for every member of `payer` as of a day, and makes enrolments and pharmacies' access agree with the answers.

    Returns the run with `counts` (outcome code -> members; every outcome is named, and they add up to the members).
    What follows for the flags is handed on (`payer.enrolled`). Running it twice changes nothing the second time. A dry
    run writes nothing but its line in the audit trail, and its run is not saved. Raises CannotEnrol outside the
    programme's days, and for a day before the last that was decided.
    """
    if as_of < program.since or (program.until and as_of > program.until):
        raise CannotEnrol(f"{program.title} does not run on {as_of}.")
    if not dry_run:
        take_turn(payer_id=payer.pk, work="enrol")
        _check_not_before_last(program, payer, as_of)
    ground = facts.ground(program, payer, as_of)
    answers = [decide(case, ground) for case in facts.cases(program, payer, as_of)]
    counted = Counter(str(answer.outcome) for answer in answers)
    counts = {outcome: counted[outcome] for outcome in Decision.Outcome.values}
    run = EnrolmentRun(payer=payer, program=program, as_of=as_of, counts=counts)
    detail = {"program": program.code, "as_of": as_of.isoformat(), "counts": counts}
    if dry_run:
        audit.record(event="program.tried", by=by, count=len(answers), detail=detail)
        return run
    run.save()
    _keep_decisions(run, answers)
    changes = _move(run, {answer.patient_id: answer for answer in answers})
    changes |= access.follow(payer=payer, as_of=as_of, by=by)
    jobs.hand_on(topic="payer.enrolled", payer_id=payer.pk, subject_id=run.pk, detail={"as_of": as_of.isoformat()})
    audit.record(event="program.enrolled", by=by, target=run, count=len(answers), detail=detail | changes)
    return run


@audited
def ask_to_decide(*, by) -> int:
    """Hands on, for every payer of which a client joined a programme, what the night would do: measures, programmes, flags
    as of today. A payer for whom it waits already is not asked for twice. Returns how many payers there are."""
    payers = set(Participation.objects.visible_to(by).values_list("payer", flat=True))
    waiting = Outbox.objects.filter(topic="payer.due", payer_id__in=payers, done_at=None, failed_at=None)
    for payer_id in sorted(payers - set(waiting.values_list("payer_id", flat=True))):
        jobs.hand_on(topic="payer.due", payer_id=payer_id, detail={"cause": "by hand"})
    audit.record(event="program.asked", by=by, count=len(payers))
    return len(payers)


@audited
def end(*, program: Program, payer, as_of: date, by) -> int:
    """Ends every enrolment of a programme that is over; returns how many. What follows for the flags is handed on."""
    take_turn(payer_id=payer.pk, work="enrol")
    in_force = Enrolment.objects.filter(payer=payer, program=program, days__upper_inf=True)
    ended = list(in_force.select_for_update().order_by("pk"))
    for enrolment in ended:
        _end(enrolment, as_of, PROGRAM_ENDED)
    changes = access.follow(payer=payer, as_of=as_of, by=by)
    jobs.hand_on(topic="payer.enrolled", payer_id=payer.pk)
    audit.record(event="program.ended", by=by, count=len(ended), detail={"program": program.code} | changes)
    return len(ended)


@audited
def end_opted_out(*, opt_out: OptOut, as_of: date, by) -> int:
    """Ends what the member is enrolled in under the programme that they left, and the pharmacy's access with it; returns
    how many. The decision about them says so at once. Nothing happens when they have opted in again meanwhile. The turn is
    that of `enrol`: a run that was under way before the opt-out has ended when this begins.
    """
    take_turn(payer_id=opt_out.payer_id, work="enrol")
    stands = OptOut.objects.select_related("payer").filter(pk=opt_out.pk, until=None).first()
    if stands is None:
        audit.record(event="program.left", by=by, target=opt_out, count=0)
        return 0
    records = all_records([stands.patient_id], payer=stands.payer)
    about = {"payer_id": stands.payer_id, "program_id": stands.program_id, "patient__in": records}
    ended = list(Enrolment.objects.filter(**about, days__upper_inf=True).select_for_update().order_by("pk"))
    for enrolment in ended:
        _end(enrolment, as_of, str(Decision.Outcome.OPTED_OUT))
    Decision.objects.filter(**about).update(
        outcome=Decision.Outcome.OPTED_OUT, sentence=opted_out(stands.since, stands.get_how_display()), data={}
    )
    changes = access.follow(payer=stands.payer, as_of=as_of, by=by)
    jobs.hand_on(topic="member.left", payer_id=stands.payer_id, detail={"patient": stands.patient_id})
    audit.record(event="program.left", by=by, target=stands, count=len(ended), detail=changes)
    return len(ended)


def _check_not_before_last(program, payer, as_of) -> None:
    last = EnrolmentRun.objects.filter(program=program, payer=payer).order_by("-as_of").values_list("as_of", flat=True)
    if last[:1] and last[0] > as_of:
        raise CannotEnrol(
            f"{program.title} was already decided for {payer.code} as of {last[0]}; "
            "an earlier day can only be tried with a dry run."
        )


def _keep_decisions(run: EnrolmentRun, answers: list[Answer]) -> None:
    """The newest answer about each member; whoever is no longer a member has none."""
    Decision.objects.bulk_create(
        [
            Decision(
                payer_id=run.payer_id,
                program_id=run.program_id,
                patient_id=answer.patient_id,
                outcome=answer.outcome,
                sentence=answer.sentence,
                data=answer.data,
                as_of=run.as_of,
                run=run,
            )
            for answer in answers
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["program", "payer", "patient"],
        update_fields=["outcome", "sentence", "data", "as_of", "run"],
    )
    Decision.objects.filter(payer_id=run.payer_id, program_id=run.program_id).exclude(run=run).delete()


def _move(run: EnrolmentRun, answers: dict[int, Answer]) -> dict[str, int]:
    """Ends what no longer holds, then opens what now does. Who stays keeps the reason for which they were enrolled."""
    in_force = Enrolment.objects.filter(payer=run.payer_id, program=run.program_id, days__upper_inf=True)
    staying, ended, now = set(), Counter(), records_now(payer=run.payer)
    for enrolment in in_force.select_for_update().order_by("pk"):
        answer = answers.get(enrolment.patient_id)
        if answer and answer.pharmacy_id == enrolment.pharmacy_id:
            staying.add(enrolment.patient_id)
            continue
        _end(enrolment, run.as_of, because := _why(enrolment, answer, now))
        ended["moved" if because == MOVED else "ended"] += 1
    ended_later = Enrolment.objects.filter(
        payer=run.payer_id, program=run.program_id, days__upper_inf=False, days__endswith__gt=run.as_of
    ).order_by("days__endswith")
    held_until = {  # by an opt-out, after the day of a feed that stopped
        now.get(patient_id, patient_id): ends
        for patient_id, ends in ended_later.values_list("patient_id", "days__endswith")
    }
    opened = [
        Enrolment(
            payer_id=run.payer_id,
            program_id=run.program_id,
            patient_id=answer.patient_id,
            pharmacy_id=answer.pharmacy_id,
            days=DateRange(max(run.as_of, held_until.get(answer.patient_id, run.as_of)), None),
            reason=answer.attribution,
            data=answer.data | {"run": run.pk},
        )
        for answer in answers.values()
        if answer.pharmacy_id is not None and answer.patient_id not in staying
    ]
    Enrolment.objects.bulk_create(opened, batch_size=BATCH)
    return {"opened": len(opened), "stayed": len(staying), "moved": ended["moved"], "ended": ended["ended"]}


def _why(enrolment: Enrolment, answer: Answer | None, now: dict[int, int]) -> str:
    """What ended an enrolment. That of a former record goes on, or ends, with the record that holds the person."""
    if answer is None:
        return UNITED if enrolment.patient_id in now else "not_a_member"
    return str(answer.outcome) if answer.pharmacy_id is None else MOVED


def _end(enrolment: Enrolment, as_of: date, because: str) -> None:
    """From `as_of` on it no longer holds. One that began on that very day never held, and goes (the trail has it)."""
    if enrolment.days.lower >= as_of:
        enrolment.delete()
        return
    enrolment.days = DateRange(enrolment.days.lower, as_of)
    enrolment.ended_because = because
    enrolment.save(update_fields=["days", "ended_because"])
