"""One edit a file; the file's name is its code. Walking the package registers it."""

from importlib import import_module
from pkgutil import iter_modules

from ..edit import Finding

EDITS = {
    name: import_module(f"{__name__}.{name}").EDIT for name in sorted(module.name for module in iter_modules(__path__))
}


def run(facts):
    """Asks every edit; a tuple of Findings in the order of the codes."""
    return tuple(Finding(edit=edit, message=edit.check(facts) or "") for edit in EDITS.values())
