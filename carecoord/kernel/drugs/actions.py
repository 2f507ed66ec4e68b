"""Writing the drug reference: load an edition of the NDC Directory, resolve the drug sets to packages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from carecoord.kernel.audit.actions import audited, record

from . import fda, sets, stage
from .models import DrugSetMember, Ingredient, Product

BUILT_IN = Path(__file__).parent / "data" / "fda_ndc_2019-05.tsv.xz"
BUILT_IN_SOURCE, BUILT_IN_VERSION = "FDA NDC Directory", "2019-05"

_BATCH = 4_000


@dataclass
class Summary:
    """What became of a file: lines = loaded + len(problems)."""

    lines: int = 0
    loaded: int = 0
    set_members: int = 0
    problems: list[fda.Problem] = field(default_factory=list)


@audited
def load(*, path: Path, source: str, version: str, products: Path | None = None, by=None) -> Summary:
    """Add and update the packages of an NDC file, then resolve the drug sets anew; bad lines are named.

    A package that the file does not have stays: old fills keep their drug. Raises fda.NotAnNdcFile.
    """
    summary = Summary()
    packages = _good(fda.packages(path, products), summary)
    summary.loaded = stage.upsert(packages, source=source, version=version)
    summary.set_members = _resolve_sets()
    detail = {"source": source, "version": version, "rejected": len(summary.problems)}
    record(event="drugs.loaded", by=by, detail=detail, count=summary.loaded)
    return summary


@audited
def load_built_in(*, by=None) -> Summary:
    """The edition that comes with CareCoord; a second call finds it loaded and only resolves the sets."""
    if Product.objects.filter(source=BUILT_IN_SOURCE).exists():
        return Summary(set_members=resolve_sets(by=by))
    return load(path=BUILT_IN, source=BUILT_IN_SOURCE, version=BUILT_IN_VERSION, by=by)


def _good(found: Iterable[fda.Package | fda.Problem], summary: Summary) -> Iterator[fda.Package]:
    seen = set()
    for item in found:
        summary.lines += 1
        if isinstance(item, fda.Problem):
            summary.problems.append(item)
        elif item.ndc11 in seen:
            summary.problems.append(
                fda.Problem(item.line, "ndc11", "repeated_ndc", f"{item.ndc11} came before; the first line stands.")
            )
        else:
            seen.add(item.ndc11)
            yield item


@audited
def resolve_sets(*, by=None) -> int:
    """After a set file changed: resolve all sets to packages again. Returns the number of rows."""
    count = _resolve_sets()
    record(event="drugs.sets_resolved", by=by, count=count)
    return count


def _resolve_sets() -> int:
    """Make DrugSetMember say what the set files say about the packages that are known. Returns the number of rows."""
    targets = sorted(sets.targets())
    Ingredient.objects.bulk_create([Ingredient(name=name) for name in targets], ignore_conflicts=True)
    ids = dict(Ingredient.objects.filter(name__in=targets).values_list("name", "id"))
    wanted = {
        (drug_set.code, product.pk, ids[name]): DrugSetMember(
            set_code=drug_set.code,
            product=product,
            ndc11=product.ndc11,
            ingredient_name=name,
            ingredient_id=ids[name],
        )
        for product in Product.objects.filter(ingredients__overlap=targets).iterator(_BATCH)
        for drug_set in sets.every().values()
        for name in drug_set.members(product)
    }
    there = {
        (code, product, ingredient): pk
        for pk, code, product, ingredient in DrugSetMember.objects.values_list(
            "pk", "set_code", "product_id", "ingredient_id"
        )
    }
    stale = [pk for key, pk in there.items() if key not in wanted]
    DrugSetMember.objects.filter(pk__in=stale).delete()
    DrugSetMember.objects.bulk_create([row for key, row in wanted.items() if key not in there], batch_size=_BATCH)
    return len(wanted)
