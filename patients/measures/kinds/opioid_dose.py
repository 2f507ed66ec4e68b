"""Dose of opioids: members whose opioids average too many morphine milligram equivalents (MME) a day over an episode.

opioid_dose.sql holds the logic; the treatment period is that of the adherence measures (fill_period.sql), the factors are those of
kernel/drugs (by day of fill).
"""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import opioid_dose_explain
from .row import ValueRow
from .sources import Reads


@dataclass(frozen=True)
class OpioidDose:
    """limit_mme: the average a day from which somebody counts.

    A row's value is the average of the episode so far, second_milli the highest dose of a day, value_event_id the claim with the
    highest dose a day. not_in_denominator: under_age, no_birth_date, no_coverage, late_first_fill, one_fill, short_supply,
    short_episode. not_computed: no_days_supply, no_quantity or no_strength, unless what is known reaches the limit.
    """

    limit_mme: int
    opioids: str = "opioids"
    min_period_days: int = 90
    least_supply_days: int = 15
    least_episode_days: int = 90

    file = "opioid_dose.sql"
    frame = "fill_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Fills of opioids, and cover with medicines."""
        return Reads(drug_sets=frozenset({self.opioids}), spans=frozenset({("drugs", rules.enrolment_gap_days)}))

    def words(self) -> dict[str, str]:
        """What stands in the braces of fill_period.sql and opioid_dose.sql."""
        return {"begins_with": in_sql([self.opioids])}

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that opioid_dose.sql applies."""
        return {
            "limit_milli": 1000 * self.limit_mme,
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
            counts=f"The morphine equivalents of all fills, spread over their days, come to {self.limit_mme} mg a day or more on "
            "average over those days. Strength, quantity, days of supply and CDC's factor of the day of the fill make them.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: every fill with its factor, its MME a day and in the episode."""
        return opioid_dose_explain.explain(cursor, measure, scope, kind=self, result=result)
