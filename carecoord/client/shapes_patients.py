"""What the API sends. Made by `manage.py write_client` out of the OpenAPI document: change that, not this."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Patient:
    """A member of this payer."""

    id: str
    """The id by which this API knows the person."""
    member_id: str
    """The payer's id of today: another one than was asked for where ids were united."""
    results: str
    """Address of what measures say."""


@dataclass(frozen=True)
class Result:
    """A result in short."""

    measure: str
    """The code of the measure."""
    title: str
    """What people call it."""
    version: str
    """Year and revision of the rules that were applied."""
    year: int
    """The measurement year."""
    as_of: str
    """The day as of which it was judged."""
    is_counted: bool
    """Whether the patient is in the denominator."""
    is_met: bool | None
    """Whether it is as it should be; null where it is not counted."""
    why_not: str
    """Why it is not counted or not computed, in a sentence; else empty."""
    value: str
    """The value with its unit; empty where there is none."""
    covered_days: int | None
    """Of adherence: days covered to date."""
    period_days: int | None
    """Of adherence: days of the period to date."""
    days_left: int | None
    """Days that may still be missed; below 0 when the goal is out of reach."""
    last_day: str | None
    """The last day on which acting helps; null once nothing can be done."""
    explain: str
    """Address of everything behind it."""


@dataclass(frozen=True)
class Results:
    """A page of a list."""

    results: list[Result]
    next: str | None
    """`cursor` of the next page; null on the last."""


@dataclass(frozen=True)
class ExplainedClaim:
    """A claim behind a result."""

    role: Literal["asks", "meets", "value"]
    """What it does: puts into the measure, meets it, or gives the value."""
    day: str
    """Its day."""
    event_id: int | None
    """Its number here; null where it is no claim."""
    what: str
    """What it is, in words."""
    code: str
    """Its code; may be empty."""
    list: str | None = None
    """The code list or set of medicines that it is in."""
    days_supply: int | None = None
    """Of a fill; null where the feed has none."""
    pharmacy: str | None = None
    """Of a fill: the pharmacy, as the feed names it."""
    prescriber: str | None = None
    """Of a fill: the prescriber, as the feed names them; may be empty."""


@dataclass(frozen=True)
class ExplainedCover:
    """A span of cover."""

    starts_on: str
    """The first day."""
    ends_on: str | None
    """The last day; null while it is open."""
    has_drugs: bool
    """Whether it covers medicines."""


@dataclass(frozen=True)
class ExplainedExclusion:
    """Something that excludes."""

    exclusion: str
    """The code of the exclusion."""
    day: str | None
    """Its day."""
    event_id: int | None
    """The claim; null where it is none."""


@dataclass(frozen=True)
class ExplainedResult:
    """Everything behind a result: enough to redo it by hand. Which of the optional members there are depends on the measure."""

    patient: str
    """The patient's id."""
    measure: str
    """The code of the measure."""
    title: str
    """What people call it."""
    version: str
    """Year and revision of the rules that were applied."""
    source: str
    """Where the rules come from."""
    year: int
    """The measurement year."""
    as_of: str
    """The day as of which it was judged."""
    limits: dict[str, Any]
    """The numbers that were applied, by name."""
    result: dict[str, Any] | None
    """What came out, by name; null where there is nothing to measure any more."""
    coverage: list[ExplainedCover]
    """Cover."""
    exclusions: list[ExplainedExclusion]
    """What excludes."""
    claims: list[ExplainedClaim] | None = None
    """The claims, the oldest first; of adherence see `fills`."""
    fills: list[dict[str, Any]] | None = None
    """Dispensed medicines; of adherence with the days that each covers."""
    needed: list[dict[str, Any]] | None = None
    """Fills of the class that is asked for."""
    doses: list[dict[str, Any]] | None = None
    """Doses that were billed as a service."""
    pharmacies: list[dict[str, Any]] | None = None
    """Which pharmacy dispensed what share of the days' supply."""
    stays: list[dict[str, Any]] | None = None
    """Hospital and nursing facility stays."""
    strip: list[dict[str, Any]] | None = None
    """Runs of days by what they are: covered, carried over, hospital or gap."""
    uncovered: list[dict[str, Any]] | None = None
    """Runs of days without a medicine."""
    gaps: list[dict[str, Any]] | None = None
    """Runs of days without a medicine since the first one."""
    overlaps: list[dict[str, Any]] | None = None
    """Runs of days with several medicines at hand."""
    classes: list[dict[str, Any]] | None = None
    """Fills by class of medicine."""
    episode: dict[str, Any] | None = None
    """From the first fill to the end of the last supply."""
    window: dict[str, Any] | None = None
    """The days with the most prescribers and pharmacies."""
