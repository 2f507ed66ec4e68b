"""Overlap: members who have several medicines at hand at once, on too many days.

overlap.sql holds the logic; the treatment period is that of the adherence measures (fill_period.sql).
"""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import overlap_explain
from .row import ValueRow
from .sources import Reads

# Allowed gap of 31 days: public descriptions of the opioid and polypharmacy measures ask for cover all year with one such gap.
OVERLAP_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=31),)


@dataclass(frozen=True)
class Track:
    """A drug set that is looked at. Tracks of one group are compared; `name` '': every ingredient of the set is one of its own."""

    drugs: str
    group: str = "all"
    name: str = ""


@dataclass(frozen=True)
class Overlap:
    """who_fill: drug sets that put somebody in. at_once: how many tracks must be at hand on a day that counts.

    track_fill_days: fill days that a track needs to count at all. same_drug: one ingredient of who_fill has two fill days.
    unless: a drug set of which a fill in the last `unless_days` days makes the combination acceptable.
    A row's value is the number of such days so far, value_day the first. not_in_denominator: under_age, no_birth_date,
    no_coverage, late_first_fill, one_fill, no_drug_twice, short_supply. Nobody is told a last day: what happened stays.
    """

    who_fill: tuple[str, ...]
    tracks: tuple[Track, ...]
    at_once: int
    least_days: int
    min_period_days: int = 30
    track_fill_days: int = 2
    least_supply_days: int = 0
    same_drug: bool = False
    unless: str = ""
    unless_days: int = 365

    file = "overlap.sql"
    frame = "fill_period.sql"
    row = ValueRow

    @property
    def compared(self) -> tuple[str, ...]:
        """The drug sets of all tracks."""
        return tuple(dict.fromkeys(track.drugs for track in self.tracks))

    def reads(self, rules: Years) -> Reads:
        """Fills of all classes, and cover with medicines."""
        return Reads(
            drug_sets=frozenset({*self.who_fill, *self.compared, *filter(None, [self.unless])}),
            spans=frozenset({("drugs", rules.enrolment_gap_days)}),
            years_back=1 if self.unless else 0,
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of fill_period.sql and overlap.sql."""
        rows = (
            f"({in_sql([one.drugs])}, {in_sql([one.group])}, {in_sql([one.name]) if one.name else 'NULL'})"
            for one in self.tracks
        )
        return {
            "begins_with": in_sql(self.who_fill),
            "compared": in_sql(self.compared),
            "tracks": ", ".join(rows),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that overlap.sql applies."""
        return {
            "at_once": self.at_once,
            "least_days": self.least_days,
            "min_period_days": self.min_period_days,
            "track_fill_days": self.track_fill_days,
            "least_supply_days": self.least_supply_days,
            "same_drug": int(self.same_drug),
            "unless": self.unless,
            "unless_days": self.unless_days,
        }

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        asked = " or ".join(sets.title(code) for code in self.who_fill)
        twice = ", one and the same medicine on two of them" if self.same_drug else ""
        supply = f", for {self.least_supply_days} days in all or more" if self.least_supply_days else ""
        days = "1 day" if self.least_days == 1 else f"{self.least_days} days"
        least = f" Each is filled on at least {self.track_fill_days} days." if self.track_fill_days > 1 else ""
        unless = (
            f" A fill of {sets.title(self.unless)} in the last {self.unless_days} days takes them out again."
            if self.unless
            else ""
        )
        return InWords(
            asks=f"Members with fills of {asked} on at least 2 days of the year{twice}{supply}, the first of them at least "
            f"{self.min_period_days} days before the end of the year, of cover or of life, covered without a gap of more than "
            f"{rules.enrolment_gap_days} days from the first fill on.",
            counts=f"On {days} of the year or more {self._compared_words()} are at hand at once. A fill is at hand "
            f"from its day for its days of supply; a day counts once.{least}{unless}",
        )

    def _compared_words(self) -> str:
        if len({track.group for track in self.tracks}) > 1:
            return f"{self.at_once} different medicines of one class"
        if not self.tracks[0].name:
            return f"{self.at_once} different {sets.title(self.tracks[0].drugs)}"
        named: dict[str, list[str]] = {}
        for track in self.tracks:
            named.setdefault(track.name, []).append(sets.title(track.drugs))
        return " and ".join(" or ".join(titles) for titles in named.values())

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: every fill, and the runs of days on which they overlap."""
        return overlap_explain.explain(cursor, measure, scope, kind=self, result=result)
