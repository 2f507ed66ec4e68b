"""Strengths as integers, and the MME of one unit of an opioid on the day of its fill."""

import csv
from collections import Counter
from datetime import date

import pytest

from carecoord.kernel.drugs import actions, doses, forms, mme, sets
from carecoord.kernel.drugs.doses import Refused, nanograms
from carecoord.kernel.drugs.models import DrugSetMember, MmePerUnit, Product
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy.context import acting_as, worker_for

from .test_reference import HEADER, written

IN_2018, IN_2023 = day_number(date(2018, 6, 1)), day_number(date(2023, 6, 1))


@pytest.mark.parametrize(
    ("number", "unit", "is_patch", "expected"),
    [
        ("10", "mg/1", False, 10_000_000),
        (".75", "mg/.5mL", False, 1_500_000),
        ("7.5", "mg/15mL", False, 500_000),
        ("10", "mg/15mL", False, 666_667),
        ("1", "g/1", False, 1_000_000_000),
        ("200", "ug/1", False, 200_000),
        ("2", "g/L", False, 2_000_000),
        ("25", "ug/h", True, 25_000),
        ("9.6", "mg/24h", True, 400_000),
        ("1", "mg/3d", True, 13_889),
        ("10", "meq/1", False, "odd_unit"),
        ("100", "[iU]/mL", False, "odd_unit"),
        ("50", "mg/201", False, "odd_unit"),
        ("0", "mg/1", False, "odd_number"),
        ("10-20", "mg/1", False, "odd_number"),
        ("", "mg/1", False, "odd_number"),
        ("25", "ug/1", True, "patch_without_rate"),
        ("0.05", "mg/d", False, "rate_without_patch"),
    ],
)
def test_a_strength_is_read_or_refused(number, unit, is_patch, expected):
    assert nanograms(number, unit, is_patch) == (Refused(expected) if isinstance(expected, str) else expected)


def product(held, strength, unit, form="TABLET", route="ORAL", ndc="00000000001"):
    return Product(
        ndc11=ndc, name=held, ingredients=held.split("+"), strength=strength, unit=unit, dose_form=form, route=route
    )


def test_each_ingredient_has_its_own_strength():
    assert doses.strengths(product("hydrocodone+acetaminophen", "7.5; 325", "mg/1; mg/1")) == {
        "hydrocodone": 7_500_000,
        "acetaminophen": 325_000_000,
    }
    assert set(doses.strengths(product("a+b", "25", "mg/1")).values()) == {Refused("parts_do_not_match")}


def test_a_patch_that_the_directory_writes_wrongly_has_the_rate_of_its_label():
    patch = product("fentanyl", "7.5", "mg/72h", "PATCH, EXTENDED RELEASE", "TRANSDERMAL", ndc="49999083305")
    assert doses.strengths(patch) == {"fentanyl": 75_000}


def mme_of(name, form, strength_ng, day, daily_ng=1):
    """The MME of a unit on that day, as a number; None without a factor."""
    found = [
        micro / 1_000_000
        for factor, micro in mme.of(name, form, strength_ng)
        if factor.first_day <= day <= factor.last_day and factor.over_daily_ng < daily_ng <= factor.most_daily_ng
    ]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("name", "form", "strength_mg", "before", "since"),
    [
        ("codeine", "oral_solid", 30, 4.5, 4.5),
        ("hydromorphone", "oral_solid", 2, 8, 10),
        ("tramadol", "oral_solid", 50, 5, 10),
        ("oxycodone", "oral_liquid", 1, 1.5, 1.5),
        ("methadone", "oral_solid", 10, 40, 47),
        ("fentanyl", "patch", 0.025, 180, 180),  # 25 micrograms an hour, 60 MME on each of three days
        ("fentanyl", "mucosal", 0.4, 52, 52),
        ("fentanyl", "film", 0.4, 72, 72),
        ("fentanyl", "nasal", 0.4, 64, 64),
        ("butorphanol", "nasal", 10, 70, 70),
        ("buprenorphine", "patch", 0.02, None, None),
    ],
)
def test_the_factor_is_that_of_the_day_of_the_fill(name, form, strength_mg, before, since):
    strength = round(strength_mg * sets.NANOGRAMS)
    assert (mme_of(name, form, strength, IN_2018), mme_of(name, form, strength, IN_2023)) == (before, since)


def test_the_guideline_of_2022_holds_from_the_day_of_its_issue():
    last, first = day_number(date(2022, 11, 3)), day_number(date(2022, 11, 4))
    assert [mme_of("tramadol", "oral_solid", 50_000_000, day) for day in (last, first)] == [5, 10]


@pytest.mark.parametrize(("daily_mg", "in_2018"), [(20, 40), (20.1, 80), (40, 80), (60, 100), (61, 120), (200, 120)])
def test_methadone_grew_with_the_daily_dose_until_2022(daily_mg, in_2018):
    daily = round(daily_mg * sets.NANOGRAMS)
    assert mme_of("methadone", "oral_solid", 10_000_000, IN_2018, daily) == in_2018
    assert mme_of("methadone", "oral_solid", 10_000_000, IN_2023, daily) == 47


def test_every_opioid_has_one_factor_on_every_day_at_every_dose():
    opioids = sets.every()["opioids"].entries
    assert mme.factors().keys() == opioids.keys()
    days = [0, day_number(date(2022, 11, 3)), day_number(date(2022, 11, 4)), 30_000]
    for name in opioids:
        form = {"fentanyl": "patch", "butorphanol": "nasal"}.get(name, "oral_solid")
        assert all(mme_of(name, form, 10**6, day, dose) for day in days for dose in (1, 20_000_001, 10**11)), name


@pytest.mark.django_db
def test_the_loader_lays_strengths_and_mme_down(tmp_path):
    lines = [
        ("00000000101", "Percocet", "OXYCODONE HYDROCHLORIDE; ACETAMINOPHEN", "5; 325", "mg/1; mg/1", "TABLET"),
        ("00000000102", "Odd", "MORPHINE SULFATE", "15", "meq/1", "TABLET"),
        ("00000000103", "Silenor", "DOXEPIN HYDROCHLORIDE", "6", "mg/1", "TABLET"),
        ("00000000104", "Methadone", "METHADONE HYDROCHLORIDE", "10", "mg/1", "TABLET"),
    ]
    rows = [
        "\t".join([ndc, "", name, "", held, number, unit, form, "ORAL", ""])
        for ndc, name, held, number, unit, form in lines
    ]
    with acting_as(worker_for()):
        summary = actions.load(path=written(tmp_path, *rows, header=HEADER), source="test", version="1")
        again = actions.resolve_sets()
    assert summary.unknown_strengths == again.unknown_strengths == {"odd_unit": 1}
    members = DrugSetMember.objects.filter(set_code__in=["opioids", "anticholinergics"])
    assert set(members.values_list("ndc11", "ingredient_name", "form", "strength_ng", "least_daily_ng")) == {
        ("00000000101", "oxycodone", "oral_solid", 5_000_000, None),
        ("00000000102", "morphine", "oral_solid", None, None),
        ("00000000103", "doxepin", "oral_solid", 6_000_000, 6_000_001),
        ("00000000104", "methadone", "oral_solid", 10_000_000, None),
    }
    assert (summary.mme_rows, again.mme_rows, MmePerUnit.objects.count()) == (6, 6, 6)
    assert list(MmePerUnit.objects.filter(ndc11="00000000101").values_list("micro_mme", "factor_e4")) == [
        (7_500_000, 15_000)
    ]


# CDC's compilation of 2018 against the directory of 2019, packages that both have: (CDC's drug, strength and unit; ours) -> packages.
# The directory is wrong (halves, dose of a pack), rounds (12.5 as 12) or names the base where CDC names the salt (Xtampza).
DIFFERENT = {
    ("Hydrocodone SA", "7.5", "MG", "2.5; 200", "mg/1; mg/1"): 10,
    ("Hydrocodone SA", "7.5", "MG/ML", "7.5; 325", "mg/120mL; mg/120mL"): 1,
    ("Fentanyl LA", "12", "MCG/HR", "12.5", "ug/h"): 6,
    ("Fentanyl LA", "12", "MCG/HR", "12.5", "ug/1"): 1,
    ("Fentanyl LA", "75", "MCG/HR", "87.5", "ug/h"): 1,
    ("Fentanyl SA", "1200", "MCG/SPRAY", ".6", "mg/1"): 1,
    ("Fentanyl SA", "1600", "MCG/SPRAY", ".8", "mg/1"): 1,
    ("Oxycodone SA", "5", "MG", "4.8355; 325", "mg/1; mg/1"): 2,
    ("Oxycodone LA", "10", "MG", "9", "mg/1"): 1,
    ("Oxycodone LA", "15", "MG", "13.5", "mg/1"): 1,
    ("Oxycodone LA", "20", "MG", "18", "mg/1"): 1,
    ("Oxycodone LA", "30", "MG", "27", "mg/1"): 1,
    ("Oxycodone LA", "40", "MG", "36", "mg/1"): 1,
    ("Tramadol LA", "200", "MG", "100", "mg/1"): 2,
}
_UNITS = {"MG": 1_000_000, "MG/ML": 1_000_000, "MCG": 1_000, "MCG/HR": 1_000, "MCG/SPRAY": 1_000}


@pytest.mark.shared_data
def test_the_mme_of_a_unit_is_that_of_cdc_s_table_of_2018(directory, shared_data):
    """Methadone is left out: CDC's table for analyses says 3, its guideline of that time 4 to 12 by daily dose."""
    path = shared_data / "drug" / "cdc2018_opioids.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        theirs = {
            row["NDC"]: row
            for row in csv.DictReader(file)
            if row["MME_Conversion_Factor"] and row["Drug"] != "Methadone"
        }
    same, unknown, different = 0, Counter(), Counter()
    for one in directory:
        row, names = theirs.get(one.ndc11), sets.every()["opioids"].members(one)
        if row is None or not names:
            continue
        strength = doses.strengths(one)[names[0]]
        if isinstance(strength, Refused):
            unknown[strength.why] += 1
            continue
        expected = float(row["Strength_Per_Unit"]) * _UNITS[row["UOM"]] / 1_000_000 * _factor(row)
        if mme_of(names[0], forms.group(one.dose_form, one.route), strength, IN_2018) == pytest.approx(
            expected, rel=1e-5
        ):
            same += 1
        else:
            different[(row["Drug"], row["Strength_Per_Unit"], row["UOM"], one.strength, one.unit)] += 1
    assert different == DIFFERENT
    assert same == 2894
    assert unknown == {"odd_unit": 2, "parts_do_not_match": 1, "patch_without_rate": 1}


def _factor(row):
    """CDC's factor for a milligram: its table says it for the unit of the strength."""
    factor = float(row["MME_Conversion_Factor"])
    return factor * 1_000 if row["UOM"].startswith("MCG") else factor
