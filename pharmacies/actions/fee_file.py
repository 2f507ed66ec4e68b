"""A fee schedule from a CSV: read line by line, written as a whole or not at all."""

import csv
import io
from datetime import date

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.money import cents
from pharmacies.models import Fee
from pharmacies.terms import CannotChange

from .contracts import set_fee
from .directory_file import Fault

FEE_COLUMNS = ("code", "label", "amount", "area", "since")
OVERLOOKED = ("until", "rural_amount")
"""Columns of our own export that follow from the others."""
LARGEST_CENTS = 100_000_00


class NotAFeeSchedule(Exception):
    """The file is no CSV of fees; the sentence says why."""


@audited
def load_fees(*, contract, stream, by):
    """Sets every fee of the file, or none. Returns (fees set, [Fault]). Raises NotAFeeSchedule and CannotChange.

    A line that says what is in force already changes nothing.
    """
    rows, faults = read(stream)
    done = 0
    for number, told in rows if not faults else ():
        if Fee.objects.visible_to(by).filter(contract=contract, **told).exists():
            continue
        try:
            set_fee(contract=contract, by=by, **told)
        except CannotChange as refusal:
            raise CannotChange(f"Line {number}: {refusal} Nothing was changed.") from None
        done += 1
    record(event="fees.loaded", by=by, target=contract, count=done, detail={"faults": len(faults)})
    return done, faults


def read(stream):
    """Bytes -> ([(line number, what set_fee is told)], [Fault])."""
    try:
        reader = csv.DictReader(io.StringIO(stream.read().decode("utf-8-sig"), newline=""), strict=True)
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        if any(names.count(name) != 1 for name in FEE_COLUMNS):
            raise NotAFeeSchedule(f"The first line must name the columns {', '.join(FEE_COLUMNS)}, each once.")
        if unknown := sorted(set(names) - {*FEE_COLUMNS, *OVERLOOKED}):
            raise NotAFeeSchedule(f"Unknown column {unknown[0]}. Known are: {', '.join((*FEE_COLUMNS, *OVERLOOKED))}.")
        reader.fieldnames = names
        rows, faults, seen = [], [], set()
        for row in reader:
            told, found = _line(row, seen)
            faults += [Fault(reader.line_num, *fault) for fault in found]
            rows.append((reader.line_num, told))
        return sorted(rows, key=lambda each: each[1].get("since") or date.min), faults
    except UnicodeDecodeError:
        raise NotAFeeSchedule("The file is not UTF-8.") from None
    except csv.Error:
        raise NotAFeeSchedule("The quotes of the file do not match up.") from None


def _line(row, seen):
    if None in row or None in row.values():
        return {}, [("", "wrong_cells", "The line has more or fewer cells than the first line names.")]
    words = {name: row[name].strip() for name in FEE_COLUMNS}
    faults = []
    for name, longest in (("code", 20), ("label", 80)):
        if not 0 < len(words[name]) <= longest or "\0" in words[name]:
            faults.append((name, "length", f"{name} must have 1 to {longest} letters."))
    area = words["area"].lower() or Fee.Area.ANY.value
    if area not in Fee.Area.values:
        faults.append(("area", "unknown", f"area must be one of {', '.join(Fee.Area.values)}."))
    amount, since = _amount(words["amount"]), _day(words["since"])
    if amount is None:
        faults.append(("amount", "not_an_amount", "amount must be dollars such as 25.00, up to 100000.00."))
    if since is None:
        faults.append(("since", "not_a_day", "since must be a day such as 2026-01-31."))
    key = (words["code"], area, since)
    if key in seen:
        faults.append(("code", "named_twice", "The same code, area and day stand earlier in the file."))
    seen.add(key)
    told = {"code": words["code"], "label": words["label"], "amount_cents": amount, "area": area, "since": since}
    return told, faults


def _amount(text):
    text = text.removeprefix("$")
    try:
        amount = cents(text)
    except ValueError:
        return None
    return amount if 0 <= amount <= LARGEST_CENTS and len(text.partition(".")[2]) <= 2 else None


def _day(text):
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
