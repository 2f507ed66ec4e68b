"""One clinical measure a file, one object `MEASURE` a file, code = file name. Walking the package registers them."""

import pkgutil
from functools import cache
from importlib import import_module

from ..measure import ClinicalMeasure


@cache
def every() -> dict[str, ClinicalMeasure]:
    """All clinical measures by the name that MeasureReports call them."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("cms"))
    found = {name: import_module(f"{__name__}.{name}").MEASURE for name in names}
    for name, measure in found.items():
        if measure.code != name:
            raise ValueError(f"The measure in {name}.py has the code {measure.code!r}.")
    return {measure.report: measure for measure in found.values()}
