"""Which products count for the sets of medication safety, as a table: label, ingredients, form, route -> sets."""

import pytest

from carecoord.kernel.drugs import sets
from carecoord.kernel.drugs.forms import group

# fmt: off
TABLE = [
    ("Percocet", "oxycodone+acetaminophen", "TABLET", "ORAL", "opioids cns_active"),
    ("Duragesic", "fentanyl", "PATCH, EXTENDED RELEASE", "TRANSDERMAL", "opioids cns_active"),
    ("Morphine", "morphine", "INJECTION, SOLUTION", "INTRAVENOUS", ""),
    ("Methadone", "methadone", "TABLET", "ORAL", "opioids cns_active"),
    ("Tussigon", "hydrocodone+homatropine", "TABLET", "ORAL", "anticholinergics"),
    ("Promethazine with codeine", "promethazine+codeine", "SYRUP", "ORAL", "anticholinergics hrm_antihistamines"),
    ("Suboxone", "buprenorphine+naloxone", "FILM", "BUCCAL; SUBLINGUAL", "moud_buprenorphine cns_active"),
    ("Butrans", "buprenorphine", "PATCH, EXTENDED RELEASE", "TRANSDERMAL", "cns_active"),
    ("Belbuca", "buprenorphine", "FILM, SOLUBLE", "BUCCAL", "cns_active"),
    ("Sublocade", "buprenorphine", "SOLUTION", "SUBCUTANEOUS", "moud_buprenorphine"),
    ("Buprenorphine", "buprenorphine", "INJECTION, SOLUTION", "INTRAMUSCULAR; INTRAVENOUS", ""),
    ("Vivitrol", "naltrexone", "KIT", "", "moud_naltrexone"),
    ("Contrave", "naltrexone+bupropion", "TABLET, EXTENDED RELEASE", "ORAL", ""),
    ("Wellbutrin", "bupropion", "TABLET", "ORAL", "antidepressants"),
    ("Zyban", "bupropion", "TABLET", "ORAL", ""),
    ("Narcan", "naloxone", "SPRAY", "NASAL", "opioid_reversal"),
    ("Talwin NX", "pentazocine+naloxone", "TABLET", "ORAL", "opioids cns_active"),
    ("Librax", "chlordiazepoxide+clidinium", "CAPSULE", "ORAL",
     "benzodiazepines cns_active anticholinergics hrm_antispasmodics"),
    ("Ambien", "zolpidem", "TABLET, FILM COATED", "ORAL", "z_drugs cns_active hrm_hypnotics"),
    ("Lomotil", "diphenoxylate+atropine", "TABLET", "ORAL", "anticholinergics hrm_antispasmodics"),
    ("Isopto Atropine", "atropine", "SOLUTION/ DROPS", "OPHTHALMIC", ""),
    ("Transderm Scop", "scopolamine", "PATCH, EXTENDED RELEASE", "TRANSDERMAL", "anticholinergics hrm_antispasmodics"),
    ("Depakote", "valproic acid", "TABLET, DELAYED RELEASE", "ORAL", "antiepileptics cns_active"),
    ("Qsymia", "phentermine+topiramate", "CAPSULE, EXTENDED RELEASE", "ORAL", ""),
    ("Emsam", "selegiline", "PATCH", "TRANSDERMAL", "antidepressants"),
    ("Eldepryl", "selegiline", "CAPSULE", "ORAL", ""),
    ("Haloperidol", "haloperidol", "INJECTION, SOLUTION", "INTRAMUSCULAR", ""),
    ("Haloperidol decanoate", "haloperidol", "INJECTION", "INTRAMUSCULAR", "antipsychotics_long_acting"),
    ("Symbicort", "budesonide+formoterol", "AEROSOL", "RESPIRATORY (INHALATION)",
     "asthma_controllers asthma_inhaled_steroids copd_controllers"),
    ("Airsupra", "albuterol+budesonide", "AEROSOL, METERED", "RESPIRATORY (INHALATION)",
     "asthma_relievers asthma_inhaled_steroids"),
    ("Combivent", "ipratropium+albuterol", "SPRAY, METERED", "RESPIRATORY (INHALATION)", ""),
    ("Flonase", "fluticasone", "SPRAY, METERED", "NASAL", ""),
    ("Singulair", "montelukast", "TABLET, FILM COATED", "ORAL", "asthma_controllers asthma_not_alone"),
    ("Procardia", "nifedipine", "CAPSULE", "ORAL", "calcium_channel_blockers hrm_cardiovascular"),
    ("Procardia XL", "nifedipine", "TABLET, FILM COATED, EXTENDED RELEASE", "ORAL", "calcium_channel_blockers"),
    ("Aggrenox", "aspirin+dipyridamole", "CAPSULE, EXTENDED RELEASE", "ORAL", ""),
    ("Advil", "ibuprofen", "TABLET", "ORAL", "nsaids"),
    ("Voltaren gel", "diclofenac", "GEL", "TOPICAL", ""),
    ("Entresto", "sacubitril+valsartan", "TABLET, FILM COATED", "ORAL", "arbs sacubitril_valsartan"),
]
# fmt: on


@pytest.mark.parametrize(("name", "held", "form", "route", "counts_for"), TABLE, ids=[row[0] for row in TABLE])
def test_what_counts_for_what(name, held, form, route, counts_for):
    label = sets.Label(name, held, tuple(held.split("+")), form, route, "mg/1")
    assert {code for entries in sets.counting(label).values() for code, _ in entries} == set(counts_for.split())


def test_a_homeopathic_dilution_is_no_medicine():
    label = sets.Label("Drops", "", ("atropine",), "LIQUID", "ORAL", "[hp_X]/mL")
    assert sets.counting(label) == {}


def test_doses_from_which_an_ingredient_counts():
    doses = {
        (code, name): entry.least_daily_ng
        for code, drug_set in sets.every().items()
        for name, entry in drug_set.entries.items()
        if entry.least_daily_ng is not None
    }
    assert doses[("anticholinergics", "doxepin")] == 6_000_001  # more than 6 mg
    assert doses[("hrm_digoxin", "digoxin")] == 125_001
    assert doses[("statins_high_intensity", "atorvastatin")] == 40_000_000  # 40 mg or more
    assert {code for code, _ in doses} == {
        "anticholinergics", "antidepressants", "hrm_digoxin", "hrm_doxepin", "hrm_reserpine", "statins_high_intensity",
        "statins_moderate_or_high",
    }  # fmt: skip


def test_a_set_with_a_form_that_is_none_is_refused(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("ingredient,only_forms\nmorphine,by mouth\n")
    with pytest.raises(ValueError, match="by mouth"):
        sets.read(path)


def test_an_empty_cell_takes_the_value_of_the_star(tmp_path):
    path = tmp_path / "star.csv"
    path.write_text("ingredient,only_forms,daily_mg\n*,oral_solid,>6\na,,\nb,patch,10\n")
    entries = sets.read(path).entries
    assert {name: (set(one.only_forms), one.least_daily_ng) for name, one in entries.items()} == {
        "a": ({"oral_solid"}, 6_000_001),
        "b": ({"patch"}, 10_000_000),
    }


@pytest.mark.parametrize(
    ("form", "route", "expected"),
    [
        ("TABLET, FILM COATED", "ORAL", "oral_solid"),
        ("TABLET", "", "oral_solid"),
        ("TABLET", "OCCLUSIVE DRESSING TECHNIQUE", "oral_solid"),
        ("POWDER, FOR SUSPENSION", "ORAL", "oral_liquid"),
        ("CAPSULE, LIQUID FILLED", "ORAL", "oral_solid"),
        ("LOZENGE", "ORAL; TRANSMUCOSAL", "mucosal"),
        ("FILM", "ORAL", "film"),
        ("SPRAY", "SUBLINGUAL", "oral_spray"),
        ("GEL", "TRANSDERMAL", "transdermal"),
        ("PATCH", "TOPICAL", "topical"),
        ("CAPSULE", "RESPIRATORY (INHALATION)", "inhaler"),
        ("AEROSOL, METERED", "ORAL", "inhaler"),
        ("SUSPENSION", "RESPIRATORY (INHALATION)", "nebulizer"),
        ("GAS", "RESPIRATORY (INHALATION)", "other"),
        ("KIT", "INTRAMUSCULAR", "injection"),
        ("KIT", "", "kit"),
        ("IMPLANT", "SUBCUTANEOUS", "implant"),
        ("SOLUTION", "SUBCUTANEOUS", "injection"),
    ],
)
def test_groups_of_dose_forms(form, route, expected):
    assert group(form, route) == expected
