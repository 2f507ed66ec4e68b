"""Loading the drug reference and resolving the drug sets: what counts for which set, and what does not."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from carecoord.kernel.drugs import actions, fda, queries
from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, Product
from carecoord.kernel.tenancy.context import acting_as, worker_for

pytestmark = pytest.mark.django_db
HEADER = ["ndc11", "productndc", "proprietaryname", "nonproprietaryname", "substancename", "active_numerator_strength"]
HEADER += ["active_ingred_unit", "dosageformname", "routename", "pharm_classes"]


def line(ndc, name, generic, substances, route="ORAL", form="TABLET"):
    return "\t".join([ndc, "", name, generic, substances, "10", "mg/1", form, route, ""])


LINES = [
    line("00000000101", "Zestril", "lisinopril", "LISINOPRIL"),
    line("00000000102", "Zestoretic", "lisinopril and HCTZ", "HYDROCHLOROTHIAZIDE; LISINOPRIL"),
    line("00000000103", "Entresto", "Sacubitril and Valsartan", "SACUBITRIL; VALSARTAN"),
    line("00000000104", "Exforge", "amlodipine and valsartan", "AMLODIPINE BESYLATE; VALSARTAN"),
    line("00000000105", "Tekturna", "aliskiren", "ALISKIREN HEMIFUMARATE"),
    line("00000000106", "Vasotec IV", "enalaprilat", "ENALAPRILAT", "INTRAVENOUS", "INJECTION"),
    line("00000000107", "Janumet", "", "SITAGLIPTIN PHOSPHATE; METFORMIN HYDROCHLORIDE"),
    line("00000000108", "Victoza", "liraglutide", "LIRAGLUTIDE", "SUBCUTANEOUS", "INJECTION"),
    line("00000000109", "Saxenda", "liraglutide", "LIRAGLUTIDE", "SUBCUTANEOUS", "INJECTION"),
    line("00000000110", "WEGOVY", "semaglutide", "SEMAGLUTIDE", "SUBCUTANEOUS", "INJECTION"),
    line("00000000111", "Zepbound", "tirzepatide", "TIRZEPATIDE", "SUBCUTANEOUS", "INJECTION"),
    line("00000000112", "Xultophy", "", "INSULIN DEGLUDEC; LIRAGLUTIDE", "SUBCUTANEOUS", "INJECTION"),
    line("00000000113", "Semglee", "", "INSULIN GLARGINE-YFGN", "SUBCUTANEOUS", "INJECTION"),
    line("00000000114", "Humalog Mix", "", "INSULIN LISPRO PROTAMINE; INSULIN LISPRO", "SUBCUTANEOUS", "INJECTION"),
    line("00000000115", "Afrezza", "Insulin Human", "", "", "KIT"),
    line("00000000116", "Fat drops", "", "INSULIN PORK; SULFUR", "ORAL", "LIQUID"),
    line("00000000117", "Caduet", "", "AMLODIPINE BESYLATE; ATORVASTATIN CALCIUM TRIHYDRATE"),
    line("00000000118", "Nystop", "nystatin", "NYSTATIN", "TOPICAL", "POWDER"),
    line("00000000119", "Benazepril", "Benazepril Hydrochloride", "D&C YELLOW NO. 10"),
    line("00000000120", "Cycloset", "", "BROMOCRIPTINE MESYLATE"),
]
MEMBERS = {
    "ace_inhibitors": {("00000000101", "lisinopril"), ("00000000102", "lisinopril"), ("00000000119", "benazepril")},
    "arbs": {("00000000103", "valsartan"), ("00000000104", "valsartan")},
    "calcium_channel_blockers": {("00000000104", "amlodipine"), ("00000000117", "amlodipine")},
    "diuretics": {("00000000102", "hydrochlorothiazide")},
    "thiazides": {("00000000102", "hydrochlorothiazide")},
    "dpp4_inhibitors": {("00000000107", "sitagliptin")},
    "glp1_agonists": {
        ("00000000108", "liraglutide"),
        ("00000000109", "liraglutide"),
        ("00000000110", "semaglutide"),
        ("00000000111", "tirzepatide"),
        ("00000000112", "liraglutide"),
    },
    "ras_antagonists": {
        ("00000000101", "lisinopril"),
        ("00000000102", "lisinopril"),
        ("00000000104", "valsartan"),
        ("00000000105", "aliskiren"),
        ("00000000119", "benazepril"),
    },
    "sacubitril_valsartan": {("00000000103", "sacubitril")},
    "diabetes_non_insulin": {
        ("00000000107", "sitagliptin"),
        ("00000000107", "metformin"),
        ("00000000108", "liraglutide"),
        ("00000000112", "liraglutide"),
    },
    "insulins": {
        ("00000000112", "insulin degludec"),
        ("00000000113", "insulin glargine"),
        ("00000000114", "insulin lispro"),
        ("00000000115", "insulin human"),
    },
    "statins": {("00000000117", "atorvastatin")},
    "statins_high_intensity": {("00000000117", "atorvastatin")},
    "statins_moderate_or_high": {("00000000117", "atorvastatin")},
}


@pytest.fixture
def worker():
    with acting_as(worker_for()):
        yield


def written(tmp_path, *lines, header=HEADER, name="ndc.tsv"):
    path = tmp_path / name
    path.write_text("\n".join(["\t".join(header), *lines]) + "\n", encoding="utf-8")
    return path


def load(path, **more):
    return actions.load(path=path, source="test", version="1", **more)


def test_the_sets_hold_what_the_measures_mean(worker, tmp_path):
    summary = load(written(tmp_path, *LINES))
    found = {code: set() for code in MEMBERS}
    for code, ndc, name in DrugSetMember.objects.filter(set_code__in=MEMBERS).values_list(
        "set_code", "ndc11", "ingredient_name"
    ):
        found[code].add((ndc, name))
    assert found == MEMBERS
    assert (summary.lines, summary.loaded, summary.problems) == (20, 20, [])
    assert summary.set_members == DrugSetMember.objects.count() >= sum(map(len, MEMBERS.values()))


def test_a_newer_edition_replaces_a_line_and_its_membership_and_keeps_the_rest(worker, tmp_path):
    load(written(tmp_path, *LINES))
    kept = Product.objects.get(ndc11="00000000101").pk
    ids = dict(Ingredient.objects.values_list("name", "id"))
    load(written(tmp_path, line("00000000101", "Renamed", "", "LOSARTAN POTASSIUM")))
    product = Product.objects.get(ndc11="00000000101")
    assert (product.pk, product.name, product.ingredients) == (kept, "Renamed", ["losartan"])
    assert Product.objects.count() == 20
    members = DrugSetMember.objects.filter(ndc11="00000000101").order_by("set_code")
    assert list(members.values_list("set_code", "ingredient_name", "ingredient_id")) == [
        ("arbs", "losartan", ids["losartan"]),
        ("ras_antagonists", "losartan", ids["losartan"]),
    ]


def test_every_bad_line_is_named_and_the_good_ones_are_loaded(worker, tmp_path):
    bad = [line("12345", "Short", "x", "X"), line("1234567890", "Ten", "x", "X"), LINES[1] + "\tone more"]
    nameless = line("00000000199", "Nameless", "", "")
    summary = load(written(tmp_path, LINES[0], *bad, nameless, LINES[0], LINES[2]))
    assert [(one.line, one.field, one.code) for one in summary.problems] == [
        (3, "ndc11", "not_an_ndc"),
        (4, "ndc11", "not_an_ndc"),
        (5, "", "wrong_number_of_fields"),
        (6, "substancename", "no_ingredient"),
        (7, "ndc11", "repeated_ndc"),
    ]
    assert (summary.lines, summary.loaded) == (7, 2)


def test_the_fda_s_own_pair_of_files(worker, tmp_path):
    products = written(
        tmp_path,
        "0002-1433_a\tTrulicity\tDulaglutide\tINJECTION, SOLUTION\tSUBCUTANEOUS\tDULAGLUTIDE",
        header=["PRODUCTID", "PROPRIETARYNAME", "NONPROPRIETARYNAME", "DOSAGEFORMNAME", "ROUTENAME", "SUBSTANCENAME"],
        name="product.txt",
    )
    packages = written(
        tmp_path,
        "0002-1433_a\t0002-1433\t0002-1433-61",
        "0002-9999_b\t0002-9999\t0002-9999-01",
        header=["PRODUCTID", "PRODUCTNDC", "NDCPACKAGECODE"],
        name="package.txt",
    )
    summary = load(packages, products=products)
    assert [(one.line, one.code) for one in summary.problems] == [(3, "unknown_product")]
    assert Product.objects.get().ndc11 == "00002143361"
    assert queries.set_sizes() == {"diabetes_non_insulin": 1, "glp1_agonists": 1}


def test_a_file_of_something_else_is_refused(worker, tmp_path):
    with pytest.raises(fda.NotAnNdcFile, match="no column"):
        load(written(tmp_path, "a\tb", header=["name", "price"]))
    assert Product.objects.count() == 0


def test_an_ndc_that_nobody_knows_is_counted_not_refused(worker, tmp_path):
    load(written(tmp_path, *LINES))
    asked = ["00000000101", "99999999999", "00000000101"]
    assert queries.unknown(asked) == {"99999999999"}
    assert queries.product_ids(asked) == {"00000000101": Product.objects.get(ndc11="00000000101").pk}


def test_the_command_says_what_it_did_and_is_strict_when_asked(tmp_path):
    path, out, errors = written(tmp_path, LINES[0], line("1", "x", "x", "X")), StringIO(), StringIO()
    call_command("load_ndc", path, stdout=out, stderr=errors)
    assert json.loads(out.getvalue()) | {"sets": {}} == {
        "lines": 2, "loaded": 1, "rejected": 1, "set_members": 2, "unknown_strengths": {}, "sets": {},
    }  # fmt: skip
    assert "line 3, ndc11: not_an_ndc" in errors.getvalue()
    with pytest.raises(CommandError, match="left out"):
        call_command("load_ndc", path, "--strict", stdout=StringIO(), stderr=StringIO())
    with pytest.raises(CommandError, match="no file"):
        call_command("load_ndc", tmp_path / "absent.tsv")
