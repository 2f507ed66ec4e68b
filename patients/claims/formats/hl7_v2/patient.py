"""Whose message it is: the member's id out of PID-3, and when the patient was born, which bounds every date."""

from dataclasses import dataclass
from datetime import date

from ...checks import TOMORROW
from ...fields import ID
from .times import HL7_BIRTH, HL7_DAY

MEMBER_TYPES = ("MB", "MC")  # HL7 table 0203: member number, Medicare number; the first that is there
SOCIAL_SECURITY_TYPES = frozenset({"SS", "SSN", "PSSN"})
SOCIAL_SECURITY_ISSUERS = frozenset({"SSA", "USSSA", "2.16.840.1.113883.4.1"})


@dataclass(frozen=True)
class Patient:
    """`member_id` is '' when the message tells none that may be read."""

    member_id: str
    born_on: date | None

    def day(self, checks, segment, place, text, today):
        """A day of care: needed, not in the future, not before birth."""
        day = checks.read(segment, place, HL7_DAY, text)
        checks.needed(segment, place, day)
        if day is not None and day > today + TOMORROW:
            checks.wrong(segment, place, "in_the_future", "lies in the future.")
        if day is not None and self.born_on is not None and day < self.born_on:
            checks.wrong(segment, place, "before_birth", "is before the date of birth.")
        return day


def patient_of(pid, checks, seen):
    """The Patient of a PID segment.

    The member id is the first id in PID-3 that is typed MB, else the first typed MC, else the first of any other type.
    Social security numbers, told by type or by issuer, are never read, and neither is PID-19.
    """
    told = [(parts[0], parts[4] if len(parts) > 4 else "") for parts in pid.repetitions(3) if not _is_secret(parts)]
    told = [(value, type_.upper()) for value, type_ in told if value]
    by_type = [value for wanted in MEMBER_TYPES for value, type_ in told if type_ == wanted]
    if told and not by_type:
        seen.notes["member_id_not_member_number"] += 1
    member_id = checks.read(pid, 3, ID, next(iter(by_type or [value for value, _ in told]), ""))
    checks.needed(pid, 3, member_id)
    return Patient(member_id, checks.read(pid, 7, HL7_BIRTH, pid.text(7)))


def _is_secret(parts):
    issuer = parts[3].upper() if len(parts) > 3 else ""
    type_ = parts[4].upper() if len(parts) > 4 else ""
    return type_ in SOCIAL_SECURITY_TYPES or issuer in SOCIAL_SECURITY_ISSUERS
