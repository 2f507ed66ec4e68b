"""One rule a file, one object `RULE` a file, code = file name. Walking the package registers them."""

import pkgutil
from functools import cache
from importlib import import_module

from ..rule import Rule


@cache
def every() -> dict[str, Rule]:
    """All rules by code; a rule comes after those that it yields to."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = {name: import_module(f"{__name__}.{name}").RULE for name in names}
    for name, rule in found.items():
        if rule.code != name:
            raise ValueError(f"The rule in {name}.py has the code {rule.code!r}.")
    ordered: dict[str, Rule] = {}
    while len(ordered) < len(found):
        ready = [n for n, rule in found.items() if n not in ordered and set(rule.yields_to) <= ordered.keys()]
        if not ready:
            raise ValueError("Rules yield to each other in a circle, or to one that does not exist.")
        ordered |= {name: found[name] for name in ready}
    return ordered
