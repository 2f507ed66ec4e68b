"""What an edit is: one question to a claim before it goes out, and the sentence for the person who can mend it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .snapshot import ClaimSnapshot


class Severity(StrEnum):
    HOLD = "hold"
    """The claim stays with the pharmacy until it passes."""
    WARN = "warn"
    """The claim goes out; the sentence goes with it."""


@dataclass(frozen=True, kw_only=True)
class OtherClaim:
    """Another live claim of this pharmacy for the same patient and day."""

    number: str
    status: str
    codes: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class ClaimFacts:
    """All that an edit may see: the frozen snapshot, which codes have no fee on the day, and the day's other claims."""

    snapshot: ClaimSnapshot
    without_fee: tuple[str, ...] = ()
    others: tuple[OtherClaim, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One edit. `check(facts)` gives the sentence of what is wrong and what to do, or None; it asks no database."""

    code: str
    title: str
    severity: Severity
    check: Callable[[ClaimFacts], str | None]
    source: str
    reviewed_on: date
    review_due: date


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one edit said."""

    edit: Edit
    message: str

    @property
    def passed(self):
        return not self.message

    @property
    def holds(self):
        return bool(self.message) and self.edit.severity == Severity.HOLD


def say_day(day):
    """'3 Dec 2026', the way that sentences say a day."""
    return f"{day.day} {day:%b %Y}"
