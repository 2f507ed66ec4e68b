"""Reading the drug reference."""

from collections.abc import Iterable

from .models import DrugSetMember, Product


def product_ids(ndcs: Iterable[str]) -> dict[str, int]:
    """Eleven-digit NDC -> product id, for those that the reference knows. The caller counts the rest."""
    return dict(Product.objects.filter(ndc11__in=set(ndcs)).values_list("ndc11", "id"))


def unknown(ndcs: Iterable[str]) -> set[str]:
    """The NDCs that the reference does not know. Not an error: a newer drug, a compound, a supply."""
    asked = set(ndcs)
    return asked - product_ids(asked).keys()


def set_sizes() -> dict[str, int]:
    """Packages in each drug set, by code."""
    sizes: dict[str, set[str]] = {}
    for code, ndc11 in DrugSetMember.objects.values_list("set_code", "ndc11"):
        sizes.setdefault(code, set()).add(ndc11)
    return {code: len(ndcs) for code, ndcs in sorted(sizes.items())}
