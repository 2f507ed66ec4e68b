"""The lake holds what PostgreSQL holds, changes whole or not at all, and gives the same results."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from pyarrow import parquet

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.drugs.models import DrugSetMember
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.periods import day_number
from carecoord.management.bench import members
from patients.claims.models import Fill
from patients.measures import actions as measures
from patients.measures.lake import actions as lakes
from patients.measures.lake import changes, files, manifest
from patients.measures.models import MeasureResult, Run
from tests.conftest import as_owner

from .conftest import acting, only

pytestmark = pytest.mark.django_db
FILL = "claims_fill"


@pytest.fixture(autouse=True)
def small_buckets(monkeypatch):
    for module in (manifest, changes, lakes):
        monkeypatch.setattr(module, "BUCKET_IDS", 100)
    monkeypatch.setattr("patients.measures.lake.results.BUCKET_IDS", 100)


def export(made, folder, **more):
    with acting(made):
        return lakes.export(payer=made.payer, folder=folder, **more)


def buckets(folder, made):
    return manifest.read(folder).payers[str(made.payer.pk)]


def paths(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*.parquet*")}


def results(made):
    with as_owner():
        rows = MeasureResult.objects.filter(payer=made.payer).order_by("patient_id", "measure")
        return [{k: v for k, v in row.items() if k not in ("id", "run_id")} for row in rows.values()]


def test_it_holds_every_fact_in_order_and_of_people_no_name(made, tmp_path):
    counts = export(made, tmp_path)
    held = buckets(tmp_path, made)
    assert counts["written"] == counts["buckets"] == len(held) >= 2
    in_order = [held[number] for number in sorted(held, key=int)]
    rows = [row for one in in_order for row in parquet.read_table(tmp_path / one.files[FILL]).to_pylist()]
    with as_owner():
        stored = Fill.objects.filter(payer=made.payer).order_by("patient_id", "day", "event_id")
        assert rows == list(stored.values(*rows[0]))
    person = parquet.read_table(tmp_path / next(iter(held.values())).files["patients_patient"])
    assert person.column_names == ["id", "sex", "born_on", "died_on"]
    with as_owner():
        event = AuditEvent.objects.get(event="lake.exported")
    assert event.row_count == counts["rows"] > 5_000


def test_only_what_changed_is_written_again(made, tmp_path):
    export(made, tmp_path)
    before, patient_id = buckets(tmp_path, made), made.first_id
    with as_owner():
        Fill.objects.filter(patient=patient_id).first().delete()
    assert export(made, tmp_path)["written"] == 1
    after, number = buckets(tmp_path, made), str(patient_id // 100)
    assert {n for n in after if after[n].files != before[n].files} == {number}
    assert after[number].rows[FILL] == before[number].rows[FILL] - 1
    assert paths(tmp_path) == manifest.read(tmp_path).named()
    assert export(made, tmp_path)["written"] == 0
    assert export(made, tmp_path, everything=True)["written"] == len(after)


def touched(made, cast, patient_id):
    """A delivery that changed a member in a way that no count shows."""
    with as_owner():
        Fill.objects.filter(patient=patient_id).update(days_supply=7)
        mine = {"payer": made.payer, "delivery": cast.a.delivery}
        changes.TouchedPatient.objects.create(patient_id=patient_id, **mine)
        Outbox.objects.create(topic="patients.touched", payer_id=made.payer.pk, subject_id=cast.a.delivery.pk)


def test_members_whom_a_delivery_touched_are_written_again_and_the_old_lake_is_not_judged(cast, made, tmp_path):
    export(made, tmp_path)
    touched(made, cast, made.last_id)
    with acting(made), pytest.raises(lakes.NotUpToDate):
        judge(made, tmp_path, lakes.compare)
    assert export(made, tmp_path)["written"] == 1
    number = str(made.last_id // 100)
    table = parquet.read_table(tmp_path / buckets(tmp_path, made)[number].files[FILL])
    assert {row["days_supply"] for row in table.to_pylist() if row["patient_id"] == made.last_id} == {7}


@pytest.mark.parametrize("dies_at", [1, 15])
def test_an_export_that_dies_leaves_the_old_state_and_the_next_one_tidies_up(made, tmp_path, monkeypatch, dies_at):
    export(made, tmp_path)
    old, held = (tmp_path / "manifest.json").read_bytes(), paths(tmp_path)
    real, calls = files.write, []

    def dying(path, *args):
        calls.append(path)
        if len(calls) == dies_at:
            path.with_name(f"{path.name}.part").write_bytes(b"half")
            raise KeyboardInterrupt
        return real(path, *args)

    monkeypatch.setattr(files, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        export(made, tmp_path, everything=True)
    assert (tmp_path / "manifest.json").read_bytes() == old and held <= paths(tmp_path)
    monkeypatch.setattr(files, "write", real)
    export(made, tmp_path, everything=True)
    assert paths(tmp_path) == manifest.read(tmp_path).named()


def judge(made, folder, action, engine="duckdb"):
    return action(payer=made.payer, folder=folder, engine=engine, year=2025, as_of=members.as_of(made))


def test_duckdb_comes_to_what_postgresql_came_to(judged, tmp_path, monkeypatch):
    export(judged, tmp_path)
    with acting(judged):
        told = judge(judged, tmp_path, lakes.compare)
    assert told == {"results": len(results(judged)), "differences": []} and told["results"] > 200
    with as_owner():
        MeasureResult.objects.filter(payer=judged.payer, measure="pdc_sta", patient__lt=judged.first_id + 100).update(
            fills=99
        )
    only(monkeypatch, ["pdc_sta"])
    with acting(judged):
        (difference, *_) = judge(judged, tmp_path, lakes.compare)["differences"]
    assert difference["measure"] == "pdc_sta" and {row[0] for row in difference["first"]} == {"lake", "postgres"}


def test_duckdb_writes_the_same_rows(made, tmp_path, monkeypatch):
    only(monkeypatch, ["pdc_sta", "supd"])
    with acting(made):
        measures.evaluate(payer=made.payer, year=2025, as_of=members.as_of(made), cause="test")
    expected = results(made)
    export(made, tmp_path)
    with as_owner():
        MeasureResult.objects.filter(payer=made.payer, measure="supd").delete()
        MeasureResult.objects.filter(payer=made.payer, measure="pdc_sta").update(fills=99, version="old")
    with acting(made):
        run = judge(made, tmp_path, lakes.evaluate)
    assert results(made) == expected and run.results == len(expected)
    with as_owner():
        assert Run.objects.get(pk=run.pk).ended_at


def test_fills_of_a_vaccine_of_long_ago_are_doses_for_one_for_everybody_and_in_the_lake(made, tmp_path, monkeypatch):
    only(monkeypatch, ["pdc_sta", "vaccine_zoster"])
    asked = {"payer": made.payer, "year": 2025, "as_of": members.as_of(made), "cause": "test"}
    with acting(made):
        measures.evaluate(**asked)
    with as_owner():
        zoster = MeasureResult.objects.filter(payer=made.payer, measure="vaccine_zoster")
        patient = zoster.filter(denominator=True, value_milli=0).first().patient_id
        ndc = DrugSetMember.objects.filter(set_code="vaccine_zoster_products").first().ndc11
        for place, day in enumerate((date(2019, 5, 1), date(2019, 9, 1))):
            who = {"payer": made.payer, "patient_id": patient, "event_id": 9_000_000 + place}
            Fill.objects.create(day=day_number(day), days_supply=1, ndc=ndc, **who)
    with acting(made):
        measures.evaluate(**asked, patient_ids=[patient])
    alone = results(made)
    with as_owner():
        assert zoster.filter(patient=patient).values_list("numerator", "value_milli").get() == (True, 2000)
    with acting(made):
        measures.evaluate(**asked)
    assert results(made) == alone
    export(made, tmp_path)
    with acting(made):
        assert judge(made, tmp_path, lakes.compare)["differences"] == []


def test_the_commands(made, tmp_path, capsys):
    call_command("export_lake", str(tmp_path), "--payer", "lake")
    assert json.loads(capsys.readouterr().out)["payers"]["lake"]["written"] >= 2
    words = ["--year", "2025", "--as-of", members.as_of(made).isoformat(), "--payer", "lake", "--engine", "duckdb"]
    with pytest.raises(CommandError, match="export_lake"):
        call_command("evaluate_measures", *words, "--lake", str(tmp_path / "nothing"))


def test_an_old_layout_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text('{"layout": 0}')
    with pytest.raises(manifest.NoLake):
        manifest.read(tmp_path)
