"""Many prescribers and many pharmacies: members whose opioids come from too many of both within a window of days.

prescribers.sql holds the logic; the treatment period is that of the adherence measures (fill_period.sql).
"""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import prescribers_explain
from .row import ValueRow
from .sources import Reads


@dataclass(frozen=True)
class Prescribers:
    """least of each, within window_days (the first day included).

    A row's value is the number of prescribers in the window that comes nearest, second_milli that of pharmacies, value_day the
    window's first day. not_in_denominator: under_age, no_birth_date, no_coverage, late_first_fill, one_fill, short_supply,
    short_episode. not_computed: no_days_supply; no_prescriber, no_pharmacy when the feed names none at all.
    """

    prescribers: int
    pharmacies: int
    window_days: int
    opioids: str = "opioids"
    min_period_days: int = 90
    least_supply_days: int = 15
    least_episode_days: int = 90

    file = "prescribers.sql"
    frame = "fill_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Fills of opioids, and cover with medicines."""
        return Reads(drug_sets=frozenset({self.opioids}), spans=frozenset({("drugs", rules.enrolment_gap_days)}))

    def words(self) -> dict[str, str]:
        """What stands in the braces of fill_period.sql and prescribers.sql."""
        return {"begins_with": in_sql([self.opioids])}

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that prescribers.sql applies."""
        return {
            "prescribers": self.prescribers,
            "pharmacies": self.pharmacies,
            "window_days": self.window_days,
            "min_period_days": self.min_period_days,
            "least_supply_days": self.least_supply_days,
            "least_episode_days": self.least_episode_days,
        }

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks=f"Members with fills of {sets.title(self.opioids)} on at least 2 days of the year, for {self.least_supply_days} days "
            f"in all or more, the first of them at least {self.min_period_days} days before the end of the year, of cover or of life; "
            f"at least {self.least_episode_days} days lie between the first fill and the end of the last supply; covered without a "
            f"gap of more than {rules.enrolment_gap_days} days.",
            counts=f"Within {self.window_days} days or fewer, fills written by at least {self.prescribers} prescribers and "
            f"dispensed by at least {self.pharmacies} pharmacies.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: every fill with its prescriber and pharmacy, and the window."""
        return prescribers_explain.explain(cursor, measure, scope, kind=self, result=result)
