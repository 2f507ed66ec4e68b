"""Which rows of a payer tell of the use of substances (42 CFR part 2): facts carry no label of their own, so that whoever may not see
such records is shown a list without them, and no sum of it.

Tobacco is none of them (42 CFR 2.11). A day's place in a measure is judged elsewhere (`Measure.is_about_substance_use`).
"""

from carecoord.kernel.drugs.models import Product
from carecoord.kernel.tenancy.context import Scope

DIAGNOSES = (
    *("F10", "F11", "F12", "F13", "F14", "F15", "F16", "F18", "F19"),  # use of substances; F17 is tobacco
    *("O9931", "O9932", "P0441", "P0449", "P961", "R780", "R781", "R782", "R783", "R784", "R785"),
    *("T400", "T401", "T402", "T403", "T404", "T405", "T406", "T407", "T408", "T409", "T436", "T510"),
    *("E244", "G312", "G621", "G721", "I426", "K292", "K70", "K852", "K860"),  # of alcohol
    *("Z7141", "Z7142", "Z7151", "Z7152", "Z811", "Z813", "Z86482"),
)
"""Beginnings of ICD-10-CM codes."""
SERVICES = frozenset(
    [
        "H0001",
        "H0003",
        *(f"H{number:04}" for number in range(5, 17)),
        "H0020",
        "H0021",
        "H0022",
        "H0047",
        "H0048",
        "H0049",
    ]
    + [
        "H0050",
        "H2034",
        "H2035",
        "H2036",
        "T1006",
        "T1007",
        "T1008",
        "T1012",
        "G0137",
        "G0396",
        "G0397",
        "G0442",
        "G0443",
    ]
    + [*(f"G{number}" for number in range(2067, 2081)), "G2086", "G2087", "G2088", "99408", "99409"]
    + ["J0570", "J0571", "J0572", "J0573", "J0574", "J0575", "J0577", "J0578", "J2315", "Q9991", "Q9992", "S0109"]
)
"""HCPCS: assessment and treatment of the use of substances, opioid treatment programmes, and their medicines. Code numbers are
background knowledge of the CMS HCPCS release, reviewed on 2026-11-27."""
INGREDIENTS = frozenset(["buprenorphine", "methadone", "naltrexone", "disulfiram", "acamprosate", "lofexidine"])


def is_sensitive_diagnosis(code: str) -> bool:
    return code.startswith(DIAGNOSES)


def may_see(who) -> bool:
    """Whether `who` (a user, an API client or a Scope) may see such rows."""
    scope = who if isinstance(who, Scope) else who.scope
    return scope.sees_substance_use


def fills_for(who, fills):
    """A queryset of fills without those that `who` may not see."""
    return fills if may_see(who) else fills_for_everybody(fills)


def fills_for_everybody(fills):
    """A queryset of fills without those that tell of it: for what everybody reads who may read a visit, which has no label."""
    return fills.exclude(ndc__in=ndcs_that_tell(fills))


def ndcs_that_tell(fills=None):
    """The product codes that tell of it: those of a queryset of fills, or all that the drug reference knows."""
    told = Product.objects.filter(ingredients__overlap=list(INGREDIENTS))
    if fills is not None:
        told = told.filter(ndc11__in=fills.order_by().values("ndc"))
    return list(told.values_list("ndc11", flat=True))


def claims_for(who, events):
    """A queryset of medical events without the claims of which a line tells of it: the others of such a claim would, too."""
    if may_see(who):
        return events
    rows = events.values_list("payer_id", "record_id", "diagnoses", "hcpcs")
    told = {(payer, record) for payer, record, codes, service in rows if _tells(codes, service)}
    for payer_id in {payer for payer, _ in told}:
        records = [record for payer, record in told if payer == payer_id]
        events = events.exclude(payer_id=payer_id, record_id__in=records)
    return events


def _tells(diagnoses, service) -> bool:
    return service in SERVICES or any(is_sensitive_diagnosis(code.replace(".", "")) for code in diagnoses)


def event_tells(event) -> bool:
    """Whether an event of a feed tells of it, by its diagnoses, its service or its medicine."""
    if ndc := getattr(event, "ndc", ""):
        return Product.objects.filter(ndc11=ndc, ingredients__overlap=list(INGREDIENTS)).exists()
    return _tells(getattr(event, "diagnoses", ()), getattr(event, "hcpcs", ""))
