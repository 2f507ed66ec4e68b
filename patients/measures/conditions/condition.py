"""What a condition is, as data: which claims prove it, within which time, and who may see it."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

SETTING_WORDS = {
    "inpatient": "inpatient",
    "snf": "nursing facility",
    "hha": "home health",
    "outpatient": "hospital outpatient",
    "carrier": "professional",
    "dme": "equipment",
    "hospice": "hospice",
}
GROUP_WORDS = {
    "diagnosis": "diagnosis",
    "procedure": "procedure",
    "service": "service",
    "drg": "DRG",
    "buprenorphine": "buprenorphine product for opioid use disorder",
    "naltrexone": "naltrexone product",
}
NUMBERS = {1: "one", 2: "two", 3: "three"}


@dataclass(frozen=True)
class Code:
    """A code of a condition without dots. `detail`: what it tells of the type or stage, or ''."""

    group: str
    system: str
    code: str
    detail: str
    origin: str


@dataclass(frozen=True)
class Way:
    """One way to prove a condition: claims of these settings, with a code of these groups, on so many different days.

    Codes of `lesser_groups` count, but not without one of `groups`. The way is void for a member who has a condition of
    `void_if` and none of `void_unless`.
    """

    number: int
    groups: tuple[str, ...]
    lesser_groups: tuple[str, ...]
    settings: tuple[str, ...]
    claims: int
    void_if: tuple[str, ...]
    void_unless: tuple[str, ...]

    @property
    def words(self) -> str:
        """The way as a person says it: 'two hospital outpatient or professional claims with a diagnosis, on different days'."""
        many = "s" if self.claims > 1 else ""
        count = NUMBERS[self.claims]
        if self.settings == ("pharmacy",):
            return f"{count} pharmacy claim{many} for a {GROUP_WORDS[self.groups[0]]}"
        if self.settings == ("coverage",):
            return "entitlement to Medicare by ESRD"
        what = " or ".join(GROUP_WORDS[group] for group in self.groups)
        days = ", on different days" if self.claims > 1 else ""
        also = ", or screening codes beside one of them" if self.lesser_groups else ""
        return f"{count} {self._kind} claim{many} with a {what}{also}{days}"

    @property
    def _kind(self) -> str:
        if self.settings == ("emergency",):
            return "emergency department"
        if len(self.settings) >= len(SETTING_WORDS) - 1:
            return "medical" if "inpatient" in self.settings else "other medical"
        *most, last = (SETTING_WORDS[setting] for setting in self.settings)
        return f"{', '.join(most)} or {last}" if most else last


@dataclass(frozen=True, kw_only=True)
class Condition:
    """`sensitivity`: 0, or 1 for substance use (both walls hide it from whoever may not see that).

    As of a day D, claims of the `look_back_years` that end with D count. `detail` names what is told besides: see details.py.
    """

    number: int
    code: str
    title: str
    family: str
    look_back_years: int
    sensitivity: int
    detail: str
    version: str
    ways: tuple[Way, ...]
    codes: tuple[Code, ...]
    source: str
    is_open: bool
    reviewed_on: date
    review_due: date

    @cached_property
    def diagnoses(self) -> tuple[str, ...]:
        """ICD-10-CM codes without dots that count by some way."""
        return tuple(c.code for c in self.codes if c.system == "icd10cm" and c.group != "excluded")

    @property
    def is_sensitive(self) -> bool:
        return self.sensitivity > 0

    @property
    def rule(self) -> str:
        """The rule in one sentence, for whoever reads the evidence."""
        years = "year" if self.look_back_years == 1 else f"{NUMBERS[self.look_back_years]} years"
        ways = "; or ".join(way.words for way in self.ways)
        return f"{ways[0].upper()}{ways[1:]}; within the {years} up to the day."

    def first_day(self, as_of: date) -> date:
        """The first day of the look-back: 1 January 2024 for two years as of 31 December 2025."""
        day = (as_of.month, as_of.day) if (as_of.month, as_of.day) != (2, 29) else (2, 28)
        before = date(as_of.year - self.look_back_years, *day)
        return date.fromordinal(before.toordinal() + 1)
