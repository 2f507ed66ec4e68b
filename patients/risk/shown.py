"""A score as pages show it: the sum line by line, each line with its claims in words."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from carecoord.kernel.drugs.models import Product
from carecoord.kernel.periods import date_of
from patients.measures import definitions
from patients.measures.conditions import definitions as conditions

from . import queries
from .models import RafScore, RiskScore

SEVERITY = {"low": "ok", "rising": "routine", "high": "high", "very_high": "urgent"}
WORDS = {"emergency": "emergency visit", "stay": "home from hospital"}
NOT_COMPUTED = {
    "no_birth_date": "The date of birth is not known.",
    "no_sex": "The sex is not known.",
    "no_coverage": "No coverage is known in the year of service or of payment.",
    "not_medicare": "Not covered by Medicare.",
    "esrd": "Kidney failure has models of its own, which are not computed.",
    "no_factors": "No factors of this model are at hand for the year.",
}

LEFT_OUT = {
    "no_eligible_service": "without an eligible service",
    "no_service_code": "without a service code",
    "bill_type": "of another type of bill",
    "setting_snf": "of nursing facilities",
    "setting_hha": "of home health",
    "setting_hospice": "of hospices",
    "setting_dme": "of equipment",
}


@dataclass(frozen=True)
class Line:
    """`claims`: (day, words, event id) oldest first; a measure has no event."""

    label: str
    points: int | None
    words: str
    claims: tuple[tuple[date, str, int | None], ...]


@dataclass(frozen=True)
class Shown:
    score: RiskScore
    severity: str
    lines: tuple[Line, ...]

    @property
    def chance(self) -> str:
        """'12.3%' of the model in force; '' where points decide."""
        return "" if self.score.chance_ppm is None else f"{self.score.chance_ppm / 10_000:.1f}%"


@dataclass(frozen=True)
class Category:
    code: str
    label: str
    dropped_by: str
    factor: str
    claims: tuple[tuple[date, str, int], ...]


@dataclass(frozen=True)
class Model:
    """One model of a payment year in decimals."""

    title: str
    segment: str
    factors: tuple[tuple[str, str], ...]
    categories: tuple[Category, ...]
    raw: str
    steps: tuple[tuple[str, str], ...]
    why_not: str


@dataclass(frozen=True)
class Year:
    row: RafScore
    blended: str
    why_not: str
    models: tuple[Model, ...]
    left_out: str


def scores(*, patient, who) -> list[Shown]:
    """The score that stands of each payer that `who` may see."""
    found = queries.newest_scores(patient=patient, who=who)
    ndcs = {what for row in found for name in queries.OF_FILLS for _, _, what in row.evidence.get(name, ())}
    names = {one.ndc11: one.written for one in Product.objects.filter(ndc11__in=ndcs)}
    return [Shown(row, SEVERITY[row.tier], tuple(_line(row, line, names) for line in row.lines)) for row in found]


def _line(row: RiskScore, line: list[Any], names: dict[str, str]) -> Line:
    code, label, points, words = line
    claims = ((date_of(day), _words(what, names), event_id) for event_id, day, what in row.evidence.get(code, ()))
    return Line(label, points, words, tuple(claims))


def _words(what: str, names: dict[str, str]) -> str:
    if what in conditions.every():
        return conditions.every()[what].title
    if what in definitions.every():
        return definitions.every()[what].title
    return WORDS.get(what) or names.get(what) or what


def years(*, patient, who) -> list[Year]:
    """Risk adjustment factors by payment year, newest first; nothing for a pharmacy."""
    return [
        Year(
            row,
            decimal(row.blended_milli),
            NOT_COMPUTED.get(row.not_computed, row.not_computed),
            tuple(_model(model, row.inputs.get("diagnoses", {})) for model in row.answer),
            ", ".join(f"{number} {LEFT_OUT.get(why, why)}" for why, number in row.inputs.get("left_out", {}).items()),
        )
        for row in queries.rafs(patient=patient, who=who)
    ]


def _model(model: dict[str, Any], diagnoses: dict[str, list]) -> Model:
    steps = []
    if model["normalisation_milli"]:
        steps.append(
            (
                f"Divided by the normalisation {decimal(model['normalisation_milli'])}",
                decimal(model["normalised_milli"]),
            )
        )
    if model["payment_milli"] is not None and model["coding_intensity_permille"]:
        steps.append(
            (f"Less coding intensity {model['coding_intensity_permille'] / 10:.1f}%", decimal(model["payment_milli"]))
        )
    if model["weight"] and model["payment_milli"] is not None:
        steps.append(("Part of the blend", f"{model['weight']}%"))
    return Model(
        title=model["model"],
        segment=model["segment"],
        factors=tuple((_name(one), decimal(one["milli"])) for one in model["factors"]),
        categories=tuple(_category(one, diagnoses) for one in model["categories"]),
        raw=decimal(model["raw_milli"]),
        steps=tuple(steps),
        why_not=NOT_COMPUTED.get(model["not_computed"], model["not_computed"]),
    )


def _name(factor: dict[str, Any]) -> str:
    return f"HCC{factor['name']}" if factor["name"].isdigit() else factor["name"]


def _category(one: dict[str, Any], diagnoses: dict[str, list]) -> Category:
    claims = [(date_of(day), code, event) for code in one["diagnoses"] for event, day in diagnoses.get(code, ())]
    return Category(one["code"], one["label"], one["dropped_by"], decimal(one["factor_milli"]), tuple(sorted(claims)))


def decimal(milli: int | None) -> str:
    """Thousandths as '1.234'; '' for None."""
    return "" if milli is None else f"{milli / 1000:.3f}"
