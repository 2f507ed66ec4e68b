"""The score of a person's diagnoses in a payment year: pure, and the same again from what is stored.

Factors have three decimals, so that a raw score is exact in thousandths. After each step CMS rounds to three decimals, half up:
raw / normalisation, x (1 - coding intensity), and the blend of two models.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from . import library, rx
from .person import Person
from .years import CODING_INTENSITY_PERMILLE, RX, YEARS, PartC, PaymentYear

CACHED = 20_000
COUNTS = frozenset(["D10P", *(f"D{number}" for number in range(1, 10))])


class NoSuchPaymentYear(LookupError):
    """There are no models for that payment year."""


@dataclass(frozen=True)
class Factor:
    """One addend. `kind`: demographic, category, count or interaction. `milli`: thousandths."""

    name: str
    kind: str
    milli: int


@dataclass(frozen=True)
class Category:
    """An HCC with the diagnoses behind it. `dropped_by`: the category that takes its place by the hierarchies; '' if none.
    `factor_milli` None: the segment has no factor for it, or it was dropped."""

    code: str
    label: str
    diagnoses: tuple[str, ...]
    dropped_by: str
    factor_milli: int | None


@dataclass(frozen=True)
class ModelScore:
    """Sum of `factors` = `raw_milli`. `normalised_milli` and `payment_milli` are None where no normalisation is published."""

    code: str
    model: str
    segment: str
    weight: int
    factors: tuple[Factor, ...]
    categories: tuple[Category, ...]
    raw_milli: int
    normalisation_milli: int | None
    normalised_milli: int | None
    coding_intensity_permille: int
    payment_milli: int | None
    not_computed: str = ""


@dataclass(frozen=True)
class Raf:
    """The models of a payment year. `blended_milli`: Part C as it is paid; None where a part of it is not computed."""

    payment_year: int
    models: tuple[ModelScore, ...]
    blended_milli: int | None

    def of(self, code: str) -> ModelScore | None:
        return next((one for one in self.models if one.code == code), None)


def score(person: Person, diagnoses: Iterable[str], *, payment_year: int) -> Raf:
    """The scores of a payment year from diagnoses of the year before (ICD-10-CM, with or without dots). Raises
    NoSuchPaymentYear."""
    if payment_year not in YEARS:
        raise NoSuchPaymentYear(f"There are no models for payment year {payment_year}.")
    return _score(person, frozenset(code.upper().replace(".", "") for code in diagnoses), payment_year)


@lru_cache(maxsize=CACHED)
def _score(person: Person, diagnoses: frozenset[str], payment_year: int) -> Raf:
    year = YEARS[payment_year]
    part_c = [_part_c(one, year, person, diagnoses) for one in year.part_c]
    paid = [one for one in part_c if one.weight]
    blended = None
    if all(one.payment_milli is not None for one in paid):
        blended = half_up(Decimal(sum(one.weight * one.payment_milli for one in paid)) / 100)
    return Raf(payment_year, (*part_c, *_part_d(year, person, diagnoses)), blended)


def half_up(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def _part_c(part: PartC, year: PaymentYear, person: Person, diagnoses: frozenset[str]) -> ModelScore:
    if person.esrd:  # dialysis, transplant and graft have models of their own, for which feeds do not tell enough
        return _not_computed(part.code, part.model, part.weight, "esrd")
    found = library.calculate(
        diagnosis_codes=sorted(diagnoses),
        model_name=part.model,
        age=person.age,
        sex=person.sex,
        dual_elgbl_cd=person.dual or "00",
        orec=person.original_reason,
        new_enrollee=person.new_enrollee,
        low_income=person.low_income,
        lti=person.institutional and not person.new_enrollee,
        dx_to_cc_mapping=library.mapping(year.mapping),
        coefficients_mapping=library.factors(year.factors),
    )
    kept = set(found.hcc_list)
    factors = tuple(
        Factor(name, _kind(name, kept, found.demographics.category), _milli(value))
        for name, value in sorted(found.coefficients.items())
    )
    return finish(
        ModelScore(
            code=part.code,
            model=part.model,
            segment=_segment(person),
            weight=part.weight,
            factors=factors,
            categories=categories(part.model, found.cc_to_dx, kept, factors),
            raw_milli=sum(one.milli for one in factors),
            normalisation_milli=part.normalisation,
            normalised_milli=None,
            coding_intensity_permille=CODING_INTENSITY_PERMILLE,
            payment_milli=None,
        )
    )


def _part_d(year: PaymentYear, person: Person, diagnoses: frozenset[str]) -> list[ModelScore]:
    if year.part_d is None:
        return [_not_computed("rx", RX, 0, "no_factors")]
    file, model = year.part_d.file, year.part_d.models[person.channel]
    by_category = library.mapped(sorted(diagnoses), model=RX, file=year.mapping)
    kept = library.after_hierarchies(set(by_category), model=RX)
    table, prefix = library.factors(file), rx.prefix(person)
    keys = ((name, kind, (f"{prefix}{name}".lower(), model)) for name, kind in rx.variables(person, kept))
    factors = tuple(Factor(name, kind, _milli(table[key])) for name, kind, key in keys if key in table)
    return [
        finish(
            ModelScore(
                code="rx",
                model=model,
                segment=prefix.removeprefix("Rx_").rstrip("_"),
                weight=0,
                factors=factors,
                categories=categories(RX, by_category, kept, factors),
                raw_milli=sum(one.milli for one in factors),
                normalisation_milli=year.part_d.normalisation.get(person.channel),
                normalised_milli=None,
                coding_intensity_permille=0,
                payment_milli=None,
            )
        )
    ]


def finish(found: ModelScore) -> ModelScore:
    """With what is normalised and paid."""
    if found.normalisation_milli is None:
        return found
    normalised = half_up(Decimal(1000 * found.raw_milli) / found.normalisation_milli)
    paid = half_up(Decimal(normalised * (1000 - found.coding_intensity_permille)) / 1000)
    return ModelScore(**vars(found) | {"normalised_milli": normalised, "payment_milli": paid})


def categories(model: str, by_category: dict[str, set[str]], kept: set[str], factors) -> tuple[Category, ...]:
    """All categories that diagnoses lead to, dropped ones too, by number."""
    weights = {one.name.removeprefix("RXHCC"): one.milli for one in factors if one.kind == "category"}
    return tuple(
        Category(
            code=code,
            label=library.label(code, model),
            diagnoses=tuple(sorted(by_category[code])),
            dropped_by="" if code in kept else _above(code, by_category, model),
            factor_milli=weights.get(code) if code in kept else None,
        )
        for code in sorted(by_category, key=int)
    )


def _above(code: str, by_category, model: str) -> str:
    """The first category that is there and takes its place. V28's HCC 223 counts only beside another of heart failure: 'alone'."""
    parents = [one for one in sorted(by_category, key=int) if code in library.takes_place_of(one, model)]
    return parents[0] if parents else "alone"


def _not_computed(code: str, model: str, weight: int, why: str) -> ModelScore:
    return ModelScore(code, model, "", weight, (), (), 0, None, None, 0, None, why)


def _kind(name: str, kept: set[str], demographic: str) -> str:
    if name in kept:
        return "category"
    if name in COUNTS:
        return "count"
    about = ("OriginallyDisabled", "NMCAID", "MCAID", "LTIMCAID", "Originally_")
    return "demographic" if name == demographic or name.startswith(about) else "interaction"


def _segment(person: Person) -> str:
    if person.new_enrollee:
        return "NE"
    if person.institutional:
        return "INS"
    dual = "F" if person.dual in {"02", "04", "08"} else "P" if person.dual in {"01", "03", "05", "06"} else "N"
    return f"C{dual}{'A' if person.age >= 65 else 'D'}"


def _milli(value: float) -> int:
    return half_up(Decimal(str(value)) * 1000)


def as_told(raf: Raf) -> list[dict[str, Any]]:
    """The models, ready for JSON."""
    return [
        vars(one)
        | {
            "factors": [vars(f) for f in one.factors],
            "categories": [vars(c) | {"diagnoses": list(c.diagnoses)} for c in one.categories],
        }
        for one in raf.models
    ]
