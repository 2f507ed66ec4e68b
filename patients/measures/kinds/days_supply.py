"""Days' supply that cannot be right: said beside the fill, for somebody to ask the pharmacy. Never changed, and no result differs.

What is judged: that a supply is told at all, that it is no longer than a year, and, of tablets and capsules, that the quantity makes
a dose that people take. Of liquids, pens and inhalers a quantity says nothing of days.
"""

from datetime import date
from decimal import Decimal

from carecoord.kernel.drugs.forms import ORAL_SOLID
from carecoord.kernel.parameters.parameter import Parameter

MOST_UNITS_A_DAY = Parameter(
    "measures.supply_most_units_a_day",
    default=12,
    unit="tablets a day",
    low=4,
    high=60,
    why="Twelve tablets a day (three, four times) is more than the labels of adherence medicines ask for; 90 for 3 days is 30. "
    "House rule.",
)
MOST_DAYS_A_UNIT = Parameter(
    "measures.supply_most_days_a_unit",
    default=4,
    unit="days a tablet",
    low=2,
    high=31,
    why="Half a tablet every other day is four days a tablet; 30 tablets for more than 120 days lie beyond that. House rule.",
)
LONGEST_SUPPLY_DAYS = Parameter(
    "measures.supply_longest_days",
    default=365,
    unit="days",
    low=100,
    high=366,
    why="No prescription is dispensed for more than a year; feeds take up to 366 days. House rule.",
)


def doubt(*, quantity: Decimal | None, days_supply: int | None, form: str, as_of: date) -> str:
    """What cannot be right of a fill, as a sentence; '' when nothing speaks against it. `form`: a group of drugs.forms."""
    if not days_supply or days_supply < 0:
        told = "" if quantity is None else f" for {_number(quantity)} {_units(form)}"
        return f"No days' supply{told}: ask the pharmacy."
    if days_supply > LONGEST_SUPPLY_DAYS.low and days_supply > LONGEST_SUPPLY_DAYS.on(as_of):
        return f"Days' supply of {days_supply}: ask the pharmacy."
    if form == ORAL_SOLID and quantity is not None and _is_odd(quantity, days_supply, as_of):
        return f"Days' supply of {days_supply} for {_number(quantity)} {_units(form)}: ask the pharmacy."
    return ""


def _is_odd(quantity: Decimal, days_supply: int, as_of: date) -> bool:
    """Whether the quantity is too much or too little for the days. What the strictest limits let pass is not looked up."""
    is_much = quantity > days_supply * MOST_UNITS_A_DAY.low and quantity > days_supply * MOST_UNITS_A_DAY.on(as_of)
    is_little = quantity * MOST_DAYS_A_UNIT.low < days_supply and quantity * MOST_DAYS_A_UNIT.on(as_of) < days_supply
    return is_much or is_little


def _number(quantity: Decimal) -> str:
    whole = f"{quantity:f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def _units(form: str) -> str:
    return "tablets or capsules" if form == ORAL_SOLID else "units"
