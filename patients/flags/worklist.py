"""Who first: the rank of a flag as a sum that a pharmacist can check, line by line."""

from datetime import date

from carecoord.kernel.parameters.parameter import Parameter

from .case import Case
from .models import Flag
from .rule import days

Severity = Flag.Severity


def _points(name, default, why):
    return Parameter(f"flags.points_{name}", default=default, unit="points", low=0, high=1000, why=why, by_network=True)


BY_SEVERITY = {
    Severity.URGENT: _points("urgent", 500, "Time decides: nothing routine may stand above it."),
    Severity.HIGH: _points("high", 300, "Can still be turned, without haste."),
    Severity.ROUTINE: _points("routine", 100, "This year is lost; the next one is not."),
}
LABELS = {Severity.URGENT: "Urgent", Severity.HIGH: "High", Severity.ROUTINE: "Routine"}
SOON_DAYS = Parameter(
    "flags.soon_days",
    default=30,
    unit="days",
    low=1,
    high=180,
    why="Further away than a month, the date does not press.",
    by_network=True,
)
POINTS_A_DAY_SOONER = _points("a_day_sooner", 5, "Thirty days apart weigh 150: never more than a step of severity.")
POINTS_OUT_OF_SUPPLY = _points("out_of_supply", 30, "Without tablets today is worse than without tablets next week.")
CENTS_A_POINT = Parameter(
    "flags.cents_a_point",
    default=200,
    unit="cents",
    low=1,
    high=100_000,
    why="Pay breaks ties between patients who need it alike; $25 weighs 12 points, less than three days.",
    by_network=True,
)
POINTS_VALUE_AT_MOST = _points("value_at_most", 15, "However well paid: no service lifts a patient over a sicker one.")


def arithmetic(case: Case, severity: str, due_on: date | None, value_cents: int) -> list[list]:
    """[label, points], largest concern first; their sum is the rank. `due_on`: the day by which the flag asks to act."""
    limits = case.limits
    lines = [[LABELS[severity], limits[BY_SEVERITY[severity]]]]
    if due_on is not None:
        left = (due_on - case.as_of).days
        sooner = limits[SOON_DAYS] - min(max(left, 0), limits[SOON_DAYS])
        if sooner:
            label = f"{days(left)} to act" if left >= 0 else "Past the last day to act"
            lines.append([label, sooner * limits[POINTS_A_DAY_SOONER]])
    if case.is_out_of_supply:
        lines.append(["Out of supply", limits[POINTS_OUT_OF_SUPPLY]])
    if points := min(value_cents // limits[CENTS_A_POINT], limits[POINTS_VALUE_AT_MOST]):
        lines.append(["Value of the service", points])
    return lines


def rank(lines: list[list]) -> int:
    return sum(points for _, points in lines)
