"""The four-valued flag of each condition at the end of a year: claims, coverage, both or neither.

Source: resdac.org, end-of-year indicators of the CCW: claims criteria within the look-back, and parts A and B without Medicare
Advantage for all of it, since claims of Advantage members do not reach Medicare. Here they may: a plan's own feed has them. So
months of Advantage are counted apart, and whoever asks says whether they count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from carecoord.kernel.parameters.parameter import Parameter
from carecoord.kernel.periods import date_of, day_number

from . import definitions
from .condition import Condition
from .find import Found, find

GAP_MONTHS = Parameter(
    "measures.condition_gap_months",
    default=0,
    unit="months",
    low=0,
    high=3,
    why="Months without cover that a look-back may have. CCW asks for cover in all of it; its statistics let one month a year go.",
)
NEITHER, CLAIMS, COVERAGE, BOTH = range(4)
IS_ADVANTAGE = "substr(c.contract, 1, 1) IN ('H', 'R', 'E')"
"""CMS contract numbers: H local, R regional and E employer Advantage plans; S is a drug plan beside parts A and B."""
MOST_YEARS = 2


@dataclass(frozen=True)
class Flag:
    """One member and condition at the end of a year. `value`: 0 neither, 1 claims only, 2 coverage only, 3 both.

    Of `months_asked` (of the look-back, until death) `months_covered` had cover outside Medicare Advantage, `months_advantage` in it.
    """

    patient_id: int
    condition: str
    value: int
    months_asked: int
    months_covered: int
    months_advantage: int
    found: Found | None

    @property
    def first_ever_on(self) -> date | None:
        return self.found and date_of(self.found.first_ever_day)


def flags(
    cursor,
    *,
    year: int,
    payer_id: int,
    patient_ids: Sequence[int],
    conditions: Sequence[str] | None = None,
    advantage_counts: bool = False,
) -> Iterator[Flag]:
    """A Flag for each of these patients and conditions (None: all), by patient and condition. Raises UnknownCondition."""
    as_of = date(year, 12, 31)
    asked = {"as_of": as_of, "payer_id": payer_id, "patient_ids": patient_ids, "conditions": conditions}
    found = {(row.patient_id, row.condition): row for row in find(cursor, **asked)}
    codes = sorted(definitions.every() if conditions is None else conditions)
    months = _months(cursor, year, payer_id, patient_ids)
    gap = GAP_MONTHS.on(as_of)
    for patient_id, by_years in months.items():
        for code in codes:
            one, row = definitions.find(code), found.get((patient_id, code))
            yield _flag(patient_id, one, row, by_years[one.look_back_years], gap, advantage_counts)


def _flag(patient_id: int, one: Condition, row: Found | None, months, gap: int, advantage_counts: bool) -> Flag:
    asked, covered, advantage = months
    enough = covered + (advantage if advantage_counts else 0) >= asked - gap and asked > 0
    value = (CLAIMS if row else NEITHER) + (COVERAGE if enough else NEITHER)
    return Flag(patient_id, one.code, value, asked, covered, advantage, row)


def _months(cursor, year: int, payer_id: int, patient_ids: Sequence[int]) -> dict[int, dict[int, tuple[int, int, int]]]:
    """patient id -> years of look-back -> (months asked for, covered, in Advantage)."""
    firsts = [date(year - back, month, 1) for back in range(MOST_YEARS) for month in range(12, 0, -1)]
    values = ", ".join(f"({place}, {day_number(first)})" for place, first in enumerate(firsts, 1))
    text = _template().format(months=f"month (place, first_day) AS (VALUES {values})", is_advantage=IS_ADVANTAGE)
    cursor.execute(text, {"payer_id": payer_id, "patient_ids": list(patient_ids)})
    return {row[0]: {1: row[1:4], 2: row[4:7]} for row in cursor.fetchall()}


@cache
def _template() -> str:
    return Path(__file__).with_name("coverage.sql").read_text(encoding="utf-8")
