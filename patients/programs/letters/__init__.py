"""One letter a file, one object `LETTER` a file, kind = file name. Walking the package registers them."""

import pkgutil
from functools import cache
from importlib import import_module

from .letter import Letter

LANGUAGE = "en"
"""The only language in which we have the letters."""


@cache
def every() -> dict[str, Letter]:
    """All letters by kind."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "letter")
    found = {name: import_module(f"{__name__}.{name}").LETTER for name in names}
    for name, letter in found.items():
        if letter.kind != name:
            raise ValueError(f"The letter in {name}.py has the kind {letter.kind!r}.")
    return found
