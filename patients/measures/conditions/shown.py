"""Conditions as people read them: those that they may see, each with its claims in words."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from ..models import PatientCondition
from . import definitions
from .condition import GROUP_WORDS, SETTING_WORDS, Condition
from .explain import as_of_for, explain


@dataclass(frozen=True, kw_only=True)
class ClaimLine:
    """A claim in the look-back. `counts` says what it does for the rule."""

    on: date
    code: str
    what: str
    counts: str
    is_proof: bool


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A condition that was found, and how to redo it by hand. `explained` is the whole explanation (explain.py)."""

    condition: Condition
    payer: Any
    explained: dict[str, Any]
    lines: tuple[ClaimLine, ...]

    @property
    def title(self) -> str:
        detail = self.explained["detail"]
        return f"{self.condition.title}, {detail}" if detail else self.condition.title


def shown(*, who, patient, today: date) -> list[Shown]:
    """Each condition of each payer that `who` (a user or Scope) may see, by title; those of a rule that is gone are left out."""
    rows = PatientCondition.objects.visible_to(who).filter(patient=patient, condition__in=definitions.every())
    found = []
    with connection.cursor() as cursor:
        for row in rows.select_related("payer"):
            condition = definitions.find(row.condition)
            days = {"first_met_day": row.first_met_day, "last_seen_day": row.last_seen_day}
            asked = {"condition": row.condition, "as_of": as_of_for(**days, condition=condition, today=today)}
            explained = explain(cursor, payer_id=row.payer_id, patient_id=patient.pk, **asked)
            lines = tuple(_line(condition, claim) for claim in explained["claims"])
            found.append(Shown(condition=condition, payer=row.payer, explained=explained, lines=lines))
    return sorted(found, key=lambda one: (one.title, one.payer.pk))


def written(code: str, kind: str) -> str:
    """A code as people write it: E11.65, where claims have E1165."""
    is_diagnosis = kind in ("diagnosis", "screening", "excluded")
    return f"{code[:3]}.{code[3:]}" if is_diagnosis and len(code) > 3 else code


def _line(condition: Condition, claim: dict[str, Any]) -> ClaimLine:
    ways = {way.number: way.words for way in condition.ways}
    counts = "; ".join(ways[number] for number in claim["ways"]) or claim["why_not"] or f"Tells: {claim['tells']}"
    kind = claim["kind"]
    what = {"pharmacy": "pharmacy claim", "coverage": "entitlement"}.get(claim["setting"])
    setting = SETTING_WORDS.get(claim["setting"], "other")
    article = "an" if setting[0] in "aeio" else "a"
    return ClaimLine(
        on=claim["day"],
        code=written(claim["code"], kind),
        what=what or f"{GROUP_WORDS.get(kind, kind)} on {article} {setting} claim",
        counts=counts,
        is_proof=claim["is_proof"],
    )
