"""The asthma medication ratio: members with persistent asthma, and how much of what they fill controls it.

asthma_ratio.sql holds the logic; the year is that of measures that ask for cover all year (year_period.sql).
"""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence, two_years
from .row import ValueRow
from .sources import Reads


@dataclass(frozen=True)
class AsthmaRatio:
    """least_percent: controller units of all units.

    A row's value is the share in percent, rounded down to a thousandth. A fill of an inhaler is one unit: the reference does not say how
    many inhalers a quantity is. not_in_denominator: under_age, over_age, no_birth_date, died, no_full_coverage, no_cover_before,
    no_drug_cover, no_asthma_medicine.
    """

    least_percent: int = 50
    controllers: str = "asthma_controllers"
    relievers: str = "asthma_relievers"
    not_alone: str = "asthma_not_alone"
    diagnosis: str = "asthma"

    file = "asthma_ratio.sql"
    frame = "year_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Fills, asthma and emergency visits of two years; cover of both."""
        return Reads(
            drug_sets=frozenset({self.controllers, self.relievers, self.not_alone}),
            diagnoses=frozenset({self.diagnosis}),
            services=frozenset({"emergency_services"}),
            spans=two_years.SPANS,
            years_back=1,
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of asthma_ratio.sql."""
        return {
            "controllers": in_sql([self.controllers]),
            "relievers": in_sql([self.relievers]),
            "not_alone": in_sql([self.not_alone]),
            "diagnosis": in_sql([self.diagnosis]),
            "emergency": in_sql(["emergency_services"]),
            "cover": two_years.text(),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limit that asthma_ratio.sql applies."""
        return {"least_percent": self.least_percent}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks="Members whose asthma was persistent in this year and the one before: treated for it in hospital or an emergency "
            "department, or seen on four days and asthma medicines dispensed twice, or dispensed four times; covered in both years, "
            f"with medicines in this one, each with one gap of at most {rules.enrolment_gap_days} days; with an asthma medicine this year.",
            counts=f"At least {self.least_percent}% of the units of asthma medicines control it. A unit is a fill of an inhaler or an "
            "injection, or up to 30 days of a medicine by mouth.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: diagnoses, emergency visits, and every fill with its units."""
        return evidence.explain(
            cursor, measure, scope, result=result, limits=self.parameters(measure.rules(scope.year))
        )
