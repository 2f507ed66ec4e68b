"""Where and for whom a service is given, as far as a protocol has to know beyond its own answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Shelved:
    """A vaccine lot on the pharmacy's shelf; `ref` is its public id as text."""

    ref: str
    cvx: str
    ndc: str
    product: str
    lot: str
    expires_on: date
    left: int
    is_recalled: bool


@dataclass(frozen=True, kw_only=True)
class Setting:
    """`age` in years on the day (None: not known), `state` of the pharmacy, `lots()` on its shelf: asked when needed."""

    age: int | None = None
    state: str = ""
    lots: Callable[[], tuple[Shelved, ...]] = lambda: ()
