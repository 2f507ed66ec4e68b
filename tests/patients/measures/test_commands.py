"""evaluate_measures, export_results and explain: options, columns and refusals."""

import csv
import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from carecoord.kernel.audit.models import AuditEvent
from patients.claims.models import Diagnosis, Fill
from patients.measures.models import MeasureResult, Run
from patients.measures.queries import harmless
from patients.models import Member
from tests.conftest import as_owner
from tests.factories.history import diagnosis, drugs, fill, member

pytestmark = pytest.mark.django_db
COLUMNS = (
    "patient_id,payer,member_id,measure,version,year,as_of,denominator,exclusion,numerator,covered_days,period_days,"
    "value,threshold,days_left,last_day,not_computed"
)
FOUR = ("pdc_dr", "pdc_rasa", "pdc_sta", "supd")
YEAR_END = ("--year", "2025", "--as-of", "2025-12-31")


@pytest.fixture
def world(cast, four_measures):
    """Four members of payer A: one adherent, one on insulin, one without days supply, one with a single fill."""
    with as_owner():
        MeasureResult.objects.all().delete()
        Fill.objects.all().delete()
        Member.objects.filter(patient=cast.a.patient).update(member_id="-10000010254618")
        drugs()
        for day in ("2025-03-25", "2025-07-05", "2025-09-25"):
            fill(cast.a, day, 90)
        names = ("insulin", "nosupply", "once")
        cast.people = {name: member(cast.a, name) for name in names}
        for name, drug, supply, days in [
            ("insulin", "metformin", 90, ("2025-01-05", "2025-04-05", "2025-07-05")),
            ("insulin", "insulin", 30, ("2025-06-01",)),
            ("nosupply", "atorvastatin", None, ("2025-01-05", "2025-04-05")),
            ("once", "lisinopril", 30, ("2025-01-05",)),
        ]:
            for day in days:
                fill(cast.a, day, supply, drug, patient=cast.people[name])
    return cast


def command(name, *arguments):
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def exported(*arguments):
    """The rows of the measures that this world is made for: everybody is asked about vaccines."""
    return [row for row in everything(*arguments) if row["measure"] in FOUR]


def everything(*arguments):
    text = command("export_results", *(arguments or (*YEAR_END, "--payer", "payer-a")), "--format", "csv")
    assert text.splitlines()[0] == COLUMNS
    return list(csv.DictReader(StringIO(text)))


def counts(told, payer="payer-a"):
    """How many results of the measures that this world is made for."""
    return sum(told["payers"][payer]["measures"][code]["results"] for code in FOUR)


def test_evaluate_prints_counts(world):
    told = json.loads(command("evaluate_measures", *YEAR_END))
    assert told["payers"].keys() == {"payer-a", "payer-b"} and counts(told) == 5
    assert told["payers"]["payer-a"]["measures"]["pdc_rasa"] == {
        "results": 2, "denominator": 1, "numerator": 1, "excluded": 0, "not_computed": 0,
    }  # fmt: skip


def test_the_columns_and_what_they_mean(world):
    command("evaluate_measures", *YEAR_END)
    rows = {row["member_id"]: row for row in exported() if row["measure"] != "supd"}
    adherent = rows["-10000010254618"]
    assert adherent == {
        "patient_id": str(world.a.patient.public_id), "payer": "payer-a", "member_id": "-10000010254618", "measure": "pdc_rasa",
        "version": "2025.1", "year": "2025", "as_of": "2025-12-31", "denominator": "true", "exclusion": "", "numerator": "true",
        "covered_days": "270", "period_days": "282", "value": "0.957447", "threshold": "0.8000", "days_left": "44", "last_day": "",
        "not_computed": "",
    }  # fmt: skip
    wide = command("export_results", *YEAR_END, "--payer", "payer-a", "--format", "csv", "--wide").splitlines()
    assert wide[0] == f"{COLUMNS},not_in_denominator,second_value,limit,unit,value_day,pharmacy"
    excluded = rows["insulin"]
    assert (excluded["measure"], excluded["denominator"], excluded["exclusion"]) == ("pdc_dr", "false", "insulin")
    (statin,) = (row for row in exported() if row["measure"] == "supd")
    assert [statin[name] for name in ("member_id", "denominator", "numerator", "threshold")] == [
        "insulin",
        "true",
        "false",
        "",
    ]
    assert [statin[name] for name in ("covered_days", "value", "days_left", "not_computed")] == [""] * 4
    blank = rows["nosupply"]
    assert (blank["denominator"], blank["not_computed"]) == ("false", "no_days_supply")
    assert [blank[name] for name in ("value", "covered_days", "days_left", "last_day")] == [""] * 4
    assert (rows["once"]["denominator"], rows["once"]["exclusion"], rows["once"]["not_computed"]) == ("false", "", "")


def test_mid_year_it_names_the_last_day_to_act(world):
    asked = ("--year", "2025", "--as-of", "2025-12-20")
    command("evaluate_measures", *asked, "--payer", "payer-a")
    row = next(row for row in exported(*asked) if row["member_id"] == "-10000010254618")
    assert (row["covered_days"], row["period_days"], row["days_left"]) == ("259", "271", "44")
    assert date.fromisoformat(row["last_day"]) > date(2025, 12, 31)


def test_only_those_named_are_evaluated(world):
    told = json.loads(command("evaluate_measures", *YEAR_END, "--patients", "payer-a:once", "payer-a:insulin"))
    assert told["payers"]["payer-a"]["patients"] == 2
    with as_owner():
        assert set(MeasureResult.objects.values_list("patient__members__member_id", flat=True)) == {"once", "insulin"}
    told = json.loads(command("evaluate_measures", *YEAR_END, "--patients", str(world.people["once"].public_id)))
    assert told["payers"]["payer-a"]["patients"] == 1


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([*YEAR_END, "--engine", "sqlite"], "There is no engine 'sqlite' here. There is: postgres, duckdb, spark."),
        ([*YEAR_END, "--engine", "duckdb"], "--lake DIR goes with --engine duckdb or spark"),
        ([*YEAR_END, "--payer", "nobody"], "There is no payer nobody."),
        ([*YEAR_END, "--patients", "payer-a:nobody"], "Nobody is known as payer-a:nobody"),
        ([*YEAR_END, "--patients", "payer-b:once"], "Nobody is known as payer-b:once"),
        (["--year", "2026", "--as-of", "2025-12-31"], "lies before the measurement year 2026"),
    ],
)
def test_what_cannot_be_evaluated_is_said(world, arguments, sentence):
    with pytest.raises(CommandError, match=sentence.replace("?", r"\?")):
        command("evaluate_measures", *arguments)
    with as_owner():
        assert not Run.objects.exists()


def test_what_was_not_evaluated_is_not_exported(world):
    with pytest.raises(CommandError, match="Nothing was evaluated for any payer|for payer-a"):
        exported()
    command("evaluate_measures", *YEAR_END, "--payer", "payer-a")
    with pytest.raises(CommandError, match="Nothing was evaluated for payer-b for 2025 as of 2025-12-31"):
        exported(*YEAR_END, "--payer", "payer-b")
    assert len(exported(*YEAR_END)) == 5


def test_an_export_leaves_a_trace(world):
    command("evaluate_measures", *YEAR_END)
    exported()
    with as_owner():
        event = AuditEvent.objects.get(event="results.exported")
    assert event.row_count == len(everything()) and event.detail == {
        "year": 2025,
        "as_of": "2025-12-31",
        "payer": "payer-a",
    }


@pytest.mark.parametrize(
    "text, cell",
    [
        ("=1+1", "'=1+1"), ("@x", "'@x"), ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"), ("\tx", "'\tx"), ("＝1", "'＝1"),
        ("-10000010254618", "-10000010254618"), ("-0.5", "-0.5"), ("M-1", "M-1"), ("", ""),
    ],
)  # fmt: skip
def test_formulas_are_neutralised_and_numbers_are_not(text, cell):
    assert harmless(text) == cell


def test_explain_by_member_id_and_by_uuid(world):
    told = json.loads(command("explain", "payer-a:-10000010254618", "pdc_rasa", "--as-of", "2025-12-31"))
    assert (told["payer"], told["member_id"], told["year"]) == ("payer-a", "-10000010254618", 2025)
    assert (told["result"]["covered_days"], told["result"]["period_days"]) == (270, 282)
    assert told["fills"][2]["starts_on"] == "2025-10-03"
    uuid = str(world.a.patient.public_id)
    assert json.loads(command("explain", uuid, "pdc_rasa", "--as-of", "2025-12-31")) == told
    assert told["patient_id"] == uuid and "payer_id" not in told


def test_explain_says_what_it_does_not_know(world):
    with pytest.raises(CommandError, match="There is no measure 'pdc_x'"):
        command("explain", "payer-a:once", "pdc_x", "--as-of", "2025-12-31")
    with pytest.raises(CommandError, match="Nobody is known as payer-a:ghost"):
        command("explain", "payer-a:ghost", "pdc_sta", "--as-of", "2025-12-31")
    assert json.loads(command("explain", "payer-a:once", "pdc_sta", "--as-of", "2025-12-31"))["result"] is None


@pytest.fixture
def opioid(world):
    """Pat has an inpatient claim with an opioid use disorder, and two visits for hypertension."""
    with as_owner():
        Diagnosis.objects.all().delete()
        diagnosis(world.a, "2025-05-02", "F1120", "inpatient")
        diagnosis(world.a, "2025-03-01")
        diagnosis(world.a, "2025-06-01")
    return world


def test_explain_conditions_lists_them_or_tells_one_with_its_claims(opioid):
    every = json.loads(command("explain_conditions", "payer-a:-10000010254618", "--as-of", "2025-12-31"))
    assert {"opioid_use_disorder", "hypertension"} <= {one["condition"] for one in every["conditions"]}
    one = json.loads(command("explain_conditions", "payer-a:-10000010254618", "hypertension", "--as-of", "2025-12-31"))
    assert one["is_met"] and [claim["code"] for claim in one["claims"]] == ["I10", "I10"]
    assert (one["member_id"], one["met_on"], one["look_back_from"]) == ("-10000010254618", "2025-06-01", "2025-01-01")
    with as_owner():
        assert AuditEvent.objects.filter(event="conditions.explained").count() == 2
    with pytest.raises(CommandError, match="There is no condition 'gout'"):
        command("explain_conditions", "payer-a:-10000010254618", "gout", "--as-of", "2025-12-31")


def test_export_conditions_writes_flags_at_the_end_of_the_year(opioid):
    asked = ("--year", "2025", "--payer", "payer-a", "--format", "csv")
    rows = list(csv.DictReader(StringIO(command("export_conditions", *asked, "--condition", "hypertension"))))
    assert [(row["member_id"], row["flag"], row["first_ever_on"]) for row in rows] == [
        ("-10000010254618", "1", "2025-06-01")
    ]
    both = command("export_conditions", *asked, "--condition", "hypertension", "--advantage-counts", "--all")
    flags = {row["member_id"]: row["flag"] for row in csv.DictReader(StringIO(both))}
    assert flags["-10000010254618"] == "3" and flags["once"] == "2"
    with pytest.raises(CommandError, match="There is no condition 'gout'"):
        command("export_conditions", *asked, "--condition", "gout")
