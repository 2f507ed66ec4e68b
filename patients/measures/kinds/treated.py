"""Treated: people with a disease who get a medicine for it in the year, filled or given (treated.sql, year_period.sql)."""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql, title
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .diagnosed import Diagnosed
from .row import ValueRow
from .sources import Reads, path


@dataclass(frozen=True)
class Treated:
    """drugs: drug sets, of which one fill meets the measure. given: a code list of the medicine as a service, of which one claim does.

    A row has no value; value_event_id is the first fill or dose of the year. last_day is the end of the year while there is none.
    """

    population: Diagnosed
    drugs: tuple[str, ...]
    given: str

    file = "treated.sql"
    frame = "year_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Who is asked about, fills and doses."""
        return self.population.reads(rules) | Reads(drug_sets=frozenset(self.drugs), services=frozenset({self.given}))

    def words(self) -> dict[str, str]:
        """What stands in the braces of treated.sql."""
        return {"population": self.population.text(), "drugs": in_sql(self.drugs), "given": in_sql([self.given])}

    def parameters(self, rules: Years) -> dict[str, Any]:
        """None of its own."""
        return {}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks=self.population.asks(rules),
            counts=f"At least one fill of {' or '.join(sets.title(code) for code in self.drugs)} in the year, or one claim of "
            f"{title(path(self.given))[0].lower()}{title(path(self.given))[1:]}.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: diagnoses, and every fill and dose of the year."""
        return evidence.explain(cursor, measure, scope, result=result, limits=self.population.limits())
