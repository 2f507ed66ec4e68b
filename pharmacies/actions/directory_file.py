"""A file of pharmacies: what each line says of one, and everything that is wrong with it."""

import csv
import io
import re
from dataclasses import dataclass

from carecoord.kernel.codes.rurality import county_of
from carecoord.kernel.codes.states import STATES
from carecoord.kernel.npi import is_npi
from pharmacies.models import Channel, Pharmacy

COLUMNS = ("npi", "name", "street", "city", "state", "zip", "phone", "channel", "county_fips")
DERIVED = ("ruca", "rural", "rucc", "networks", "in_our_network", "in_network", "feed_id")
"""Columns of our own export and of the invented directory that say other things than where a pharmacy is: overlooked."""
ALIASES = {"cms_org_name": "name", "primary_taxonomy_desc": "channel"}
"""Column names of extracts of the national provider registry, and ours."""
TAXONOMIES = {
    "pharmacy": Channel.RETAIL,
    "pharmacy, community/retail pharmacy": Channel.RETAIL,
    "pharmacy, compounding pharmacy": Channel.RETAIL,
    "pharmacy, mail order pharmacy": Channel.MAIL,
    "pharmacy, long term care pharmacy": Channel.LONG_TERM_CARE,
    "pharmacy, specialty pharmacy": Channel.SPECIALTY,
    "long_term_care": Channel.LONG_TERM_CARE,
} | {channel.label.lower(): channel for channel in Channel}
"""What the registry, our pages and the invented directory call a pharmacy's kind; the registry's other kinds are `other`."""
LONGEST = {name: Pharmacy._meta.get_field(name).max_length for name in ("name", "street", "city", "phone")}
TERRITORIES = {"AS", "GU", "MP", "VI"}
_ZIP = re.compile(r"[0-9]{5}(-?[0-9]{4})?", re.ASCII)


class NotADirectory(Exception):
    """The file is no CSV of pharmacies; the sentence says why."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of one line, as a code and as a sentence."""

    line: int
    field: str
    code: str
    message: str


def read(stream):
    """Bytes -> [(line number, {field: word}, [Fault])]; a word is there only where the file says something.

    Raises NotADirectory for a file that is no such CSV.
    """
    try:
        reader = csv.reader(io.StringIO(stream.read().decode("utf-8-sig"), newline=""), strict=True)
        header = _header(next(reader, []))
        seen = {}
        return [_line(reader.line_num, header, cells, seen) for cells in reader if any(map(str.strip, cells))]
    except UnicodeDecodeError:
        raise NotADirectory("The file is not UTF-8.") from None
    except csv.Error:
        raise NotADirectory("The quotes of the file do not match up.") from None


def _header(cells):
    names = [ALIASES.get(name, name) for name in (cell.strip().lower() for cell in cells)]
    if any(names.count(name) != 1 for name in ("npi", "name")):
        raise NotADirectory("The first line must name the columns npi and name, each once.")
    if unknown := sorted(set(names) - {*COLUMNS, *DERIVED}):
        raise NotADirectory(f"Unknown column {unknown[0]}. Known are: {', '.join((*COLUMNS, *ALIASES))}.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise NotADirectory(f"The column {twice[0]} is named twice.")
    return names


def _line(number, header, cells, seen):
    if len(cells) != len(header):
        what = f"The line has {len(cells)} cells, the first line names {len(header)}: is a comma outside quotes?"
        return number, {}, [Fault(number, "", "wrong_cells", what)]
    told = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip() and name in COLUMNS}
    _fold(told)
    faults = [Fault(number, *fault) for fault in _faults(told, seen)]
    if not faults:
        seen[told["npi"]] = number
    return number, told, faults


def _fold(told):
    """Words as we write them: small or capital letters, five digits of the ZIP code, the registry's kinds."""
    if "state" in told:
        told["state"] = told["state"].upper()
    if "channel" in told:
        word = told["channel"].lower()
        other = Channel.OTHER if word.startswith("pharmacy, ") else word
        told["channel"] = str(TAXONOMIES.get(word, other))


def _faults(told, seen):
    """(field, code, sentence) of everything that is wrong."""
    npi = told.get("npi", "")
    if not is_npi(npi):
        yield "npi", "not_an_npi", "npi must have ten digits, and its check digit must hold."
    elif npi in seen:
        yield "npi", "named_twice", f"npi stands in line {seen[npi]} already."
    if "name" not in told:
        yield "name", "missing", "name is empty."
    if told.get("channel", "retail") not in Channel.values:
        yield "channel", "unknown", f"channel must be one of {', '.join(Channel.values)}, or the registry's words."
    yield from _faults_of_place(told)
    for name, longest in LONGEST.items():
        if len(told.get(name, "")) > longest:
            yield name, "too_long", f"{name} is longer than {longest} letters."
        if "\0" in told.get(name, ""):
            yield name, "control", f"{name} holds a letter that cannot be printed."


def _faults_of_place(told):
    state, county = told.get("state"), told.get("county_fips")
    if state and state not in STATES and state not in TERRITORIES:
        yield "state", "unknown", "state must be the two letters of a state or territory."
    if "zip" in told and not _ZIP.fullmatch(told["zip"]):
        yield "zip", "not_a_zip", "zip must have five digits, or nine."
    if county and not county_of(county):
        yield "county_fips", "unknown", "county_fips must be the five-digit FIPS code of a county."
