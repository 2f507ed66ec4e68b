"""Which packages count as doses of which vaccine: the whole directory of 2019, names of later editions, and what only sounds alike."""

from collections import defaultdict

import pytest

from carecoord.kernel.drugs import actions, sets
from carecoord.kernel.drugs.ingredients import ingredients
from carecoord.kernel.drugs.models import DrugSetMember
from carecoord.kernel.tenancy.context import acting_as, worker_for

from .test_reference import HEADER, line, written

NAME = "vaccine_{}_products"
# fmt: off
LABELS = {  # of the directory of 2019-05: every product of the set, by label name, with its packages
    "zoster": {"shingrix": 2},
    "td_tdap": {
        "adacel": 4, "boostrix": 6, "clostridium tetani toxoid antigen (formaldehyde inactivated)": 1, "tdvax": 2, "tenivac": 2,
        "tetanus and diphtheria toxoids adsorbed": 1,
    },
    "hepatitis_b": {"engerix-b": 9, "heplisav-b": 3, "pediarix": 1, "recombivax hb": 11, "twinrix": 2, "vaxelis": 1},
    "hepatitis_b_two_doses": {"heplisav-b": 3},
    "influenza": {
        "afluria": 4, "afluria quadrivalent": 2, "fluad": 1, "fluarix quadrivalent": 1,
        "flucelvax quadrivalent (multi-dose vial)": 1, "flucelvax quadrivalent (prefilled syringe)": 1, "fluzone high-dose": 1,
        "fluzone quadrivalent": 4, "flublok": 6, "flublok quadrivalent": 1, "flulaval quadrivalent": 2,
        "medical provider single use ez flu shot 2018-2019": 1,
    },
    "pneumococcal": {"pneumovax 23": 4, "prevnar 13": 3},
}
OTHERS = {  # named after the disease, the germ or its toxoid, and in no set: live, for children, of a pandemic, or of another disease
    "zostavax", "varivax", "proquad", "daptacel", "infanrix", "kinrix", "quadracel", "pentacel", "menactra", "menveo", "acthib",
    "diphtheria and tetanus toxoids adsorbed", "hiberix", "pedvaxhib", "influenza a (h1n1) 2009 monovalent vaccine",
}
WORDS = (
    "zoster", "varicella", "tetani", "tetanus", "diphtheria", "hepatitis b", "influenza", "pneumococ", "streptococcus pneumoniae",
    "syncytial", "covid", "sars-cov",
)
NOT_VACCINES = ("immune globulin", "influenzinum")
LATER = [  # proprietary name, generic name, substances, form, route: as FDA writes them, background knowledge
    ("Shingrix", "Zoster Vaccine Recombinant, Adjuvanted", "", "KIT", "", "zoster"),
    ("Arexvy", "Respiratory Syncytial Virus Vaccine, Adjuvanted", "", "KIT", "", "rsv"),
    ("ABRYSVO", "Respiratory Syncytial Virus Vaccine", "RESPIRATORY SYNCYTIAL VIRUS STABILIZED PREFUSION F PROTEIN SUBGROUP A",
     "INJECTION, POWDER, LYOPHILIZED, FOR SOLUTION", "INTRAMUSCULAR", "rsv"),
    ("mRESVIA", "Respiratory Syncytial Virus Vaccine", "SOMETHING NEW", "INJECTION, SUSPENSION", "INTRAMUSCULAR", "rsv"),
    ("Beyfortus", "nirsevimab", "NIRSEVIMAB", "INJECTION", "INTRAMUSCULAR", ""),
    ("COMIRNATY", "COVID-19 Vaccine, mRNA", "RAXTOZINAMERAN", "INJECTION, SUSPENSION", "INTRAMUSCULAR", "covid19"),
    ("SPIKEVAX", "COVID-19 Vaccine, mRNA", "ANDUSOMERAN", "INJECTION, SUSPENSION", "INTRAMUSCULAR", "covid19"),
    ("mNEXSPIKE", "COVID-19 Vaccine, mRNA", "SOMETHING NEW", "INJECTION, SUSPENSION", "INTRAMUSCULAR", "covid19"),
    ("Nuvaxovid", "COVID-19 Vaccine, Adjuvanted", "SOMETHING NEW", "INJECTION, SUSPENSION", "INTRAMUSCULAR", "covid19"),
    ("Prevnar 20", "pneumococcal 20-valent conjugate vaccine",
     "STREPTOCOCCUS PNEUMONIAE TYPE 8 CAPSULAR POLYSACCHARIDE DIPHTHERIA CRM197 PROTEIN CONJUGATE ANTIGEN",
     "INJECTION, SUSPENSION", "INTRAMUSCULAR", "pneumococcal"),
    ("CAPVAXIVE", "Pneumococcal 21-valent Conjugate Vaccine",
     "STREPTOCOCCUS PNEUMONIAE SEROTYPE 3 CAPSULAR POLYSACCHARIDE CRM197 PROTEIN CONJUGATE ANTIGEN",
     "INJECTION, SOLUTION", "INTRAMUSCULAR", "pneumococcal"),
    ("PreHevbrio", "Hepatitis B Vaccine (Recombinant)", "SOMETHING NEW", "INJECTION, SUSPENSION", "INTRAMUSCULAR", "hepatitis_b"),
    ("Heplisav-B", "Hepatitis B Vaccine (Recombinant), Adjuvanted", "HEPATITIS B VIRUS SUBTYPE ADW HBSAG SURFACE PROTEIN ANTIGEN",
     "INJECTION, SOLUTION", "INTRAMUSCULAR", "hepatitis_b hepatitis_b_two_doses"),
    ("FluMist", "Influenza Vaccine Live, Intranasal", "INFLUENZA B VIRUS B/AUSTRIA/1359417/2021 LIVE (ATTENUATED) ANTIGEN", "SPRAY",
     "NASAL", "influenza"),
    ("Audenz", "Influenza A (H5N1) Monovalent Vaccine, Adjuvanted", "INFLUENZA A VIRUS A/TURKEY/TURKEY/1/2005 NIBRG-23 (H5N1) ANTIGEN",
     "INJECTION, EMULSION", "INTRAMUSCULAR", ""),
    ("Sterile Diluent", "Sterile Diluent for vaccines", "WATER", "INJECTION, SOLUTION", "SUBCUTANEOUS", ""),
]
# fmt: on


def counting(one):
    label = sets.Label(one.name, one.generic_name, one.ingredients, one.dose_form, one.route, one.unit)
    return {code for entries in sets.counting(label).values() for code, _ in entries if code.startswith("vaccine_")}


def test_every_vaccine_of_the_directory_is_in_its_set_or_known_to_be_out(directory):
    found, left, homeopathic = defaultdict(lambda: defaultdict(int)), set(), 0
    for one in directory:
        told = f"{one.name} {one.generic_name} {' '.join(one.ingredients)}".casefold()
        if codes := counting(one):
            for code in codes:
                found[code][one.name.casefold().split(",")[0]] += 1
        elif any(word in told for word in WORDS):
            if "[hp_" in one.unit:
                homeopathic += 1
            elif not any(word in told for word in NOT_VACCINES):
                left.add(one.name.casefold())
    assert {code: dict(labels) for code, labels in found.items()} == {
        NAME.format(name): labels for name, labels in LABELS.items()
    }
    assert left == OTHERS
    assert homeopathic > 20


@pytest.mark.parametrize(("name", "generic", "held", "form", "route", "vaccines"), LATER, ids=[row[0] for row in LATER])
def test_what_later_editions_call_them(name, generic, held, form, route, vaccines):
    label = sets.Label(name, generic, ingredients(held, generic, sets.targets()), form, route, "ug/.5mL")
    found = {code for entries in sets.counting(label).values() for code, _ in entries}
    assert found == {NAME.format(vaccine) for vaccine in vaccines.split()}


def test_how_a_name_begins_names_every_substance_that_begins_so(tmp_path):
    assert sets.named("influenza b virus b/phuket/3073/2013 antigen") == ["influenza b virus*"]
    assert sets.named("human influenza b virus") == [] == sets.named("influenza a virus")
    assert sets.named("covid-19 vaccine") == ["covid-19 vaccine"] and sets.named("covid-19 vaccines") == []


def test_what_has_no_strength_is_asked_for_no_dose(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("ingredient,daily_mg\ninfluenza b virus*,10\n")
    with pytest.raises(ValueError, match="no dose"):
        sets.read(path)


@pytest.mark.django_db
def test_a_vaccine_against_four_strains_is_one_member_of_its_set(tmp_path):
    strains = "; ".join(f"INFLUENZA {kind} VIRUS {kind}/TOWN/{n}/2025 ANTIGEN" for kind in "AB" for n in (1, 2))
    shots = [
        line("00000000201", "Fluzone", "influenza vaccine", strains, "INTRAMUSCULAR", "INJECTION, SUSPENSION"),
        line("00000000202", "Lisinopril", "lisinopril", "LISINOPRIL"),
    ]
    with acting_as(worker_for()):
        summary = actions.load(path=written(tmp_path, *shots, header=HEADER), source="test", version="1")
    members = DrugSetMember.objects.filter(ndc11="00000000201")
    assert list(members.values_list("set_code", "ingredient_name", "form", "strength_ng")) == [
        ("vaccine_influenza_products", "influenza b virus*", "injection", None)
    ]
    assert summary.unknown_strengths == {}
