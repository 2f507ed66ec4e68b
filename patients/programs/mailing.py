"""Letters of a programme to its members: which are due, made when first printed, sent on a day, perhaps returned."""

from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record
from patients.measures.turns import take_turn
from patients.models import record_now, records_now

from . import to_persons
from .actions import MOVED
from .models import Decision, Enrolment, MemberLetter, OptOut
from .opt_ins import pbm_of

Kind = MemberLetter.Kind
MOST_AT_ONCE = 200


class CannotSend(Exception):
    """The sentence says why, to the person who asked."""


def due(user):
    """Enrolments that `user` may see and whose letter was not made yet, with its `kind`.

    In force: a welcome, or the word that the pharmacy is a new one. Ended: the end, if the member was ever written to, is
    alive and in the programme nowhere else. Nobody writes to the dead, nor welcomes who opted out. Ids that were united are
    one member: an enrolment that went on with the person's record went on, and is told of once.
    """
    told = to_persons.due(user)
    here = {"payer": OuterRef("payer"), "program": OuterRef("program"), "patient": OuterRef("patient")}
    others = Enrolment.objects.visible_to(user).filter(**here)
    letters = MemberLetter.objects.visible_to(user).filter(enrolment=OuterRef("pk"))
    out = OptOut.objects.visible_to(user).filter(**here, until=None)
    begun = Q(days__upper_inf=True) & ~Exists(letters.filter(kind__in=to_persons.WELCOMES)) & ~Exists(out)
    over = (
        Q(days__upper_inf=False)
        & ~Q(ended_because__in=(MOVED, Decision.Outcome.DECEASED))
        & Exists(letters.exclude(sent_on=None))
        & ~Exists(letters.filter(kind=Kind.ENDED))
        & ~Exists(others.filter(days__upper_inf=True))
    )
    came = Exists(others.filter(ended_because=MOVED, days__adjacent_to=OuterRef("days")))
    kind = Case(
        When(days__upper_inf=False, then=Value(Kind.ENDED.value)),
        When(Q(pk__in=told.moved) | ~Q(patient__in=told.records) & Q(came), then=Value(Kind.MOVED.value)),
        default=Value(Kind.WELCOME.value),
    )
    alone = ~Q(patient__in=told.records) & Q(begun | over, patient__died_on=None)
    return Enrolment.objects.visible_to(user).filter(alone | Q(pk__in=told.enrolments)).annotate(kind=kind)


def returned(user):
    """Letters of the member (`payer` and `patient` of the outer row) that came back, and that no later one to the same person
    replaced."""
    letters, now = MemberLetter.objects.visible_to(user), records_now(who=user)
    mine = letters.filter(payer=OuterRef("payer"), patient=OuterRef("patient")).exclude(returned_on=None)
    later = letters.filter(payer=OuterRef("payer"), sent_on__gt=OuterRef("sent_on"), returned_on=None)
    mine = mine.exclude(Exists(later.filter(patient=OuterRef("patient"))))
    if several := {*now, *now.values()}:
        later = later.filter(patient__in=several).annotate(record=record_now()).filter(record=OuterRef("record"))
        mine = mine.annotate(record=record_now()).exclude(Q(patient__in=several) & Exists(later))
    return mine


@audited
def make(*, enrolments, by):
    """The letters that are due to these enrolments, now made: their rows, in the order of the enrolments. All or none.

    Raises CannotSend: none chosen or too many, one that is not due, no address or contact, another PBM's programme.
    """
    keys = [one.pk for one in enrolments]
    _check_number(keys)
    for payer_id in sorted({one.payer_id for one in enrolments}):
        take_turn(payer_id=payer_id, work="letters")
    found = {one.pk: one for one in due(by).filter(pk__in=keys).select_related("program", "patient")}
    if set(found) != set(keys):
        raise CannotSend("Some of these letters were made meanwhile, or are not due any more. Look at the list again.")
    for program in {one.program for one in found.values()}:
        if program.pbm_id != pbm_of(by).pk:
            raise CannotSend("This is another PBM's programme.")
        if not program.contact:
            raise CannotSend(
                f"{program.title} has no contact yet. Write on the programme how a member reaches it: without it nobody can "
                "say no."
            )
    if any(not one.patient.person.address for one in found.values()):
        raise CannotSend("One of these members has no address in the payer's file; leave them out.")
    made = [
        MemberLetter(
            payer_id=one.payer_id,
            program_id=one.program_id,
            patient_id=one.patient_id,
            pharmacy_id=one.pharmacy_id,
            enrolment_id=one.pk,
            kind=one.kind,
            made_by=by,
        )
        for one in (found[key] for key in keys)
    ]
    MemberLetter.objects.bulk_create(made)
    record(event="letters.made", by=by, count=len(made), patients=[one.patient_id for one in made])
    return made


@audited
def mark_sent(*, letters, on, by):
    """The mail has them since the day `on`. All or none. Raises CannotSend: sent already, a day to come or before printing."""
    rows = _lock(letters, by)
    for row in rows:
        if row.sent_on is not None:
            raise CannotSend("Some of these letters are marked as sent already; nothing was changed.")
        _check_day(on, not_before=timezone.localdate(row.made_at), what="printed")
    for row in rows:
        row.sent_on = on
        row.save(update_fields=["sent_on"])
    record(event="letters.sent", by=by, count=len(rows), patients=[row.patient_id for row in rows], detail={"on": on})
    return len(rows)


@audited
def note_returned(*, letters, on, by):
    """The mail brought them back on the day `on`. All or none. Raises CannotSend: not sent, back already, a day out of order."""
    rows = _lock(letters, by)
    for row in rows:
        if row.sent_on is None or row.returned_on is not None:
            raise CannotSend("Only letters that were sent, and are not back yet, can come back; nothing was changed.")
        _check_day(on, not_before=row.sent_on, what="sent")
    for row in rows:
        row.returned_on = on
        row.save(update_fields=["returned_on"])
    record(
        event="letters.returned", by=by, count=len(rows), patients=[row.patient_id for row in rows], detail={"on": on}
    )
    return len(rows)


def _lock(letters, by):
    keys = [one.pk for one in letters]
    _check_number(keys)
    rows = list(MemberLetter.objects.visible_to(by).filter(pk__in=keys).select_for_update(of=("self",)).order_by("pk"))
    if len(rows) != len(set(keys)):
        raise CannotSend("Some of these letters are not there any more.")
    return rows


def _check_number(keys):
    if not keys:
        raise CannotSend("Choose at least one letter.")
    if len(keys) > MOST_AT_ONCE:
        raise CannotSend(f"At most {MOST_AT_ONCE} letters at a time.")


def _check_day(day, *, not_before, what):
    if day > timezone.localdate():
        raise CannotSend("Choose today or an earlier day.")
    if day < not_before:
        raise CannotSend(f"One of these letters was {what} on {not_before:%-d %b %Y}; choose that day or a later one.")
