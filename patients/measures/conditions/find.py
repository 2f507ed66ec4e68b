"""Which patients of a payer have which conditions as of a day, and the claims that prove it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from carecoord.kernel.periods import day_number

from . import definitions, tables
from .condition import Condition

_BATCH = 2_000
CLAIMS = 3
"""As many claims as any way asks for."""
PARTS = ("event_id", "day", "code", "setting")


@dataclass(frozen=True)
class Evidence:
    """One claim: its event, the day (number since 1970-01-01), the code and the setting."""

    event_id: int
    day: int
    code: str
    setting: str


@dataclass(frozen=True)
class Found:
    """A condition that is met. `way` is the number of the way that met it first within the look-back, on `first_met_day`.

    `first_ever_day`: when claims, however old, first met the rule. `last_seen_day`: the newest claim that counts.
    """

    patient_id: int
    condition: str
    way: int
    first_met_day: int
    first_ever_day: int
    last_seen_day: int
    detail: str
    evidence: tuple[Evidence, ...]


def sources(
    *, asked: Iterable[Condition], as_of: date, payer_id: int, patient_ids: Sequence[int] | None, is_made: bool = False
) -> tuple[str, dict[str, Any]]:
    """Common table expressions of codes, rules and facts, with their parameters; `is_made`: tables.make made codes and rules."""
    text, parameters = ("", {}) if is_made else tables.inline(asked=asked, every=definitions.every(), as_of=as_of)
    people = {
        f"people_{alias}": ""
        if patient_ids is None
        else f"AND {alias}.patient_id = ANY(CAST(%(patient_ids)s AS bigint[]))"
        for alias in "dsfv"
    }
    parameters |= {"payer_id": payer_id, "as_of_day": day_number(as_of)}
    if patient_ids is not None:
        parameters["patient_ids"] = list(patient_ids)
    return f"{text}{',' if text else ''}\n{_file('fact.sql').format(**people)}", parameters


def select(**asked: Any) -> tuple[str, dict[str, Any]]:
    """The text of the pass and its parameters, of what `sources` takes. Its columns: patient_id, condition (a number), way, met_day,
    ever_day, last_day, detail, and of each of three claims event_id_1, day_1, code_1, setting_1."""
    text, parameters = sources(**asked)
    return _file("pass.sql").format(sources=text, **_columns()), parameters


def find(
    cursor,
    *,
    as_of: date,
    payer_id: int,
    conditions: Sequence[str] | None = None,
    patient_ids: Sequence[int] | None = None,
) -> Iterator[Found]:
    """Everybody who meets a rule as of that day, by patient and condition; None asks for all conditions, and for all patients.

    Raises UnknownCondition.
    """
    codes = definitions.every() if conditions is None else conditions
    asked = [definitions.find(code) for code in codes]
    text, parameters = select(asked=asked, as_of=as_of, payer_id=payer_id, patient_ids=patient_ids)
    cursor.execute(f"{text} ORDER BY m.patient_id, m.condition", parameters)
    while batch := cursor.fetchmany(_BATCH):
        yield from map(_found, batch)


def _found(row: Sequence[Any]) -> Found:
    patient_id, number, way, met, ever, last, detail, *claims = row
    parts = (claims[at : at + len(PARTS)] for at in range(0, CLAIMS * len(PARTS), len(PARTS)))
    evidence = tuple(Evidence(*part) for part in parts if part[0] is not None)
    return Found(patient_id, definitions.by_number()[number].code, way, met, ever, last, detail, evidence)


@cache
def _columns() -> dict[str, str]:
    settings = " ".join(f"WHEN {place} THEN '{setting}'" for place, setting in enumerate(tables.SETTINGS))
    claims = [
        f"CAST((m.claim_{place} - mod(m.claim_{place}, 1000000)) / 1000000 AS bigint) AS event_id_{place}, m.day_{place},\n"
        f"    c{place}.code AS code_{place}, CASE mod(m.claim_{place}, 10) {settings} END AS setting_{place}"
        for place in range(1, CLAIMS + 1)
    ]
    return {"evidence": ",\n    ".join(claims)}


@cache
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
