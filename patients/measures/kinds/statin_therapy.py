"""Statins for people with atherosclerotic cardiovascular disease (statin_therapy.sql, heart_disease.sql)."""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .heart_disease import HeartDisease
from .row import ValueRow
from .sources import Reads


@dataclass(frozen=True)
class StatinTherapy:
    """statins: a drug set, of which one fill meets the measure. value_event_id is the first fill that counts."""

    population: HeartDisease
    statins: str

    file = "statin_therapy.sql"
    frame = ""
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Who is asked about, and fills."""
        return self.population.reads(rules) | Reads(drug_sets=frozenset({self.statins}))

    def words(self) -> dict[str, str]:
        """What stands in the braces of statin_therapy.sql."""
        return {"heart_disease": self.population.text(), "statins": in_sql([self.statins])}

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limit that heart_disease.sql applies."""
        return self.population.parameters()

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks=self.population.asks(rules),
            counts="At least one fill of a statin of moderate or high intensity in the year, by its daily dose.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: events, diagnoses, and every statin that counts."""
        return evidence.explain(
            cursor, measure, scope, result=result, limits=self.parameters(measure.rules(scope.year))
        )
