"""Rules about an open gap in one measure: what they have in common."""

from collections.abc import Callable
from datetime import date

from carecoord.kernel.parameters.parameter import Parameter

from .case import Gap
from .rule import Rule, short_day
from .suppressions import DECEASED, DECLINED, HOSPICE, REST_DAYS, service_given

ROUTINE_GAPS = Parameter(
    "flags.routine_gaps",
    default=0,
    unit="(1: on the list, 0: on the chart alone)",
    low=0,
    high=1,
    why="Where a payer sends claims alone, tests and vaccines look missing for nearly everybody and would fill the list. A "
    "network whose payers send laboratory results and registries turns them on.",
    by_network=True,
)


def gap_rule(
    *,
    code: str,
    title: str,
    measure: str,
    who: str,
    severity: Callable[[Gap], str],
    reason: Callable[[Gap], str],
    do: str,
    source: str,
    reviewed_on: date,
    review_due: date,
    when: Callable[[Gap], bool] = lambda case: True,
    unless: tuple[str, ...] = (),
    protocol: str = "medication_review",
    service_code: str = "99606",
    limits: tuple[Parameter, ...] = (),
    headline: Callable[[Gap], str] | None = None,
) -> Rule:
    """Speaks while the gap in `measure` is open and `when` holds, `unless` one of those other measures has an open gap too: its
    rule says more."""
    return Rule(
        code=code,
        title=title,
        about=Gap,
        protocol=protocol,
        service_code=service_code,
        who=who,
        when=lambda case: (
            case.measure == measure and case.is_open and when(case) and not any(map(case.whole.gap, unless))
        ),
        severity=severity,
        headline=headline or value_headline,
        reason=reason,
        do=lambda case: do,
        due_on=lambda case: case.last_day,
        limits=(*limits, REST_DAYS),
        suppress=(DECEASED, HOSPICE, DECLINED, service_given(protocol)),
        source=source,
        reviewed_on=reviewed_on,
        review_due=review_due,
    )


def value_headline(case: Gap) -> str:
    """'A1c above 9%: 9.8 %, by 31 Dec'."""
    value = f": {case.value}" if case.value else ""
    return f"{case.short}{value}{f', by {short_day(case.last_day)}' if case.last_day else ''}"[:80]


def seen(case: Gap) -> str:
    """' on 3 Mar', where the value has a day."""
    return f" on {short_day(case.value_on)}" if case.value_on else ""
