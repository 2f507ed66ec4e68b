"""Clinical PDC: the covered days of one patient when fills paid in cash are counted, too. Never part of a measure's result.

No claim is made of a fill that is paid in cash (a discount card, a four-dollar list), so the plan's number does not know of it;
whether the patient has the medicine at hand is another question, and the pharmacist's. Period, stays and carry-over are those of the
result. A cash fill before the first claim counts from the first of the year on, for the days that lie in the period.
"""

from collections.abc import Iterable

from .pdc_strip import CARRIED, COVERED, FillFact, strip, supplied


def beside(cash: list[FillFact], fills: Iterable[FillFact]) -> list[FillFact]:
    """The cash fills that are fills of their own.

    A fill of the same package on the same day is told twice: by two feeds, or by the payer's claim, which then counts.
    """
    known = {(fill.ndc, fill.day) for fill in fills}
    first: dict[tuple[str, int], int] = {}
    for fill in cash:
        first.setdefault((fill.ndc, fill.day), fill.event_id)
    return [fill for fill in cash if (fill.ndc, fill.day) not in known and first[fill.ndc, fill.day] == fill.event_id]


def covered_days(
    fills: list[FillFact], cash: list[FillFact], stay_days: frozenset[int], *, index_day: int, seen_day: int
) -> int:
    """Days from index_day to seen_day, stay days left out, that fills and cash fills cover; a supply not known covers none."""
    known = [fill for fill in cash if fill.days_supply and fill.days_supply > 0]
    runs = strip(supplied([*fills, *known], stay_days), stay_days, index_day=index_day, seen_day=seen_day)
    return sum(run.days for run in runs if run.state in (COVERED, CARRIED))
