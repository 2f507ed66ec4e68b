"""Reading scores: the newest of a patient, the same again from what is stored, and the claims behind each line."""

from datetime import date
from typing import Any

from carecoord.kernel.periods import date_of
from patients.claims.models import MedicalEvent, PharmacyEvent

from . import points, raf
from .models import RafScore, RiskScore

OF_FILLS = frozenset(["medicines", "opioid_and_benzodiazepine", "cost"])


def newest_scores(*, patient, who) -> list[RiskScore]:
    """The score that stands, of each payer that `who` may see."""
    rows = RiskScore.objects.visible_to(who).filter(patient__in=patient.records).select_related("payer")
    return list(rows.order_by("payer_id", "-since", "-pk").distinct("payer_id"))


def rafs(*, patient, who) -> list[RafScore]:
    """Newest payment year first; the full row for those who may see it; nothing for a pharmacy."""
    rows = RafScore.objects.visible_to(who).filter(patient__in=patient.records).select_related("payer")
    rows = rows.order_by("payer_id", "-payment_year", "-sensitivity")
    return list(rows.distinct("payer_id", "payment_year"))


def score_on(*, payer, patient_id: int, day: date) -> RiskScore | None:
    """The score that stood on a day."""
    rows = RiskScore.objects.filter(payer=payer, patient=patient_id, since__lte=day)
    return rows.order_by("-since").first()


def recompute(stored: RiskScore) -> points.Result:
    """What the stored inputs, limits and coefficients come to: the same as when they were stored."""
    return points.score(points.Inputs(**stored.inputs), stored.limits, stored.model)


def recompute_raf(stored: RafScore) -> RafScore:
    """The same row again from its inputs; nothing is saved. Raises library.WrongLibrary under another release."""
    again = RafScore(payment_year=stored.payment_year, inputs=stored.inputs)
    return raf.fill(again)


def explain(*, payer, patient_id: int, day: date) -> dict[str, Any] | None:
    """All that is needed to redo a member's score by hand, ready for JSON; None where nobody has scored the member."""
    stored = score_on(payer=payer, patient_id=patient_id, day=day)
    if stored is None:
        return None
    years = RafScore.objects.filter(payer=payer, patient=patient_id).order_by("payment_year", "sensitivity")
    return {
        "since": stored.since.isoformat(),
        "version": stored.version,
        "points": stored.points,
        "tier": stored.tier,
        "chance_ppm": stored.chance_ppm,
        "lines": [dict(zip(("code", "label", "points", "words"), line, strict=True)) for line in stored.lines],
        "inputs": stored.inputs,
        "limits": stored.limits,
        "model": stored.model,
        "evidence": {name: _claims(payer, name, rows) for name, rows in stored.evidence.items()},
        "raf": [_raf(row) for row in years],
    }


def _claims(payer, name: str, rows: list) -> list[dict[str, Any]]:
    """Each claim by its number in the feed."""
    model = PharmacyEvent if name in OF_FILLS else MedicalEvent
    ids = [event_id for event_id, _, _ in rows if event_id]
    numbers = dict(model.objects.filter(payer=payer, pk__in=ids).values_list("pk", "record_id"))
    return [
        {"event_id": event_id, "claim_id": numbers.get(event_id, ""), "day": date_of(day).isoformat(), "what": what}
        for event_id, day, what in rows
    ]


def _raf(row: RafScore) -> dict[str, Any]:
    return {
        "payment_year": row.payment_year,
        "as_of": row.as_of.isoformat(),
        "is_projected": row.is_projected,
        "with_substance_use": bool(row.sensitivity),
        "version": row.version,
        "blended_milli": row.blended_milli,
        "rx_milli": row.rx_milli,
        "not_computed": row.not_computed,
        "inputs": row.inputs,
        "models": row.answer,
    }
