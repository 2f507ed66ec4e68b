"""Ids and versions that come from the content, so that a dose or a result that is sent again is known again."""

from hashlib import sha256

from ...fields import SHORT
from .times import HL7_MINUTE

LONGEST_ID = 100
NO_ORDER = frozenset({"", "9999"})  # 9999 is what the guide for VXU writes where there is no order
SYSTEMS = {"LN": "loinc", "CVX": "cvx", "NDC": "ndc", "C4": "cpt", "CPT": "cpt", "SCT": "snomed-ct", "L": "local"}


def sender_of(msh):
    """MSH-4, the sending facility, else MSH-3, the application."""
    return msh.text(4) or msh.text(3)


def source_of(msh, checks):
    return checks.read(msh, 4 if msh.text(4) else 3, SHORT, sender_of(msh))


def order_id(segment, place, msh):
    """An entity identifier with who gave it out; without that, with the sender. '' for none."""
    parts = segment.parts(place) if segment is not None else [""]
    if parts[0] in NO_ORDER:
        return ""
    issuer = next((part for part in parts[1:3] if part), "") or sender_of(msh)
    return f"{parts[0]}^{issuer}"


def joined(*parts):
    """An id of at most 100 characters from texts."""
    told = "|".join(parts)
    return told if len(told) <= LONGEST_ID else f"sha256:{sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()}"


def system_of(name):
    """The code system by its usual name here, in lower case; table 0396's number in brackets is not part of it."""
    return SYSTEMS.get(name.upper(), name.lower())


def version(checks, times, rank):
    """Minutes since 1970 of the first time that is told, and within a minute the rank of what the record says it is.

    `times`: (segment, place) each. A record that tells no time has rank alone: then later ranks stand over earlier ones.
    """
    for segment, place in times:
        minute = checks.read(segment, place, HL7_MINUTE, segment.text(place))
        if minute is not None:
            return max(minute, 0) * 4 + rank
    return rank
