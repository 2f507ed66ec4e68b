"""Repeated fills: members who are dispensed one class of medicine again that should be avoided.

repeated.sql holds the logic; the year is that of measures that ask for cover all year (year_period.sql).
"""

from dataclasses import dataclass
from typing import Any

from carecoord.kernel.drugs import sets

from ..code_lists import in_sql, title
from ..measure import InWords, Measure, Scope, Years
from . import repeated_explain
from .row import ValueRow
from .sources import Reads, path

# One gap of 45 days in the year: public descriptions of the HEDIS measures that ask for cover all year.
REPEATED_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=45),)


@dataclass(frozen=True)
class Class:
    """A drug set. over_days: its fills count when their days of supply in the year are more than that (unknown ones are none).

    reasons: code lists; one code from the year before to the first fill of the year, and the class does not count. names_reasons:
    whether evidence says which it was; not where some of them are substance use, which not everybody may see.
    """

    drugs: str
    over_days: int = 0
    reasons: tuple[str, ...] = ()
    names_reasons: bool = True


@dataclass(frozen=True)
class Repeated:
    """classes: of any of them, fills on `least_fill_days` days.

    A row for everybody old enough with cover. Its value is the number of fill days of the class that counts, else of the one with
    most; value_event_id the newest claim of it. not_in_denominator: over_age, died, no_full_coverage, no_drug_cover.
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

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """(drug set, code list) of every reason of every class."""
        return tuple((one.drugs, name) for one in self.classes for name in one.reasons)

    def reads(self, rules: Years) -> Reads:
        """Fills of all classes, and reasons from the year before on; cover with medicines, and cover of any kind."""
        return Reads(
            drug_sets=frozenset(self.drug_sets),
            diagnoses=frozenset(name for _, name in self.reasons),
            spans=frozenset({("drugs", 0), ("drugs", rules.enrolment_gap_days), ("any", 0)}),
            years_back=int(bool(self.reasons)),
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of repeated.sql."""
        rows = ", ".join(f"({in_sql([one.drugs])}, {int(one.over_days)})" for one in self.classes)
        reasons = ", ".join(f"({in_sql([drugs])}, {in_sql([name])})" for drugs, name in self.reasons)
        return {"classes": rows, "drug_sets": in_sql(self.drug_sets), "reasons": reasons or "('', '')"}

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
        over += [
            f"{sets.title(one.drugs)}: not for members with a reason for it, coded from the year before to the first fill of the year "
            f"({'; '.join(title(path(name)) for name in one.reasons)})"
            for one in self.classes
            if one.reasons
        ]
        return InWords(
            asks="Members who are old enough, alive, and covered all year with at most one gap of "
            f"{rules.enrolment_gap_days} days; covered with medicines, too, without a longer gap.",
            counts=f"Fills on at least {self.least_fill_days} days of the year of one class: "
            f"{'; '.join(sets.title(code) for code in self.drug_sets)}. {' '.join(f'{words}.' for words in over)}".strip(),
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: the fills of all classes, and reasons for them."""
        return repeated_explain.explain(cursor, measure, scope, kind=self, result=result)
