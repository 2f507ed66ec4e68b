"""One measure a file, one object `MEASURE` a file, code = file name. Walking the package registers them."""

import pkgutil
from functools import cache
from importlib import import_module

from ..measure import Measure


class UnknownMeasure(LookupError):
    """No definition has that code."""


@cache
def every() -> dict[str, Measure]:
    """All measures by code, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = {name: import_module(f"{__name__}.{name}").MEASURE for name in names}
    for name, measure in found.items():
        if measure.code != name:
            raise ValueError(f"The measure in {name}.py has the code {measure.code!r}.")
    return found


def of_kind(kind: type) -> list[str]:
    """The codes of all measures of a kind."""
    return [code for code, measure in every().items() if isinstance(measure.kind, kind)]


def find(code: str) -> Measure:
    """The measure with that code. Raises UnknownMeasure."""
    if measure := every().get(code):
        return measure
    raise UnknownMeasure(f"There is no measure {code!r}. There are: {', '.join(every())}.")
