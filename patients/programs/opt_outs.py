"""A member says no to a programme, and perhaps yes again. Recorded by the PBM, or by the pharmacy to whom they say it; the
worker ends what they are enrolled in."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs import actions as jobs
from patients.measures.turns import take_turn
from patients.models import Member

from .models import Enrolment, OptOut
from .opt_ins import CannotChange, pbm_of


@audited
def opt_out(*, member, program, since, how, note="", by):
    """The member is out of the programme from `since` on, today or earlier. Enrolment and access end within seconds.

    Raises CannotChange: out already, a day to come or before the programme, another PBM's programme.
    """
    _check_is_ours(program, by)
    if not Member.objects.visible_to(by).filter(pk=member.pk).exists():
        raise CannotChange("There is no such member.")
    if how not in OptOut.How.values:
        raise CannotChange("Choose how the member said so.")
    if since > timezone.localdate():
        raise CannotChange("Choose today or an earlier day: an opt-out holds from the day on which the member said so.")
    if since < program.since:
        raise CannotChange(f"{program.title} began on {program.since:%-d %b %Y}; nobody can have left it before.")
    take_turn(payer_id=member.payer_id, work="opt_out")
    about = {"payer_id": member.payer_id, "program_id": program.pk}
    records = member.patient.records
    if earlier := OptOut.objects.visible_to(by).filter(**about, patient__in=records, until=None).first():
        raise CannotChange(f"This member has opted out already, on {earlier.since:%-d %b %Y}.")
    return _leave(about | {"patient_id": records[0]}, since=since, how=how, note=note, by=by)


@audited
def opt_out_at_pharmacy(*, patient, pharmacy, program, note="", by):
    """The member says at the counter that they want no part in the programme: they are out of it from today on, as if they
    had told the PBM, which sees who recorded it. Raises CannotChange where they are not enrolled here, or out already.
    """
    records = patient.records
    enrolled = Enrolment.objects.visible_to(by).filter(patient__in=records, pharmacy=pharmacy, program=program)
    payers = sorted(set(enrolled.filter(days__upper_inf=True).values_list("payer_id", flat=True)))
    if not payers:
        raise CannotChange(f"This member is not enrolled in {program.title} at your pharmacy.")
    if OptOut.objects.visible_to(by).filter(program=program, patient__in=records, until=None).exists():
        raise CannotChange("This member has opted out already.")
    for payer_id in payers:
        take_turn(payer_id=payer_id, work="opt_out")
        about = {"payer_id": payer_id, "program_id": program.pk, "patient_id": records[0]}
        here = {"pharmacy": pharmacy, "patient_name": patient.person.name}
        row = _leave(about, since=timezone.localdate(), how=OptOut.How.PHARMACY, note=note, by=by, **here)
    return row


@audited
def take_back(*, opt_out, by):
    """A slip at the counter, mended on the same day: the no never held. Raises CannotChange."""
    take_turn(payer_id=opt_out.payer_id, work="opt_out")
    row = OptOut.objects.visible_to(by).select_related("program").get(pk=opt_out.pk)
    if row.until is not None:
        raise CannotChange("This is taken back already.")
    if not can_be_taken_back(row):
        raise CannotChange("Only on the day itself. From then on the member tells the PBM that they want back in.")
    row.until = row.since
    row.save(update_fields=["until"])
    jobs.hand_on(topic="payer.scored", payer_id=row.payer_id)  # the programmes decide anew, at once
    record(event="program.member_back", by=by, target=row, detail={"program": row.program.code})
    return row


def can_be_taken_back(row):
    """By the pharmacy that recorded it, whose clock counts."""
    return row.until is None and timezone.localdate(row.recorded_at) == timezone.localdate()


@audited
def opt_in_again(*, opt_out, since, by):
    """The no is taken back: `since` is the first day on which the member can be enrolled again, by the next decision.

    Raises CannotChange: back already, a day to come or before the no, another PBM's programme.
    """
    take_turn(payer_id=opt_out.payer_id, work="opt_out")
    row = OptOut.objects.visible_to(by).select_related("program").get(pk=opt_out.pk)
    _check_is_ours(row.program, by)
    if row.until is not None:
        raise CannotChange(f"This member has opted in again already, from {row.until:%-d %b %Y} on.")
    if since > timezone.localdate():
        raise CannotChange("Choose today or an earlier day.")
    if since < row.since:
        raise CannotChange(f"The member opted out on {row.since:%-d %b %Y}; they cannot have come back before.")
    row.until = since
    row.save(update_fields=["until"])
    record(event="program.member_back", by=by, target=row, detail={"program": row.program.code})
    return row


def _leave(about, *, since, how, note, by, **here):
    try:
        with transaction.atomic():
            row = OptOut.objects.create(**about, since=since, how=how, note=note.strip(), recorded_by=by, **here)
    except IntegrityError:  # one that a pharmacy cannot see: the PBM's, or an earlier pharmacy's
        raise CannotChange("This member has opted out already.") from None
    jobs.hand_on(topic="member.opted_out", payer_id=row.payer_id, subject_id=row.pk)
    record(event="program.member_out", by=by, target=row, detail={"program": row.program.code, "how": how})
    return row


def _check_is_ours(program, by):
    if program.pbm_id != pbm_of(by).pk:
        raise CannotChange("This is another PBM's programme.")
