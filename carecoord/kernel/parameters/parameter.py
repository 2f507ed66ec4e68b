"""A number that may change, declared beside its use, read as of a date. Results store the limit that they used."""

from dataclasses import dataclass

from .models import ParameterValue

REGISTRY = {}


@dataclass(frozen=True)
class Parameter:
    """`low` and `high` bound what a person may set; `why` is the reason for the default, with its source.

    `by_network`: each network may have a value of its own.
    """

    code: str
    default: int
    unit: str
    low: int
    high: int
    why: str
    by_network: bool

    def __init__(self, code, *, default, unit, low, high, why, by_network=False):
        for name, value in {
            "code": code,
            "default": default,
            "unit": unit,
            "low": low,
            "high": high,
            "why": why,
            "by_network": by_network,
        }.items():
            object.__setattr__(self, name, value)
        if not low <= default <= high:
            raise ValueError(f"{code}: the default {default} is outside {low}..{high}.")
        REGISTRY[code] = self

    def on(self, day, *, network_id=None):
        """The value in force on a day: the network's own newest that starts on or before it, else that for everybody, else the
        default."""
        scopes = ["", network_scope(network_id)] if network_id and self.by_network else [""]
        rows = ParameterValue.objects.filter(code=self.code, since__lte=day, scope__in=scopes)
        row = rows.order_by("-scope", "-since").first()
        return row.value if row else self.default


def network_scope(network_id):
    """The scope of a network's own values."""
    return f"network:{network_id}"
