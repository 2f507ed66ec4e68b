"""What a programme asks of a member: codes and numbers. The logic is in eligibility.py and attribution.py."""

from dataclasses import dataclass
from datetime import date

from carecoord.kernel.parameters.parameter import Parameter


@dataclass(frozen=True, kw_only=True)
class ProgramDefinition:
    """`line_of_business`: the one that the member must be covered by. `any_condition`: one of them, found in claims.

    `offers`: what a member gets, in plain sentences for letters; no sentence names a condition.
    `look_back_days` and `least_fills` are the parameters of the attribution, read as of the day of the decision.
    """

    code: str
    title: str
    line_of_business: str
    any_condition: tuple[str, ...]
    look_back_days: Parameter
    least_fills: Parameter
    offers: tuple[str, ...]
    source: str
    reviewed_on: date
    review_due: date
