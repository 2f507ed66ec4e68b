"""The products that the synthetic members fill."""

from dataclasses import dataclass

from .directory import rows_of


@dataclass(frozen=True, slots=True)
class Drug:
    """One package. `set`: ras, dr, sta, sacval, insulin, noise, vaccine, and those of medicaid.py. `ingredients`: targets of the class,
    a chain each."""

    code: str
    set: str
    ingredients: tuple
    ndc11: str
    name: str
    strength: str
    pack_milli: int
    pack_days: int
    unit_cents: int

    def milli(self, days):
        """The quantity for `days` days of supply, in thousandths of a unit."""
        return self.pack_milli * days // self.pack_days


def _drug(row):
    numbers = {name: int(row[name]) for name in ("pack_milli", "pack_days", "unit_cents")}
    return Drug(**{**row, **numbers, "ingredients": tuple(row["ingredients"].split())})


DRUGS = {row["code"]: _drug(row) for row in rows_of("drugs.csv")}


def of_set(name):
    return tuple(drug for drug in DRUGS.values() if drug.set == name)


RAS, DIABETES, STATINS, NOISE = of_set("ras"), of_set("dr"), of_set("sta"), of_set("noise")
SACUBITRIL_VALSARTAN, INSULIN = DRUGS["sacubitril_valsartan"], DRUGS["insulin_glargine"]
