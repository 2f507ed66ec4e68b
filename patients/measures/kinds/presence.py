"""Presence: members who fill one class of medicine and should have filled another one, at least once in the year.

presence.sql holds the logic; the treatment period is that of the adherence measures (fill_period.sql).
"""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import presence_explain
from .row import ValueRow
from .sources import Reads

# Allowed gap of 31 days: bluepeakadvisors.com on MY2024 (SUPD; the adherence measures allow 1). Stays change nothing here.
PRESENCE_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=31),)


@dataclass(frozen=True)
class Presence:
    """who_fill: drug sets of which any counts; needs: the drug set of which one fill is asked for, in the year or up to
    `needs_back_days` before it.

    A row has no value; value_event_id is the first fill of what is needed. last_day is the last day on which a fill still
    counts; None once there was one, or the period is over. not_in_denominator: under_age, over_age, no_birth_date,
    no_coverage, late_first_fill, one_fill.
    """

    who_fill: tuple[str, ...]
    needs: str
    min_period_days: int
    least_fill_days: int = 2
    needs_back_days: int = 0

    file = "presence.sql"
    frame = "fill_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Fills of both classes, and cover with medicines."""
        return Reads(
            drug_sets=frozenset({*self.who_fill, self.needs}),
            spans=frozenset({("drugs", rules.enrolment_gap_days)}),
            years_back=-(-self.needs_back_days // 365),
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of fill_period.sql."""
        return {"begins_with": in_sql(self.who_fill)}

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that presence.sql applies."""
        return {
            "needs": self.needs,
            "needs_back_days": self.needs_back_days,
            "min_period_days": self.min_period_days,
            "least_fill_days": self.least_fill_days,
        }

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        asked = " or ".join(sets.title(code) for code in self.who_fill)
        before = f" or in the {self.needs_back_days} days before it" if self.needs_back_days else ""
        return InWords(
            asks=f"Members with fills of {asked} on at least {self.least_fill_days} days of the year, the first of them at least "
            f"{self.min_period_days} days before the end of the year, of cover or of life, covered without a gap of more than "
            f"{rules.enrolment_gap_days} days from the first fill on.",
            counts=f"At least one fill of {sets.title(self.needs)} in the year{before}.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: fills of both classes."""
        return presence_explain.explain(cursor, measure, scope, kind=self, result=result)
