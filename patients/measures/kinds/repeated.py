"""Repeated fills: members who are dispensed one class of medicine again that should be avoided.

repeated.sql holds the logic; the year is that of measures that ask for cover all year (year_period.sql).
"""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import repeated_explain
from .row import ValueRow
from .sources import Reads

# One gap of 45 days in the year: public descriptions of the HEDIS measures that ask for cover all year.
REPEATED_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=45),)


@dataclass(frozen=True)
class Class:
    """A drug set. over_days: its fills count when their days of supply in the year are more than that (unknown ones are none)."""

    drugs: str
    over_days: int = 0


@dataclass(frozen=True)
class Repeated:
    """classes: of any of them, fills on `least_fill_days` days.

    A row for everybody old enough with cover. Its value is the number of fill days of the class that counts, else of the one with
    most; value_event_id the newest claim of it. not_in_denominator: over_age, died, no_full_coverage.
    """

    classes: tuple[Class, ...]
    least_fill_days: int = 2

    file = "repeated.sql"
    frame = "year_period.sql"
    row = ValueRow

    @property
    def drug_sets(self) -> tuple[str, ...]:
        """The sets of all classes."""
        return tuple(one.drugs for one in self.classes)

    def reads(self, rules: Years) -> Reads:
        """Fills of all classes; cover with medicines, and cover of any kind."""
        return Reads(drug_sets=frozenset(self.drug_sets), spans=frozenset({("drugs", 0), ("any", 0)}))

    def words(self) -> dict[str, str]:
        """What stands in the braces of repeated.sql."""
        rows = ", ".join(f"({in_sql([one.drugs])}, {int(one.over_days)})" for one in self.classes)
        return {"classes": rows, "drug_sets": in_sql(self.drug_sets)}

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that repeated.sql applies."""
        return {"least_fill_days": self.least_fill_days}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        over = [
            f"{sets.title(one.drugs)}: more than {one.over_days} days of supply"
            for one in self.classes
            if one.over_days
        ]
        return InWords(
            asks="Members who are old enough, alive, and covered all year with at most one gap of "
            f"{rules.enrolment_gap_days} days; with cover of medicines.",
            counts=f"Fills on at least {self.least_fill_days} days of the year of one class: "
            f"{'; '.join(sets.title(code) for code in self.drug_sets)}. {' '.join(f'{words}.' for words in over)}".strip(),
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: the fills of all classes."""
        return repeated_explain.explain(cursor, measure, scope, kind=self, result=result)
