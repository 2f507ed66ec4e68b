"""One programme a file, one object `PROGRAM` a file, code = file name. Walking the package registers them."""

import pkgutil
from functools import cache
from importlib import import_module

from ..definition import ProgramDefinition


class UnknownDefinition(LookupError):
    """No definition has that code."""


@cache
def every() -> dict[str, ProgramDefinition]:
    """All definitions by code, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = {name: import_module(f"{__name__}.{name}").PROGRAM for name in names}
    for name, program in found.items():
        if program.code != name:
            raise ValueError(f"The programme in {name}.py has the code {program.code!r}.")
    return found


def find(code: str) -> ProgramDefinition:
    """The definition with that code. Raises UnknownDefinition."""
    if definition := every().get(code):
        return definition
    raise UnknownDefinition(f"There is no programme definition {code!r}. There are: {', '.join(every())}.")
