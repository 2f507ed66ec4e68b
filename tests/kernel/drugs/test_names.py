"""NDCs in eleven digits, ingredients by their plain names, and the file that comes with CareCoord."""

import re
from collections import Counter

import pytest

from carecoord.kernel.drugs import sets
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


def counting(one):
    """Ingredient -> codes of the sets for which it counts."""
    label = sets.Label(one.name, one.generic_name, one.ingredients, one.dose_form, one.route, one.unit)
    return {name: [code for code, _ in entries] for name, entries in sets.counting(label).items()}


def test_every_ingredient_of_a_set_is_a_plain_name():
    assert {name: ingredient(name) for name in sets.targets()} == {name: name for name in sets.targets()}


SIZES = {  # packages
    "ace_inhibitors": 3368, "alpha_blockers": 800, "anticholinergics": 6823, "antidepressants": 7714, "antiepileptics":
    5554, "antipsychotics": 3682, "antipsychotics_long_acting": 72, "arbs": 3372, "asthma_controllers": 714,
    "asthma_inhaled_steroids": 185, "asthma_not_alone": 460, "asthma_relievers": 157, "benzodiazepines": 3191, "beta_blockers": 3456,
    "calcium_channel_blockers": 3132, "cns_active": 24072, "copd_controllers": 138, "dementia_medicines": 1076,
    "diabetes_non_insulin": 3678,
    "diuretics": 3902, "dpp4_inhibitors": 140, "fertility": 13, "glp1_agonists": 35, "h2_blockers": 908,
    "hrm_alpha_agonists": 50, "hrm_antidepressants": 1557, "hrm_antihistamines": 1593, "hrm_antiparkinson": 203,
    "hrm_antispasmodics": 639, "hrm_antithrombotics": 44, "hrm_barbiturates": 522, "hrm_cardiovascular": 55,
    "hrm_digoxin": 161, "hrm_doxepin": 127, "hrm_endocrine": 73, "hrm_estrogens": 315, "hrm_hypnotics": 942,
    "hrm_meprobamate": 28, "hrm_muscle_relaxants": 2296, "hrm_nitrofurantoin": 289, "hrm_pain": 541,
    "hrm_sulfonylureas": 768, "hrm_vasodilators": 12, "insulins": 135, "loop_diuretics": 724, "moud_buprenorphine": 144,
    "moud_naltrexone": 32, "muscle_relaxants": 3118, "nsaids": 5761, "opioid_reversal": 43, "oral_glucose_lowering": 2196, "opioids": 4725,
    "oral_anticoagulants": 625, "potassium_sparing": 633, "proton_pump_inhibitors": 1693, "ras_antagonists": 6759,
    "sacubitril_valsartan": 9, "sglt2_inhibitors": 133, "snris": 1507, "ssris": 3184, "statins": 3012,
    "statins_high_intensity": 2193, "statins_moderate_or_high": 3012, "sulfonylureas": 1463, "thiazides": 2781,
    "thiazolidinediones": 351, "tricyclics": 1144, "vaccine_hepatitis_b_products": 27, "vaccine_hepatitis_b_two_doses_products": 3,
    "vaccine_influenza_products": 25, "vaccine_pneumococcal_products": 7, "vaccine_td_tdap_products": 16,
    "vaccine_zoster_products": 2, "z_drugs": 942,
}  # fmt: skip


def test_the_file_that_comes_along_reads_without_a_problem_and_fills_the_sets(directory):
    assert Counter(type(one).__name__ for one in directory) == {"Package": 136_461}
    assert (
        Counter(code for one in directory for code in {code for codes in counting(one).values() for code in codes})
        == SIZES
    )


def test_every_set_names_a_source_a_day_of_review_and_no_ingredient_twice():
    for code in sets.every():
        lines = (sets.FOLDER / f"{code}.csv").read_text(encoding="utf-8").splitlines()
        names = [line.split(",")[0] for line in lines if not line.startswith(("#", '"'))]
        assert len(names) == len(set(names)), code
        assert lines[1].startswith("# Source: "), code
        assert re.search(r"(eviewed on|read) 20\d\d-\d\d|FDA labels since", "".join(lines[:3])), code


def test_no_package_is_an_antipsychotic_by_mouth_and_by_long_acting_injection(directory):
    """The adherence measure adds up the days of both sets."""
    both = {"antipsychotics", "antipsychotics_long_acting"}
    assert not [one.ndc11 for one in directory if any(both <= set(codes) for codes in counting(one).values())]


# Later than the directory's May 2019, sold no more by then, or told there as something else.
ABSENT = {
    "amobarbital", "benzhydrocodone", "bexagliflozin", "cenobamate", "dexbrompheniramine", "dimenhydrinate", "ensifentrine",
    "ergoloid mesylates", "ethacrynate", "fenfluramine", "finerenone", "gepirone", "guanabenz", "insulin", "insulin icodec",
    "insulin isophane", "levamlodipine", "lumateperone", "mephobarbital", "nalmefene", "penbutolol", "pentobarbital", "reserpine",
    "sotagliflozin", "tezepelumab", "tirzepatide", "ad26.cov2.s", "andusomeran", "bnt162b2*", "covid-19 vaccine", "cx-024414",
    "davesomeran", "elasomeran", "famtozinameran", "imelasomeran", "moderna covid-19 vaccine", "novavax covid-19 vaccine",
    "pfizer-biontech covid-19 vaccine", "raxtozinameran", "riltozinameran", "sars-cov-2 spike*", "tozinameran",
    "recombinant respiratory syncytial virus*", "respiratory syncytial virus prefusion*", "respiratory syncytial virus stabilized*",
    "respiratory syncytial virus vaccine", "recombinant varicella zoster virus*", "recombinant varicella-zoster virus*",
    "varicella zoster virus glycoprotein e*", "varicella-zoster virus glycoprotein e*", "zoster vaccine recombinant",
    "hepatitis b surface antigen*",
}  # fmt: skip


def test_ingredients_that_the_directory_does_not_have_are_known(directory):
    assert sets.targets() - {name for one in directory for name in counting(one)} == ABSENT
