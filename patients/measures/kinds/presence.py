"""Presence: members who fill one class of medicine and should have filled another one, at least once in the year.

presence.sql holds the logic; the treatment period is that of the adherence measures (period.sql).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from ..measure import Measure, Scope, Years
from . import period, presence_explain

_BATCH = 2_000
# Allowed gap of 31 days: bluepeakadvisors.com on MY2024 (SUPD; the adherence measures allow 1). Stays change nothing here.
PRESENCE_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=31),)


@dataclass(frozen=True)
class PresenceRow:
    """One patient with at least one fill of the first class in the year. Days are numbers since 1970-01-01.

    last_day is the last day on which a fill still counts; None once there was one, or the period is over.
    not_in_denominator: under_age, over_age, no_birth_date, no_coverage, late_first_fill, one_fill.
    `fills` counts those of the first class. threshold_bp is 10000: one of one.
    """

    patient_id: int
    denominator: bool
    exclusion: str
    numerator: bool
    threshold_bp: int
    period_days: int
    full_period_days: int
    stay_days: int
    index_day: int
    period_end_day: int
    last_day: int | None
    fills: int
    not_computed: str
    not_in_denominator: str


@dataclass(frozen=True)
class Presence:
    """who_fill: drug sets of which any counts; needs: the drug set of which one fill is asked for."""

    who_fill: tuple[str, ...]
    needs: str
    min_period_days: int
    least_fill_days: int = 2

    columns = tuple(column.name for column in fields(PresenceRow))

    @property
    def drug_sets(self) -> frozenset[str]:
        """All sets that the kind reads."""
        return frozenset({*self.who_fill, self.needs})

    def select(self, measure: Measure, scope: Scope) -> tuple[str, dict[str, Any]]:
        """The SELECT and its parameters; columns as in `columns`."""
        return period.text("presence.sql", measure, scope, drug_sets=self.who_fill), self._parameters(measure, scope)

    def rows(self, cursor, measure: Measure, scope: Scope) -> Iterator[PresenceRow]:
        """The results, as they come from the database."""
        cursor.execute(*self.select(measure, scope))
        while batch := cursor.fetchmany(_BATCH):
            for row in batch:
                yield PresenceRow(*row)

    def explain(self, cursor, measure: Measure, scope: Scope) -> dict[str, Any]:
        """The evidence of the one patient in the scope; its numbers are those of `rows`."""
        result = next(self.rows(cursor, measure, scope), None)
        return presence_explain.explain(
            cursor, measure, scope, kind=self, parameters=self._parameters(measure, scope), result=result
        )

    def _parameters(self, measure: Measure, scope: Scope) -> dict[str, Any]:
        return period.parameters(measure, scope) | {
            "needs": self.needs,
            "min_period_days": self.min_period_days,
            "least_fill_days": self.least_fill_days,
        }
