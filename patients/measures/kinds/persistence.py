"""Persistence: members who begin a treatment and should stay on it for some months.

persistence.sql holds the logic. Like the adherence measures it carries early refills of an ingredient over.
"""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql, title
from ..measure import InWords, Measure, Scope, Years
from . import doses, persistence_explain
from .row import ValueRow
from .sources import Reads, path

# One gap of 45 days: public descriptions of the HEDIS measures that follow a new treatment.
PERSISTENCE_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=45),)
ANY_GAP = 9_999


@dataclass(frozen=True)
class Persistence:
    """Of the `follow_days` from the first fill on, `least_days` are covered, and no gap is longer than `longest_gap_days`.

    cover_days: from the first fill on, in which there must be cover with medicines, as in the history_days; 0: the follow_days.

    intake_back_days: the first fill lies in the year that ends so many days before the measurement year does. history_days: days
    before it without a fill (by_supply: and without supply). only_first: the first fill of the intake, or nobody.
    diagnosis: a code list, coded within diagnosis_days of it. given: a list of medicines given as a service (doses.py); a dose
    counts as a fill that lasts so many days.
    is_early: the measure is met as soon as the days are reached; else at the end of the follow-up.
    A row's value is the number of days covered so far, second_milli the longest gap; last_day is the last day on which a fill keeps
    the measure in reach. not_in_denominator: under_age, over_age, no_birth_date, died, no_cover_follow_up, no_diagnosis.
    """

    drugs: tuple[str, ...]
    diagnosis: str
    diagnosis_days: int
    intake_back_days: int
    history_days: int
    follow_days: int
    least_days: int
    longest_gap_days: int = ANY_GAP
    by_supply: bool = False
    only_first: bool = False
    is_early: bool = True
    given: str = ""
    cover_days: int = 0

    file = "persistence.sql"
    frame = "window_cover.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Fills of the class and the diagnosis, from the year before on; cover with medicines."""
        return Reads(
            drug_sets=frozenset(self.drugs),
            diagnoses=frozenset({self.diagnosis}),
            services=frozenset([self.given] * bool(self.given)),
            spans=frozenset({("drugs", 0)}),
            years_back=1,
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of persistence.sql."""
        return {
            "begins_with": in_sql(self.drugs),
            "diagnosis": in_sql([self.diagnosis]),
            "given": in_sql([self.given] * bool(self.given)) or "''",
            "doses": doses.in_values(self.given),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that persistence.sql applies."""
        return {
            "diagnosis_days": self.diagnosis_days,
            "intake_back_days": self.intake_back_days,
            "history_days": self.history_days,
            "follow_days": self.follow_days,
            "cover_days": self.cover_days or self.follow_days,
            "least_days": self.least_days,
            "longest_gap_days": self.longest_gap_days,
            "by_supply": int(self.by_supply),
            "only_first": int(self.only_first),
            "is_early": int(self.is_early),
        }

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        asked = " or ".join(sets.title(code) for code in self.drugs)
        supply = " and no supply of it" if self.by_supply else ""
        dose = f" A dose counts as a fill: {title(path(self.given))}." if self.given else ""
        if self.longest_gap_days == ANY_GAP:
            counts = f"At least {self.least_days} of the {self.follow_days} days from the first fill on are covered."
        else:
            gap = f"a gap of more than {self.longest_gap_days} days"
            counts = f"The {self.follow_days} days from the first fill on are covered without {gap}."
        return InWords(
            asks=f"Members who begin {asked} in the year that ends {self.intake_back_days} days before the end of this one: no fill"
            f"{supply} in the {self.history_days} days before, the diagnosis within {self.diagnosis_days} days; alive, and covered in "
            f"those days before and the {self.cover_days or self.follow_days} days from the first fill on (one gap of at most "
            f"{rules.enrolment_gap_days} days is allowed).",
            counts=counts + dose,
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: fills and doses with the days that they cover after carry-over, diagnoses."""
        return persistence_explain.explain(cursor, measure, scope, kind=self, result=result)
