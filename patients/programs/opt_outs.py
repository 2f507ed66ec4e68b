"""A member says no to a programme, and perhaps yes again. Recorded by the PBM; the worker ends what they are enrolled in."""

from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.jobs import actions as jobs
from patients.measures.turns import take_turn
from patients.models import Member

from .models import OptOut
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
    about = {"payer_id": member.payer_id, "program_id": program.pk, "patient_id": member.patient_id}
    if earlier := OptOut.objects.visible_to(by).filter(**about, until=None).first():
        raise CannotChange(f"This member has opted out already, on {earlier.since:%-d %b %Y}.")
    row = OptOut.objects.create(**about, since=since, how=how, note=note.strip(), recorded_by=by)
    jobs.hand_on(topic="member.opted_out", payer_id=row.payer_id, subject_id=row.pk)
    record(event="program.member_out", by=by, target=row, detail={"program": program.code, "how": how})
    return row


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


def _check_is_ours(program, by):
    if program.pbm_id != pbm_of(by).pk:
        raise CannotChange("This is another PBM's programme.")
