"""The directory: pharmacies one by one, and from a file of many."""

import csv
import io
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.codes.rurality import ruca_of
from carecoord.kernel.npi import is_npi
from pharmacies.models import Channel, Pharmacy
from pharmacies.terms import CannotChange, Kind, check_may_edit

PHARMACY_FIELDS = ("npi", "name", "street", "city", "state", "zip", "phone", "channel", "ruca", "time_zone")


@audited
def add_pharmacy(*, npi, name, by, **fields):
    """A pharmacy of the directory, with the organisation that its people will belong to. Raises CannotChange."""
    if Pharmacy.objects.filter(npi=npi).exists():
        raise CannotChange(f"There is a pharmacy with NPI {npi} already.")
    organisation = Organisation.objects.create(kind=Kind.PHARMACY, code=npi, name=name)
    pharmacy = Pharmacy.objects.create(organisation=organisation, npi=npi, name=name, **_known(fields))
    record(event="pharmacy.added", by=by, target=pharmacy)
    return pharmacy


@audited
def edit_pharmacy(*, pharmacy, by, **fields):
    """Changes what the directory says of a pharmacy. Raises CannotChange for an NPI that another one has, for a time zone
    that there is not, and to a network's people for a pharmacy that is not theirs."""
    pharmacy = Pharmacy.objects.select_for_update().get(pk=pharmacy.pk)
    check_may_edit(pharmacy, by)
    changed = {name: value for name, value in _known(fields).items() if getattr(pharmacy, name) != value}
    if "npi" in changed and Pharmacy.objects.filter(npi=changed["npi"]).exclude(pk=pharmacy.pk).exists():
        raise CannotChange(f"There is a pharmacy with NPI {changed['npi']} already.")
    for name, value in changed.items():
        setattr(pharmacy, name, value)
    if changed:
        pharmacy.save(update_fields=list(changed))
    if "name" in changed:
        Organisation.objects.filter(pk=pharmacy.pk).update(name=pharmacy.name)
    record(event="pharmacy.edited", by=by, target=pharmacy, detail={"fields": sorted(changed)})
    return pharmacy


DIRECTORY_COLUMNS = ("npi", "name", "street", "city", "state", "zip", "phone", "channel")
LONGEST = {name: Pharmacy._meta.get_field(name).max_length for name in DIRECTORY_COLUMNS}


class NotADirectory(Exception):
    """The file is no CSV of pharmacies; the sentence says why."""


@dataclass
class Listed:
    """What a directory file came to. `problems`: (line, field, code, sentence)."""

    lines: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    problems: list = field(default_factory=list)


@audited
def load_pharmacies(*, stream, by):
    """Reads a CSV with the DIRECTORY_COLUMNS into the directory; npi and name are needed, an empty channel is retail.

    Good lines count, bad ones are listed. Rurality comes from the ZIP code; what the file leaves empty stays as it is
    known. Returns Listed. Raises NotADirectory for a file that is no such CSV.
    """
    rows = _directory_rows(stream)
    listed, seen = Listed(lines=len(rows)), set()
    known = {p.npi: p for p in Pharmacy.objects.filter(npi__in=[row["npi"] for _, row in rows])}
    for line, row in rows:
        fault = _directory_fault(row, seen)
        if fault:
            listed.rejected += 1
            listed.problems.append((line, *fault))
            continue
        seen.add(row["npi"])
        told = {name: value for name, value in row.items() if value}
        if "zip" in told:
            told["zip"] = told["zip"][:5]
            told["ruca"] = ruca_of(told["zip"])
        pharmacy = known.get(row["npi"])
        if pharmacy is None:
            add_pharmacy(by=by, **told)
            listed.added += 1
        elif any(getattr(pharmacy, name) != value for name, value in told.items()):
            edit_pharmacy(pharmacy=pharmacy, by=by, **told)
            listed.changed += 1
        else:
            listed.unchanged += 1
    record(event="pharmacies.loaded", by=by, count=listed.lines, detail={"rejected": listed.rejected})
    return listed


def _directory_rows(stream):
    try:
        reader = csv.reader(io.StringIO(stream.read().decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip().lower() for name in next(reader, [])]
        if any(header.count(name) != 1 for name in ("npi", "name")):
            raise NotADirectory("The first line must name the columns npi and name, each once.")
        if unknown := sorted(set(header) - set(DIRECTORY_COLUMNS)):
            raise NotADirectory(f"Unknown column {unknown[0]}. Known are: {', '.join(DIRECTORY_COLUMNS)}.")
        rows = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                padded = [cell.strip() for cell in cells] + [""] * (len(header) - len(cells))
                rows.append(
                    (reader.line_num, dict.fromkeys(DIRECTORY_COLUMNS, "") | dict(zip(header, padded, strict=False)))
                )
        return rows
    except UnicodeDecodeError:
        raise NotADirectory("The file is not UTF-8.") from None
    except csv.Error:
        raise NotADirectory("The quotes of the file do not match up.") from None


def _directory_fault(row, seen):
    """What keeps a line out: (field, code, sentence), or None. Uses the words of `row` after folding their case."""
    row["channel"], row["state"] = row["channel"].lower(), row["state"].upper()
    if not is_npi(row["npi"]):
        return "npi", "not_an_npi", "npi must have ten digits, and its check digit must hold."
    if row["npi"] in seen:
        return "npi", "named_twice", "npi stands earlier in the file."
    if not row["name"]:
        return "name", "missing", "name is empty."
    if row["channel"] and row["channel"] not in Channel.values:
        return "channel", "unknown", f"channel must be one of {', '.join(Channel.values)}."
    if row["zip"] and not (row["zip"][:5].isascii() and row["zip"][:5].isdigit() and len(row["zip"]) in (5, 9, 10)):
        return "zip", "not_a_zip", "zip must have five digits, or nine."
    for name, longest in LONGEST.items():
        if name != "zip" and len(row[name]) > longest:
            return name, "too_long", f"{name} is longer than {longest} letters."
    return None


def _known(fields):
    unknown = set(fields) - set(PHARMACY_FIELDS)
    if unknown:
        raise TypeError(f"A pharmacy has no {', '.join(sorted(unknown))}.")
    try:
        ZoneInfo(fields.get("time_zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CannotChange("Write the time zone as the IANA names it, such as America/New_York.")
    return fields
