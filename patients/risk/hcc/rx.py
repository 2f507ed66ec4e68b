"""The variables of RxHCC V08, under the names of CMS' tables of factors.

Continuing enrollees: age and sex, originally disabled, categories; below 65 in an institution seven categories count again. New
enrollees: age, sex, kidney failure and originally disabled in one variable; diagnoses add nothing.
"""

from collections.abc import Iterator

from .person import Person

BANDS = (34, 44, 54, 59, 64, 69, 74, 79, 84, 89, 94)
NEW_BANDS = (34, 44, 54, 59, 64, 65, 66, 67, 68, 69, 74, 79, 84, 89, 94)
TWICE_BELOW_65 = ("1", "130", "131", "132", "133", "159", "163")


def prefix(person: Person) -> str:
    """The segment that a person is scored in."""
    kind = "NE" if person.new_enrollee else "CE"
    if person.institutional:
        return f"Rx_{kind}_LTI_"
    if person.new_enrollee:
        return "Rx_NE_Lo_" if person.low_income else "Rx_NE_NoLo_"
    return f"Rx_CE_{'Low' if person.low_income else 'NoLow'}{'Aged' if person.age >= 65 else 'NoAged'}_"


def variables(person: Person, categories: set[str]) -> Iterator[tuple[str, str]]:
    """(name, kind: demographic, category or interaction) in a fixed order; those without a factor in a segment add nothing."""
    disabled = person.originally_disabled
    if person.new_enrollee:
        age = 65 if person.age == 64 and person.original_reason == "0" else person.age
        kidneys = "ESRD" if person.esrd else "NESRD"
        yield f"{kidneys}_{'OD' if disabled else 'NOD'}_X_{person.sex}{_band(age, NEW_BANDS)}", "demographic"
        return
    yield f"{person.sex}{_band(person.age, BANDS)}", "demographic"
    if disabled:
        yield f"{person.sex}65OD", "demographic"
        yield "ORIGDS", "demographic"
    for code in sorted(categories, key=int):
        yield f"RXHCC{code}", "category"
    if person.age < 65:
        for code in TWICE_BELOW_65:
            if code in categories:
                yield f"NonAged_RXHCC{code}", "interaction"


def _band(age: int, tops: tuple[int, ...]) -> str:
    """'70_74', '65', '0_34', '95_GT'."""
    bottom = 0
    for top in tops:
        if age <= top:
            return str(top) if top == bottom else f"{bottom}_{top}"
        bottom = top + 1
    return f"{bottom}_GT"
