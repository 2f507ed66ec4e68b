"""NDCs in eleven digits, ingredients by their plain names, and the file that comes with CareCoord."""

from collections import Counter

import pytest

from carecoord.kernel.drugs import actions, fda, sets
from carecoord.kernel.drugs.ingredients import ingredient, ingredients
from carecoord.kernel.drugs.ndc import NotAnNdc, to_ndc11


@pytest.mark.parametrize(
    ("text", "ndc11"),
    [
        ("0002-1433-61", "00002143361"),  # 4-4-2
        ("50580-449-05", "50580044905"),  # 5-3-2
        ("12345-6789-1", "12345678901"),  # 5-4-1
        ("12345-6789-01", "12345678901"),
        (" 12345678901 ", "12345678901"),
    ],
)
def test_ndc_in_eleven_digits(text, ndc11):
    assert to_ndc11(text) == ndc11


@pytest.mark.parametrize("text", ["", "1234567890", "123456789012", "0002-143-61", "1234-56789-01", "1234567890A"])
def test_what_would_be_guessed_is_refused(text):
    with pytest.raises(NotAnNdc):
        to_ndc11(text)


@pytest.mark.parametrize(
    ("substance", "name"),
    [
        ("LISINOPRIL", "lisinopril"),
        ("LOSARTAN POTASSIUM", "losartan"),
        ("METFORMIN HYDROCHLORIDE", "metformin"),
        ("AMLODIPINE BESYLATE", "amlodipine"),
        ("ATORVASTATIN CALCIUM TRIHYDRATE", "atorvastatin"),
        ("ATORVASTATIN CALCIUM PROPYLENE GLYCOL SOLVATE", "atorvastatin"),
        ("OLMESARTAN MEDOXOMIL", "olmesartan"),
        ("PERINDOPRIL ERBUMINE", "perindopril"),
        ("DAPAGLIFLOZIN PROPANEDIOL", "dapagliflozin"),
        ("POTASSIUM CHLORIDE", "potassium chloride"),
        ("SODIUM FLUORIDE", "sodium fluoride"),
        ("MAGNESIUM SULFATE HEPTAHYDRATE", "magnesium sulfate heptahydrate"),
        ("ISOSORBIDE MONONITRATE", "isosorbide mononitrate"),
        ("ENALAPRILAT", "enalaprilat"),
        ("INSULIN ASPART PROTAMINE", "insulin aspart"),
        ("INSULIN GLARGINE-AGLR", "insulin glargine"),
        ("SODIUM", "sodium"),
    ],
)
def test_plain_names(substance, name):
    assert ingredient(substance) == name


def test_the_generic_name_helps_where_the_substances_are_empty_or_wrong():
    targets = frozenset({"benazepril", "enalapril"})
    assert ingredients("", "enalapril maleate", targets) == ("enalapril",)
    assert ingredients("D&C YELLOW NO. 10", "Benazepril Hydrochloride", targets) == ("d&c yellow no. 10", "benazepril")
    assert ingredients("AMLODIPINE BESYLATE", "something new", targets) == ("amlodipine",)
    assert ingredients("LISINOPRIL; LISINOPRIL", "", targets) == ("lisinopril",)


def test_every_ingredient_of_a_set_is_a_plain_name():
    assert {name: ingredient(name) for name in sets.targets()} == {name: name for name in sets.targets()}


def test_the_file_that_comes_along_reads_without_a_problem_and_fills_the_sets():
    packages = list(fda.packages(actions.BUILT_IN))
    assert Counter(type(one).__name__ for one in packages) == {"Package": 136_461}
    sizes = Counter(code for one in packages for code, drug_set in sets.every().items() if drug_set.members(one))
    assert sizes == {
        "ras_antagonists": 6759, "diabetes_non_insulin": 3678, "statins": 3012, "insulins": 135,
        "sacubitril_valsartan": 9, "fertility": 13,
        "moud_buprenorphine": 144, "moud_naltrexone": 33, "oral_glucose_lowering": 2196,
    }  # fmt: skip
