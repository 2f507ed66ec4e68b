"""Why a line is not paid in full: group, CARC, RARC. Numbers of the public code lists, our own words (data/*.csv)."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .models.claims import NEED_A_REMARK, Group

DATA = Path(__file__).with_name("data")


class BadReason(Exception):
    """The sentence says what is wrong with the codes."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One code. `what_to_do` is for the pharmacy's people (CARC alone)."""

    code: str
    label: str
    what_to_do: str = ""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One CAS triple: who bears how many cents of a line, and why."""

    group: str
    carc: str
    rarc: str = ""
    cents: int


def read(name):
    """The rows of data/<name>.csv without its header of origin."""
    lines = [line for line in (DATA / f"{name}.csv").read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@cache
def carcs():
    """Code -> Reason, in the order of the file."""
    return {row["code"]: Reason(**row) for row in read("carc")}


@cache
def rarcs():
    """Code -> Reason, in the order of the file."""
    return {row["code"]: Reason(**row) for row in read("rarc")}


def check(*, group, carc, rarc):
    """Raises BadReason for codes that are not in the lists, and for a CARC that says nothing without a RARC."""
    if group not in Group.values:
        raise BadReason(f"The group code is one of {', '.join(Group.values)}.")
    if carc not in carcs():
        raise BadReason(
            f"'{carc}' is not a reason code (CARC) that we know." if carc else "Choose a reason code (CARC)."
        )
    if rarc and rarc not in rarcs():
        raise BadReason(f"'{rarc}' is not a remark code (RARC) that we know.")
    if carc in NEED_A_REMARK and not rarc:
        raise BadReason(f"Reason {carc} says nothing by itself: choose a remark code (RARC) too.")


def in_words(carc, rarc=""):
    """'29 Filed too late', with the remark where there is one."""
    said = f"{carc} {carcs()[carc].label}" if carc in carcs() else carc
    return f"{said}; {rarc} {rarcs()[rarc].label}" if rarc in rarcs() else said
