"""A letter as it is printed: one sheet, its words filled in. Pure but for the rows that are handed in."""

from dataclasses import dataclass

from .definitions import find
from .letters import LANGUAGE, every
from .letters.letter import BLOCKS, CONTACT, OFFERS, PHARMACY


@dataclass(frozen=True)
class Block:
    """One paragraph: `kind` is text, lines (an address), or list."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """`sender` and `address` are lines; `speaks` is the member's language where it is not the letter's."""

    subject: str
    sender: tuple[str, ...]
    address: tuple[str, ...]
    blocks: tuple[Block, ...]
    speaks: str


def sheet(letter):
    """The sheet of a MemberLetter, to the person as known today; reads its patient, pharmacy, enrolment, and program with its pbm."""
    told, program, patient, pharmacy = every()[letter.kind], letter.program, letter.patient.person, letter.pharmacy
    days = letter.enrolment.days if letter.enrolment else None
    gaps = {
        "name": name_of(patient),
        "pbm": program.pbm.name,
        "since": _day(days and days.lower),
        "until": _day(days and days.upper),
    }
    place = (pharmacy.name, pharmacy.street, _town(pharmacy), pharmacy.phone and f"Phone: {pharmacy.phone}")
    filled = {
        PHARMACY: Block("lines", tuple(filter(None, place))),
        OFFERS: Block("list", find(program.definition).offers),
        CONTACT: Block("lines", tuple(line.strip() for line in program.contact.splitlines() if line.strip())),
    }
    blocks = tuple(filled[one] if one in BLOCKS else Block("text", (one.format(**gaps),)) for one in told.paragraphs)
    speaks = "" if patient.language in ("", LANGUAGE) else patient.language
    return Sheet(told.subject, (program.pbm.name, *filled[CONTACT].lines), address_of(patient), blocks, speaks)


def address_of(patient):
    """The lines on the envelope."""
    return tuple(filter(None, (name_of(patient), patient.address, _town(patient))))


def name_of(patient):
    """'Ada Okafor Jr', or 'Member' where a feed has no names."""
    parts = (patient.first_name, patient.last_name, patient.name_suffix)
    return " ".join(part for part in parts if part) or "Member"


def _town(place):
    return " ".join(part for part in (f"{place.city}," if place.city else "", place.state, place.zip) if part)


def _day(day):
    return f"{day:%B} {day.day}, {day.year}" if day else "now"
