"""Which patients of a payer have a condition as of a day, and the claims that prove it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from carecoord.kernel.periods import day_number

from ..code_lists import in_sql
from .condition import Condition

_BATCH = 2_000


@dataclass(frozen=True)
class Evidence:
    """One claim: its event, the day (number since 1970-01-01), the code and the setting."""

    event_id: int
    day: int
    code: str
    setting: str


@dataclass(frozen=True)
class Found:
    """first_met_day: when the rule was first met within the look-back; last_seen_day: the newest claim with a code."""

    patient_id: int
    condition: str
    first_met_day: int
    last_seen_day: int
    evidence: tuple[Evidence, ...]


def find(
    cursor, *, condition: Condition, as_of: date, payer_id: int, patient_ids: Sequence[int] | None = None
) -> Iterator[Found]:
    """Everybody who meets the rule as of that day, in order of patient ids; patient_ids None asks for all."""
    people = "" if patient_ids is None else "AND d.patient_id = ANY(%(patient_ids)s)"
    text = _template().format(
        strong=in_sql(condition.strong_settings),
        accepted=in_sql(condition.strong_settings + condition.weak_settings),
        codes=in_sql(condition.diagnoses),
        people=people,
    )
    as_of_day = day_number(as_of)
    parameters = {
        "payer_id": payer_id,
        "as_of_day": as_of_day,
        "before_day": as_of_day - condition.look_back_days,
    }
    cursor.execute(text, parameters | ({} if patient_ids is None else {"patient_ids": list(patient_ids)}))
    while batch := cursor.fetchmany(_BATCH):
        for patient_id, last_day, *claims in batch:
            evidence = tuple(Evidence(*claim) for claim in (claims[:4], claims[4:]) if claim[0] is not None)
            yield Found(patient_id, condition.code, evidence[-1].day, last_day, evidence)


@cache
def _template() -> str:
    return Path(__file__).with_name("found.sql").read_text(encoding="utf-8")
