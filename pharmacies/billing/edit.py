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
class Earlier:
    """A line that counts already, on another live claim for the same patient in the same calendar year."""

    number: str
    code: str
    units: int
    service_on: date


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A line as it is charged, and what the contract of the day pays for it (None: no fee)."""

    code: str
    charge_cents: int
    fee_cents: int | None


@dataclass(frozen=True, kw_only=True)
class ClaimFacts:
    """All that an edit may see: the frozen snapshot, fees, other claims, and the limits in force on the day of service.

    `filed_on` is the day on which the claim, or the one that it corrects, first reaches the payer.
    """

    snapshot: ClaimSnapshot
    without_fee: tuple[str, ...] = ()
    others: tuple[OtherClaim, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    charges: tuple[Charge, ...] = ()
    contract: str = ""
    filed_on: date | None = None
    filing_days: int = 365


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
