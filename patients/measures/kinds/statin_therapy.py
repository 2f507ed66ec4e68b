"""Statins for people with atherosclerotic cardiovascular disease (statin_therapy.sql, year_period.sql)."""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .row import ValueRow
from .sources import Reads

_INFARCTION, _DISEASE = "myocardial_infarction", "ischemic_vascular_disease"
_PROCEDURES = ("coronary_bypass", "coronary_intervention", "other_revascularization")


@dataclass(frozen=True)
class StatinTherapy:
    """women_later: how many years later than men women come into the measure. value_event_id is the first fill that counts."""

    statins: str
    women_later: int

    file = "statin_therapy.sql"
    frame = "year_period.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Events and diagnoses of both years, fills, cover of any kind and with medicines."""
        gap = rules.enrolment_gap_days
        return Reads(
            drug_sets=frozenset({self.statins}),
            diagnoses=frozenset({_INFARCTION, _DISEASE}),
            services=frozenset(_PROCEDURES),
            spans=frozenset({("any", 0), ("any", gap), ("drugs", gap)}),
            years_back=1,
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of statin_therapy.sql."""
        return {
            "infarction": in_sql([_INFARCTION]),
            "disease": in_sql([_DISEASE]),
            "procedures": in_sql(_PROCEDURES),
            "statins": in_sql([self.statins]),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limit that statin_therapy.sql applies."""
        return {"women_later": self.women_later}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks="Members with a heart attack treated in hospital, a bypass, a coronary intervention or another revascularization in "
            "the year before, or with a diagnosis of ischemic vascular disease in both years; covered in both years, with "
            f"medicines in this one, each with gaps of at most {rules.enrolment_gap_days} days. Women come in {self.women_later} "
            "years later than men.",
            counts="At least one fill of a statin of moderate or high intensity in the year, by its daily dose.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: events, diagnoses, and every statin that counts."""
        return evidence.explain(
            cursor, measure, scope, result=result, limits=self.parameters(measure.rules(scope.year))
        )
