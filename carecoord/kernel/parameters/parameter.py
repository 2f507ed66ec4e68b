"""A number that may change, declared beside its use, read as of a date. Results store the limit that they used."""

from dataclasses import dataclass

from .models import ParameterValue

REGISTRY = {}


@dataclass(frozen=True)
class Parameter:
    """`low` and `high` bound what a person may set; `why` is the reason for the default, with its source."""

    code: str
    default: int
    unit: str
    low: int
    high: int
    why: str

    def __init__(self, code, *, default, unit, low, high, why):
        for name, value in {
            "code": code,
            "default": default,
            "unit": unit,
            "low": low,
            "high": high,
            "why": why,
        }.items():
            object.__setattr__(self, name, value)
        if not low <= default <= high:
            raise ValueError(f"{code}: the default {default} is outside {low}..{high}.")
        REGISTRY[code] = self

    def on(self, day):
        """The value in force on a day: the newest that starts on or before it, else the default."""
        row = ParameterValue.objects.filter(code=self.code, since__lte=day).order_by("-since").first()
        return row.value if row else self.default
