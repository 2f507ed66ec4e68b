"""Days and times as HL7 version 2 writes them. Faults as in fields.py."""

import re
from datetime import date

from ...fields import Cached, FieldFault, calendar_day

HL7_TIME = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:\.[0-9]{1,6})?)?)?)?([+-][0-9]{4})?"
)
HL7_PARTIAL = re.compile(r"([0-9]{4})([0-9]{2})?")


def _hl7_time(text):
    match = HL7_TIME.fullmatch(text)
    hour, minute, second = (int(part or 0) for part in match.groups()[3:6]) if match else (24, 0, 0)
    if hour > 23 or minute > 59 or second > 59 or (match[7] and (match[7][1:3] > "14" or match[7][3:] > "59")):
        raise FieldFault("not_a_date", "is not a day like 20260131 or a time like 20260131235959-0500")
    return calendar_day(int(match[1]), int(match[2]), int(match[3])), hour * 60 + minute, match[7]


def hl7_day(text):
    """HL7's time to the day or closer -> the day as written; '' -> None."""
    return _hl7_time(text)[0] if text else None


def hl7_birth(text):
    """As hl7_day; a year or a month alone gives its first day."""
    match = HL7_PARTIAL.fullmatch(text)
    return calendar_day(int(match[1]), int(match[2] or 1), 1) if match else hl7_day(text)


def hl7_minute(text):
    """HL7's time -> whole minutes since 1970-01-01, in UTC where the zone is told; '' -> None."""
    if not text:
        return None
    day, minutes, zone = _hl7_time(text)
    ahead = int(f"{zone[0]}1") * (int(zone[1:3]) * 60 + int(zone[3:])) if zone else 0
    return (day - date(1970, 1, 1)).days * 1440 + minutes - ahead


HL7_DAY = Cached(hl7_day)
HL7_BIRTH = Cached(hl7_birth)
HL7_MINUTE = Cached(hl7_minute)
