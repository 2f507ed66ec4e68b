"""Control of high blood pressure: the last day of the year with both numbers (blood_pressure.sql, year_period.sql)."""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .diagnosed import Diagnosed
from .row import ValueRow
from .sources import Reads

# list of CPT II, 1 for systolic or 2 for diastolic, the most that it can mean in thousandths of mm Hg
_RANGES = (
    ("systolic_below_130", 1, 129_000),
    ("systolic_130_to_139", 1, 139_000),
    ("systolic_140_or_more", 1, 300_000),
    ("diastolic_below_80", 2, 79_000),
    ("diastolic_80_to_89", 2, 89_000),
    ("diastolic_90_or_more", 2, 300_000),
)
_PARTS = (("systolic_results", 1), ("diastolic_results", 2))
_EMERGENCY = "emergency_services"


@dataclass(frozen=True)
class BloodPressure:
    """Met when the lowest systolic and the lowest diastolic of the day are below their limits, in mm Hg.

    value_milli is systolic and second_milli diastolic, each none where only a code tells it.
    """

    population: Diagnosed
    systolic: int = 140
    diastolic: int = 90

    file = "blood_pressure.sql"
    frame = "year_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Who is asked about, readings of the year, and visits to an emergency department."""
        return self.population.reads(rules) | Reads(
            services=frozenset({_EMERGENCY, *(name for name, _, _ in _RANGES)}),
            observations=frozenset(name for name, _ in _PARTS),
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of blood_pressure.sql."""
        return {
            "population": self.population.text(),
            "parts": ", ".join(f"({in_sql([name])}, {part})" for name, part in _PARTS),
            "ranges": ", ".join(f"({in_sql([name])}, {part}, {most})" for name, part, most in _RANGES),
            "emergency": in_sql([_EMERGENCY]),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that blood_pressure.sql applies; readings below 20 or above 300 mm Hg are none."""
        limits = {"systolic_milli": self.systolic * 1_000, "diastolic_milli": self.diastolic * 1_000}
        return limits | {"least_milli": 20_000, "most_milli": 300_000}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks=self.population.asks(rules),
            counts=f"On the last day of the year with both numbers, the lowest systolic is below {self.systolic} and the lowest "
            f"diastolic below {self.diastolic} mm Hg. Readings of an emergency department or a hospital stay do not count, nor those "
            "before claims show hypertension for the second time.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: diagnoses, and every reading that counts."""
        limits = self.parameters(measure.rules(scope.year)) | self.population.limits()
        return evidence.explain(cursor, measure, scope, result=result, limits=limits)
