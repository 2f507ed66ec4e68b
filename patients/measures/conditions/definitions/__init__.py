"""One condition a file, one object `CONDITION` a file, code = file name. Walking the package registers them."""

import pkgutil
from functools import cache
from importlib import import_module

from ..condition import Condition


@cache
def every() -> dict[str, Condition]:
    """All conditions by code, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = {name: import_module(f"{__name__}.{name}").CONDITION for name in names}
    for name, condition in found.items():
        if condition.code != name:
            raise ValueError(f"The condition in {name}.py has the code {condition.code!r}.")
    return found
