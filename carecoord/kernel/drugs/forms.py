"""Dose forms in groups that measures need: what a quantity counts (tablets, millilitres, patches, inhalers) and what is systemic.

The FDA writes a form ("TABLET, FILM COATED") and one or more routes; a rule asks for the group.
"""

from functools import lru_cache

ORAL_SOLID, ORAL_LIQUID, TRANSMUCOSAL, FILM, ORAL_SPRAY = "oral_solid", "oral_liquid", "mucosal", "film", "oral_spray"
NASAL, PATCH, TRANSDERMAL, RECTAL, VAGINAL = "nasal", "patch", "transdermal", "rectal", "vaginal"
INHALER, NEBULIZER, INJECTION, IMPLANT = "inhaler", "nebulizer", "injection", "implant"
EYE_EAR, TOPICAL, KIT, OTHER = "eye_ear", "topical", "kit", "other"

EVERY = (
    ORAL_SOLID, ORAL_LIQUID, TRANSMUCOSAL, FILM, ORAL_SPRAY, NASAL, PATCH, TRANSDERMAL, RECTAL, VAGINAL, INHALER, NEBULIZER,
    INJECTION, IMPLANT, EYE_EAR, TOPICAL, KIT, OTHER,
)  # fmt: skip

_LIQUIDS = (
    "SOLUTION",
    "SUSPENSION",
    "SYRUP",
    "ELIXIR",
    "LIQUID",
    "CONCENTRATE",
    "EMULSION",
    "TINCTURE",
    "OIL",
    "DROPS",
)
_SOLIDS = ("TABLET", "CAPSULE", "GRANULE", "POWDER", "PELLET", "PILL", "WAFER", "BAR", "STRIP")
_TO_BE_MIXED = ("POWDER, FOR", "GRANULE, FOR", "FOR SOLUTION", "FOR SUSPENSION")
_SKIN = {"TOPICAL", "CUTANEOUS", "PERCUTANEOUS", "DENTAL", "PERIODONTAL", "IRRIGATION"}
_INJECTED = {"SUBCUTANEOUS", "PARENTERAL", "EPIDURAL", "INFILTRATION", "SUBMUCOSAL", "SOFT TISSUE", "PERINEURAL"}
_GROUP_OF_ROUTE = {
    "TRANSDERMAL": TRANSDERMAL, "NASAL": NASAL, "OPHTHALMIC": EYE_EAR, "AURICULAR (OTIC)": EYE_EAR, "RECTAL": RECTAL,
    "VAGINAL": VAGINAL,
}  # fmt: skip


@lru_cache(4_096)
def group(dose_form: str, route: str) -> str:
    """The group, one of EVERY. A product for several routes is grouped by the first that fits: lungs, mouth, needle, others."""
    routes = {part.strip() for part in route.split(";") if part.strip()}
    if dose_form.startswith("KIT"):
        return _injected(routes, otherwise=KIT)
    if "IMPLANT" in dose_form:
        return IMPLANT
    if "RESPIRATORY (INHALATION)" in routes:
        return _inhaled(dose_form)
    if dose_form.startswith("INJECT"):
        return INJECTION
    if "ORAL" in routes:
        return _oral(dose_form)
    return _by_route(dose_form, routes)


def _by_route(dose_form: str, routes: set[str]) -> str:
    if routes & {"BUCCAL", "SUBLINGUAL", "TRANSMUCOSAL", "OROPHARYNGEAL"}:
        return _in_the_mouth(dose_form)
    for one, found in _GROUP_OF_ROUTE.items():
        if one in routes:
            return PATCH if found == TRANSDERMAL and dose_form.startswith(("PATCH", "FILM", "TAPE")) else found
    if routes & _SKIN:
        return TOPICAL
    if dose_form.startswith(("TABLET", "CAPSULE")):  # a handful of rows name no route, or one that tablets do not have
        return ORAL_SOLID
    return _injected(routes, otherwise=OTHER)


def _injected(routes: set[str], *, otherwise: str) -> str:
    return INJECTION if any(one in _INJECTED or one.startswith("INTRA") for one in routes) else otherwise


def _inhaled(dose_form: str) -> str:
    if dose_form == "GAS":
        return OTHER
    return (
        NEBULIZER if any(word in dose_form for word in ("SOLUTION", "SUSPENSION", "LIQUID", "CONCENTRATE")) else INHALER
    )


def _oral(dose_form: str) -> str:
    if dose_form.startswith(("FILM", "SPRAY", "LOZENGE", "TROCHE", "GUM")):
        return _in_the_mouth(dose_form)
    if dose_form.startswith(("INHALANT", "AEROSOL, METERED", "AEROSOL, POWDER")):
        return INHALER
    if dose_form.startswith(_TO_BE_MIXED):
        return ORAL_LIQUID
    if dose_form.startswith(_SOLIDS):
        return ORAL_SOLID
    return ORAL_LIQUID if any(word in dose_form for word in _LIQUIDS) else OTHER


def _in_the_mouth(dose_form: str) -> str:
    if dose_form.startswith("FILM"):
        return FILM
    return ORAL_SPRAY if "SPRAY" in dose_form else TRANSMUCOSAL
