"""The last laboratory result of the year against a limit, for people with a disease: control of diabetes.

last_result.sql holds the logic; the year is that of year_period.sql.
"""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .diagnosed import Diagnosed
from .row import ValueRow
from .sources import Reads


@dataclass(frozen=True)
class LastResult:
    """results: LOINC lists in thousandths of the measure's unit; ifcc: a LOINC list in mmol/mol, turned into per cent.

    ranges: (list of CPT II, the most that it can mean, in thousandths). tests: services that tell no result. A result counts
    when it lies between least_milli and most_milli; "<4" is at most 4, ">14" may be anything. The measure is met when the
    result is below limit_milli, or, if is_poor, when it is above or there is none. value_milli is none where only a code tells.
    """

    population: Diagnosed
    results: tuple[str, ...]
    ifcc: str
    ranges: tuple[tuple[str, int], ...]
    tests: str
    limit_milli: int
    is_poor: bool = False
    least_milli: int = 2_000
    most_milli: int = 25_000
    same_test_days: int = 7

    file = "last_result.sql"
    frame = "year_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Who is asked about, and the tests of the year."""
        services = frozenset({self.tests, *(name for name, _ in self.ranges)})
        return self.population.reads(rules) | Reads(
            services=services, observations=frozenset({*self.results, self.ifcc})
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of last_result.sql."""
        return {
            "population": self.population.text(),
            "results": in_sql([*self.results, self.ifcc]),
            "ifcc": in_sql([self.ifcc]),
            "ranges": ", ".join(f"({in_sql([name])}, {int(most)})" for name, most in self.ranges),
            "tests": in_sql([self.tests]),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that last_result.sql applies."""
        names = ("limit_milli", "least_milli", "most_milli", "same_test_days")
        return {name: getattr(self, name) for name in names} | {"is_poor": int(self.is_poor)}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        limit = f"{self.limit_milli / 1_000:g}%"
        what = f"above {limit}, or there is none" if self.is_poor else f"below {limit}"
        return InWords(
            asks=self.population.asks(rules),
            counts=f"The last result of the year is {what}. A test without a result takes that of the {self.same_test_days} days before "
            "it; of several on one day the lowest counts. CPT II codes count as the most that they can mean.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: diagnoses, medicines, and every test of the year."""
        limits = self.parameters(measure.rules(scope.year)) | self.population.limits()
        return evidence.explain(cursor, measure, scope, result=result, limits=limits)
