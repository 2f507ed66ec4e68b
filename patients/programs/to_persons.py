"""Letters that are due to members with several ids: over all of their records, told once. The few are judged here, row by row."""

from collections import defaultdict
from dataclasses import dataclass

from patients.models import Patient, records_now

from .actions import MOVED
from .models import Decision, Enrolment, MemberLetter, OptOut
from .queries import UNITED

Kind = MemberLetter.Kind
WELCOMES = (Kind.WELCOME, Kind.MOVED)


@dataclass(frozen=True)
class Due:
    """`records`: of whom it is judged here. `enrolments`: those whose letter is due; of these `moved`: to a new pharmacy."""

    records: set[int]
    enrolments: set[int]
    moved: set[int]


def due(user) -> Due:
    """As mailing.due says it, for people whose ids are united, or were."""
    now = records_now(who=user)
    parted = Enrolment.objects.visible_to(user).filter(ended_because=UNITED).values_list("patient_id", flat=True)
    records = {*now, *now.values(), *parted}
    if not records:
        return Due(set(), set(), set())
    about = {"patient__in": records}
    out = (
        OptOut.objects.visible_to(user).filter(**about, until=None).values_list("payer_id", "program_id", "patient_id")
    )
    out = {(payer_id, program_id, now.get(one, one)) for payer_id, program_id, one in out}
    dead = set(Patient.objects.filter(pk__in=records).exclude(died_on=None).values_list("pk", flat=True))
    letters, together = defaultdict(list), defaultdict(list)
    for letter in MemberLetter.objects.visible_to(user).filter(**about):
        letters[letter.enrolment_id].append(letter)
    for row in Enrolment.objects.visible_to(user).filter(**about):
        together[row.payer_id, row.program_id, now.get(row.patient_id, row.patient_id)].append(row)
    found, moved = set(), set()
    for member, rows in together.items():
        for row in rows if member[2] not in dead else ():
            told = [
                *letters[row.pk],
                *(letter for other in rows if _went_on(other, row) for letter in letters[other.pk]),
            ]
            if _begins(row, told, member in out) or _is_over(row, rows, told, member[2]):
                found.add(row.pk)
                moved |= {row.pk} if _came(row, rows) else set()
    return Due(records, found, moved)


def _begins(row, told, is_out):
    return row.days.upper is None and not is_out and not any(letter.kind in WELCOMES for letter in told)


def _is_over(row, rows, told, holder):
    """The end is due once: to the enrolment that the others went on as, or to that of a former record if it went on as none."""
    if row.days.upper is None or row.ended_because in (MOVED, Decision.Outcome.DECEASED):
        return False
    if any(other.days.upper is None for other in rows) or any(letter.kind == Kind.ENDED for letter in told):
        return False
    later = [other for other in rows if other.patient_id == holder and other.days.upper > row.days.upper]
    return any(letter.sent_on for letter in told) and not (row.ended_because == UNITED and later)


def _came(row, rows):
    """From another pharmacy, of this record or of another of the person."""
    return row.days.upper is None and any(
        other.days.upper == row.days.lower
        and (
            other.ended_because == UNITED
            and other.pharmacy_id != row.pharmacy_id
            or other.ended_because == MOVED
            and other.patient_id == row.patient_id
        )
        for other in rows
    )


def _went_on(other, row):
    """`other` ended because ids were united, and went on as this one; or this one followed when they had been parted again."""
    if other.pk == row.pk or other.ended_because != UNITED or other.pharmacy_id != row.pharmacy_id:
        return False
    touch = other.days.lower <= (row.days.upper or other.days.lower) and row.days.lower <= other.days.upper
    return touch or other.patient_id == row.patient_id
