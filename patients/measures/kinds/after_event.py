"""After an illness got worse: members who were treated in hospital or emergency and should have a medicine at hand soon after.

after_event.sql holds the logic.
"""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql, title
from ..measure import InWords, Measure, Scope, Years
from . import evidence, sources
from .row import ValueRow
from .sources import Reads

AFTER_EVENT_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=0),)


@dataclass(frozen=True)
class AfterEvent:
    """diagnosis: the code list of the illness; drugs: sets of which one fill is at hand or comes within `within_days`.

    The newest event decides, of the year that ends `within_days` before the measurement year does, so that each is followed to its
    end in one year; while the year goes on, later ones count, too. A row's `fills` counts the events; last_day is the last day on
    which a fill counts. not_in_denominator: under_age, over_age, no_birth_date, died, no_cover_follow_up.
    """

    diagnosis: str
    drugs: tuple[str, ...]
    within_days: int = 30

    file = "after_event.sql"
    frame = ""
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """The illness and emergency visits; fills from the year before on, for supplies that reach over; cover with medicines."""
        return Reads(
            drug_sets=frozenset(self.drugs),
            diagnoses=frozenset({self.diagnosis}),
            services=frozenset({"emergency_services"}),
            spans=frozenset({("drugs", rules.enrolment_gap_days)}),
            years_back=1,
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of after_event.sql."""
        return {
            "diagnosis": in_sql([self.diagnosis]),
            "drugs": in_sql(self.drugs),
            "emergency": in_sql(["emergency_services"]),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limit that after_event.sql applies."""
        return {"within_days": self.within_days}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        needed = " or ".join(sets.title(code) for code in self.drugs)
        return InWords(
            asks=f"Members who were treated in hospital or an emergency department for: {title(sources.path(self.diagnosis))}; in the "
            f"year that ends {self.within_days} days before the end of this one, or since then while this one goes on. "
            f"They are covered with medicines from that day on for {self.within_days} days.",
            counts=f"{needed[0].upper() + needed[1:]}: at hand on the day, or filled within {self.within_days} days. "
            "The newest event counts.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: events, and every fill that is at hand or came in time."""
        return evidence.explain(
            cursor, measure, scope, result=result, limits=self.parameters(measure.rules(scope.year))
        )
