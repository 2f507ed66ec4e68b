"""One protocol a file, one object `PROTOCOL` a file, code = file name. Walking the package registers them."""

import pkgutil
from functools import cache
from importlib import import_module

from ..protocol import Protocol


class UnknownProtocol(LookupError):
    """No protocol has that code."""


@cache
def every() -> dict[str, Protocol]:
    """All protocols by code, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = {name: import_module(f"{__name__}.{name}").PROTOCOL for name in names}
    for name, protocol in found.items():
        if protocol.code != name:
            raise ValueError(f"The protocol in {name}.py has the code {protocol.code!r}.")
    return found


def find(code: str) -> Protocol:
    """The protocol with that code. Raises UnknownProtocol."""
    if protocol := every().get(code):
        return protocol
    raise UnknownProtocol(f"There is no protocol {code!r}. There are: {', '.join(every())}.")


def title(code: str) -> str:
    """Its title; the code itself for a protocol that was taken away since."""
    protocol = every().get(code)
    return protocol.title if protocol else code
