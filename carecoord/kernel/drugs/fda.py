"""The FDA's NDC Directory: one tab-separated file of packages, or its own pair package.txt and product.txt.

Nothing is written here: `packages` yields a Package or a Problem for every line, as it is read.
"""

import gzip
import io
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .ingredients import ingredients
from .ndc import NotAnNdc, to_ndc11
from .sets import targets

_OPENERS = {".gz": gzip.open, ".xz": lzma.open}
_NEEDED = {"nonproprietaryname", "substancename", "dosageformname", "routename"}
_LIMITS = {"name": 300, "generic_name": 600, "strength": 1200, "unit": 1200, "dose_form": 100, "route": 300}


class NotAnNdcFile(ValueError):
    """The file does not have the columns of the NDC Directory."""


@dataclass(frozen=True)
class Package:
    line: int
    ndc11: str
    name: str
    generic_name: str
    ingredients: tuple[str, ...]
    strength: str
    unit: str
    dose_form: str
    route: str
    pharm_class: str


@dataclass(frozen=True)
class Problem:
    """What is wrong with one line: where, which field, a stable code, and the sentence for the reader."""

    line: int
    field: str
    code: str
    message: str


def packages(path: Path, products: Path | None = None) -> Iterator[Package | Problem]:
    """Every line of the file as a Package or a Problem. `products` is FDA's product.txt when `path` is package.txt.

    Raises NotAnNdcFile when the header lacks a column.
    """
    known = _by_product_id(products) if products else None
    for line, row in _rows(path, needed={"productid"} if known is not None else _NEEDED):
        if None in row or None in row.values():
            yield Problem(line, "", "wrong_number_of_fields", "The line has more or fewer fields than the header.")
            continue
        if known is not None:
            product = known.get(row["productid"])
            if product is None:
                yield Problem(line, "productid", "unknown_product", "No such product in the product file.")
                continue
            row = product | row
        yield _package(line, row)


def _package(line: int, row: dict[str, str]) -> Package | Problem:
    field = "ndc11" if "ndc11" in row else "ndcpackagecode"
    try:
        ndc11 = to_ndc11(row.get(field, ""))
    except NotAnNdc as wrong:
        return Problem(line, field, "not_an_ndc", str(wrong))
    found = ingredients(row["substancename"], row["nonproprietaryname"], targets())
    if not found:
        return Problem(line, "substancename", "no_ingredient", "The line names neither substance nor generic name.")
    texts = {
        "name": row.get("proprietaryname", "").strip() or row["nonproprietaryname"].strip(),
        "generic_name": row["nonproprietaryname"].strip(),
        "strength": row.get("active_numerator_strength", "").strip(),
        "unit": row.get("active_ingred_unit", "").strip(),
        "dose_form": row["dosageformname"].strip(),
        "route": row["routename"].strip(),
    }
    # The directory cuts nothing: texts beyond these lengths are allergen and homeopathic mixtures of a hundred parts.
    texts = {key: value[: _LIMITS[key]] for key, value in texts.items()}
    return Package(
        line=line,
        ndc11=ndc11,
        ingredients=tuple(name[:300] for name in found),
        pharm_class=row.get("pharm_classes", "").strip(),
        **texts,
    )


def _by_product_id(path: Path) -> dict[str, dict[str, str]]:
    rows = _rows(path, needed=_NEEDED | {"productid"})
    return {row["productid"]: row for _, row in rows if None not in row and None not in row.values()}


def _rows(path: Path, needed: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) with lower-case column names. The header is line 1; lines that begin with # are notes."""
    opener = _OPENERS.get(path.suffix, open)
    with opener(path, "rb") as raw, io.TextIOWrapper(raw, encoding="utf-8", errors="replace", newline="") as file:
        numbered = ((number, text) for number, text in enumerate(file, 1) if not text.startswith("#"))
        _, header = next(numbered, (1, ""))
        columns = header.rstrip("\r\n").lower().split("\t")
        missing = needed - set(columns)
        if missing:
            raise NotAnNdcFile(f"This is not an NDC Directory file: no column {', '.join(sorted(missing))}.")
        for number, text in numbered:
            values = text.rstrip("\r\n").split("\t")
            row = dict(zip(columns, values, strict=False))
            if len(values) != len(columns):
                row[None] = None
            yield number, row
