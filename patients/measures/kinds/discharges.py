"""What follows discharges: medicines reconciled (reconciliation.sql), and coming back (readmission.sql). Episodes: episodes.sql.

The public measures count discharges; here a row is a patient, with the discharges that met it in value_milli and all that count in
second_milli. A patient meets a reconciliation when all are, and a readmission when one was.
"""

from dataclasses import dataclass
from typing import Any

from ..code_lists import in_sql
from ..measure import InWords, Measure, Scope, Years
from . import evidence
from .row import ValueRow
from .sources import Reads

DISCHARGE_YEARS = (Years(stay_adjustment=False, enrolment_gap_days=0),)
# Patient discharge status (UB-04): died; still a patient; left against advice.
_DIED, _STILL_THERE, _AGAINST_ADVICE = ("20", "40", "41", "42"), ("30",), ("07",)
_PLANNED_DIAGNOSES, _PLANNED_SERVICES = "planned_admission", "planned_admission_services"


@dataclass(frozen=True)
class Reconciliation:
    """Stays that begin within merge_days of a discharge continue it; act_days after the last one there is time to reconcile."""

    merge_days: int = 30
    act_days: int = 30

    file = "reconciliation.sql"
    frame = "episodes.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """Reconciliations, and cover of any kind."""
        return Reads(services=frozenset({"medication_reconciliation"}), spans=frozenset({("any", 0)}))

    def words(self) -> dict[str, str]:
        """What stands in the braces of reconciliation.sql."""
        return {
            "kinds": in_sql(["inpatient", "snf"]),
            "reconciled": in_sql(["medication_reconciliation"]),
            "not_home": in_sql(_DIED + _STILL_THERE),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that reconciliation.sql applies."""
        return {"merge_days": self.merge_days, "act_days": self.act_days}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks="Members with a discharge, alive, from 1 January to 1 December, covered for the "
            f"{self.act_days} days after it. A stay that begins within {self.merge_days} days of a discharge continues it.",
            counts=f"Medicines were reconciled from the day of each discharge to {self.act_days} days after it, outside the hospital.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: discharges and reconciliations."""
        return evidence.explain(
            cursor, measure, scope, result=result, limits=self.parameters(measure.rules(scope.year))
        )


@dataclass(frozen=True)
class Readmission:
    """Stays that begin on the day of a discharge or the next are transfers; an unplanned one within act_days is a readmission."""

    merge_days: int = 1
    act_days: int = 30

    file = "readmission.sql"
    frame = "episodes.sql"
    row = ValueRow

    def reads(self, rules: Years) -> Reads:
        """What makes an admission planned, childbirth, and cover of any kind."""
        return Reads(
            diagnoses=frozenset({_PLANNED_DIAGNOSES, "pregnancy"}),
            services=frozenset({_PLANNED_SERVICES}),
            spans=frozenset({("any", 0)}),
            years_back=1,  # a claim's diagnoses are of its first day, and a stay may begin in the year before
        )

    def words(self) -> dict[str, str]:
        """What stands in the braces of readmission.sql."""
        return {
            "kinds": in_sql(["inpatient"]),
            "planned_diagnoses": in_sql([_PLANNED_DIAGNOSES]),
            "planned_services": in_sql([_PLANNED_SERVICES]),
            "not_home": in_sql(_DIED + _STILL_THERE + _AGAINST_ADVICE),
        }

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that readmission.sql applies."""
        return {"merge_days": self.merge_days, "act_days": self.act_days}

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        return InWords(
            asks="Members with a discharge from a hospital stay over night from 1 January to 1 December, covered for the "
            f"{self.act_days} days after it. Transfers continue a stay; death, leaving against advice and childbirth do not count.",
            counts=f"Another stay began within {self.act_days} days that was not planned, as far as claims tell.",
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: ValueRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: discharges that count, and readmissions."""
        return evidence.explain(
            cursor, measure, scope, result=result, limits=self.parameters(measure.rules(scope.year))
        )
