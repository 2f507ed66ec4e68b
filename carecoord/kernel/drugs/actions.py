"""Writing the drug reference: load an edition of the NDC Directory, resolve the drug sets to packages."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db.models import Func

from carecoord.kernel.audit.actions import audited, record

from . import doses, fda, forms, mme, sets, stage
from .models import Ingredient, MmePerUnit, Product

BUILT_IN = Path(__file__).parent / "data" / "fda_ndc_2019-05.tsv.xz"
BUILT_IN_SOURCE, BUILT_IN_VERSION = "FDA NDC Directory", "2019-05"

_BATCH = 4_000
_OPIOIDS = "opioids"
_MEMBER = (
    "set_code", "product_id", "ndc11", "ingredient_id", "ingredient_name", "form", "strength_ng", "least_daily_ng",
)  # fmt: skip
_MME = (
    "product_id", "ndc11", "ingredient_id", "first_day", "last_day", "over_daily_ng", "most_daily_ng", "strength_ng", "factor_e4",
    "micro_mme",
)  # fmt: skip


@dataclass
class Resolved:
    """Rows that were derived from the packages; strengths, by reason, that are not known (doses.Refused)."""

    set_members: int = 0
    mme_rows: int = 0
    unknown_strengths: Counter[str] = field(default_factory=Counter)

    def strength(self, found: int | doses.Refused) -> int | None:
        """The strength, or None and its reason counted."""
        if isinstance(found, doses.Refused):
            self.unknown_strengths[found.why] += 1
            return None
        return found


@dataclass
class Summary(Resolved):
    """What became of a file: lines = loaded + len(problems)."""

    lines: int = 0
    loaded: int = 0
    problems: list[fda.Problem] = field(default_factory=list)


@audited
def load(*, path: Path, source: str, version: str, products: Path | None = None, by=None) -> Summary:
    """Add and update the packages of an NDC file, then resolve the drug sets anew; bad lines are named.

    A package that the file does not have stays: old fills keep their drug. Raises fda.NotAnNdcFile.
    """
    summary = Summary()
    packages = _good(fda.packages(path, products), summary)
    summary.loaded = stage.upsert(packages, source=source, version=version)
    vars(summary).update(vars(_resolve_sets()))
    detail = {"source": source, "version": version, "rejected": len(summary.problems)}
    record(event="drugs.loaded", by=by, detail=detail, count=summary.loaded)
    return summary


@audited
def load_built_in(*, by=None) -> Summary:
    """The edition that comes with CareCoord; a second call finds it loaded and only resolves the sets.

    Packages without MME were loaded before ingredients had the names of today: they are loaded again.
    """
    if MmePerUnit.objects.exists() and Product.objects.filter(source=BUILT_IN_SOURCE).exists():
        return Summary(**vars(resolve_sets(by=by)))
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
def resolve_sets(*, by=None) -> Resolved:
    """After a file of sets, factors or corrections changed: resolve all sets to packages again."""
    resolved = _resolve_sets()
    record(event="drugs.sets_resolved", by=by, count=resolved.set_members)
    return resolved


def _resolve_sets() -> Resolved:
    """Make DrugSetMember and MmePerUnit say what the files of sets and factors say about the packages that are known."""
    targets = sorted(sets.targets())
    Ingredient.objects.bulk_create([Ingredient(name=name) for name in targets], ignore_conflicts=True)
    ids = dict(Ingredient.objects.filter(name__in=targets).values_list("name", "id"))
    resolved = Resolved()
    packages = Product.objects.filter(ingredients__overlap=_named_by_sets()).defer("pharm_class").iterator(_BATCH)
    members, equivalents = [], []
    for product in packages:
        form, known = forms.group(product.dose_form, product.route), doses.strengths(product)
        names = (product.name, product.generic_name, tuple(product.ingredients))
        label = sets.Label(*names, product.dose_form, product.route, product.unit)
        for name, counting in sets.counting(label).items():
            strength = resolved.strength(known[name]) if name in known else None  # of how names begin there is none
            package = (product.pk, product.ndc11, ids[name])
            members.extend((code, *package, name, form, strength, entry.least_daily_ng) for code, entry in counting)
            if any(code == _OPIOIDS for code, _ in counting):
                equivalents.extend(_mme(package, name, form, strength))
    resolved.set_members = stage.replace("drugs_drugsetmember", _MEMBER, members)
    resolved.mme_rows = stage.replace("drugs_mmeperunit", _MME, equivalents)
    return resolved


def _named_by_sets() -> list[str]:
    """The ingredients of known packages that any set names, by their name or by how it begins."""
    held = Product.objects.annotate(held=Func("ingredients", function="unnest")).values_list("held", flat=True)
    return [name for name in held.distinct().iterator(_BATCH) if sets.named(name)]


def _mme(package: tuple, name: str, form: str, strength_ng: int | None) -> Iterator[tuple]:
    for factor, micro_mme in mme.of(name, form, strength_ng):
        days_and_doses = (factor.first_day, factor.last_day, factor.over_daily_ng, factor.most_daily_ng)
        yield (*package, *days_and_doses, strength_ng, factor.factor_e4, micro_mme)
