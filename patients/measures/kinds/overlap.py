"""Overlap: members who have several medicines at hand at once, on too many days.

overlap.sql holds the logic; the treatment period is that of the adherence measures (fill_period.sql).
"""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import Measure, Scope, Years
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
        return {"begins_with": in_sql(self.who_fill), "tracks": ", ".join(rows)}

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

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: every fill, and the runs of days on which they overlap."""
        return overlap_explain.explain(cursor, measure, scope, kind=self, result=result)
