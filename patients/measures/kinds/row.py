"""What every kind gives for a patient."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One patient whom the measure looks at. Days are numbers since 1970-01-01.

    numerator: what the measure counts happened; whether that is good says Measure.lower_is_better. last_day is the last day
    on which acting still helps; None once nothing can be done or need be. `fills` counts the claims that it begins with.
    value_milli, second_milli, limit_milli: thousandths of the measure's unit; value_event_id: the claim of the value or that met it.
    not_in_denominator and not_computed are codes, '' when there is nothing to say (sentences: reasons.py).
    """

    patient_id: int
    denominator: bool
    exclusion: str
    numerator: bool
    not_in_denominator: str
    not_computed: str
    index_day: int | None
    period_end_day: int | None
    last_day: int | None
    fills: int


@dataclass(frozen=True)
class ValueRow(Row):
    """A row with a value that is compared with a limit."""

    value_milli: int | None
    second_milli: int | None
    limit_milli: int | None
    value_day: int | None
    value_event_id: int | None
