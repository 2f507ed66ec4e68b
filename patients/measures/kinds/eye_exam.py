"""Eye exam of people with diabetes (eye_exam.sql, year_period.sql).

Claims do not say who examined: every claim with a code of a retinal exam counts, as if an eye care professional had billed it.
"""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .diagnosed import Diagnosed
from .row import ValueRow
from .sources import Reads

_EXAMS, _NEGATIVE, _REMOVAL = "retinal_exams", "retinal_exams_negative", "eye_removal"
_THIS_YEAR = (_EXAMS, "retinal_exams_of_anybody", "no_retinopathy_before")
_REMOVALS = (_REMOVAL, "eye_removal_left", "eye_removal_right")
_WITHOUT_COMPLICATIONS = "diabetes_without_complications"


@dataclass(frozen=True)
class EyeExam:
    """apart_days: between two removals of an eye, one of which does not say which one, that are two eyes."""

    population: Diagnosed
    apart_days: int = 14

    file = "eye_exam.sql"
    frame = "year_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Who is asked about, exams of this year and the one before, and eyes removed at any time."""
        return self.population.reads(rules) | Reads(
            diagnoses=frozenset({_WITHOUT_COMPLICATIONS}),
            services=frozenset({*_THIS_YEAR, _NEGATIVE, *_REMOVALS}),
            ever=frozenset(_REMOVALS),
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of eye_exam.sql."""
        return {
            "population": self.population.text(),
            "this_year": in_sql(_THIS_YEAR),
            "year_before": in_sql([_NEGATIVE]),
            "without_complications": in_sql([_WITHOUT_COMPLICATIONS]),
            "exams": in_sql([_EXAMS]),
            "removals": in_sql(_REMOVALS),
            "removal": in_sql([_REMOVAL]),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limit that eye_exam.sql applies."""
        return {"apart_days": self.apart_days}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks=self.population.asks(rules),
            counts="An exam of the retina in the year, or one without retinopathy in the year before. Who has lost both eyes has met it. "
            "Claims do not say who examined, so every claim of such an exam counts.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: diagnoses, medicines, and every exam that counts."""
        limits = self.parameters(measure.rules(scope.year)) | self.population.limits()
        return evidence.explain(cursor, measure, scope, result=result, limits=limits)
