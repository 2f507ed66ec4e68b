"""Kidney health evaluation: a filtration rate and an albumin-creatinine ratio in the year (kidney_health.sql, year_period.sql)."""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .diagnosed import Diagnosed
from .row import ValueRow
from .sources import Reads

_SERVICES = (("egfr_tests", 1), ("urine_albumin_tests", 3), ("urine_creatinine_tests", 4))
_RESULTS = (("egfr_results", 1), ("uacr_results", 2), ("urine_albumin_results", 3), ("urine_creatinine_results", 4))


@dataclass(frozen=True)
class KidneyHealth:
    """apart_days: between urine albumin and urine creatinine of one ratio. value_milli counts the tests done, of two."""

    population: Diagnosed
    apart_days: int = 4

    file = "kidney_health.sql"
    frame = "year_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Who is asked about, and the tests of the year."""
        return self.population.reads(rules) | Reads(
            services=frozenset(name for name, _ in _SERVICES), observations=frozenset(name for name, _ in _RESULTS)
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of kidney_health.sql."""
        services, results = (
            ", ".join(f"({in_sql([name])}, {part})" for name, part in lists) for lists in (_SERVICES, _RESULTS)
        )
        return {"population": self.population.text(), "services": services, "results": results}

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limit that kidney_health.sql applies."""
        return {"apart_days": self.apart_days}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks=self.population.asks(rules),
            counts="An estimated filtration rate in the year, and a urine albumin-creatinine ratio or both of its parts no more than "
            f"{self.apart_days} days apart.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: diagnoses, medicines, and every test of the year."""
        limits = self.parameters(measure.rules(scope.year)) | self.population.limits()
        return evidence.explain(cursor, measure, scope, result=result, limits=limits)
