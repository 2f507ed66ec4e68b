"""What a condition is: codes, and how many claims of which settings prove it within which time."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from ..code_lists import read

_CODES = Path(__file__).parent / "codes"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One claim of a strong setting proves it, or two of weak settings on different days, within the look-back.

    look_back_days: as of a day D, claims dated after D - look_back_days up to D count.
    The codes are in codes/<code>.csv.
    """

    code: str
    title: str
    strong_settings: tuple[str, ...]
    weak_settings: tuple[str, ...]
    look_back_days: int
    revision: int
    source: str
    reviewed_on: date
    review_due: date

    @cached_property
    def diagnoses(self) -> tuple[str, ...]:
        """ICD-10-CM codes without dots."""
        return read(_CODES / f"{self.code}.csv")

    @property
    def version(self) -> str:
        """What a finding is stored under."""
        return f"ccw30.{self.revision}"
