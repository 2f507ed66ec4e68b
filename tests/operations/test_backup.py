"""A back-up is whole, is restored into an empty place only, and what came back is checked row by row and wall by wall."""

import json

import pytest
from django.conf import settings as live
from django.core.management import CommandError, call_command

from carecoord.kernel.telemetry import sightings
from carecoord.operations import manifest as manifests
from carecoord.operations import verify
from carecoord.operations.admin import CannotOperate, scratch_database
from carecoord.operations.backup import SECRET, back_up
from carecoord.operations.restore import drill, restore
from patients.claims.models import Delivery
from tests.sealing import sealed

from . import databases

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("administrator", "deliveries"),
]
PHRASE = "a pass phrase of some length"


@pytest.fixture
def made(tmp_path, cast, as_owner, deliveries):
    """A back-up of the cast, with one delivery that waits."""
    with as_owner():
        Delivery.objects.filter(pk=cast.a.delivery.pk).update(stored_as="ab" * 16)
        Delivery.objects.filter(pk=cast.b.delivery.pk).update(state="loaded")
    file = deliveries / "ab" / ("ab" * 16)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"line\n")
    back_up(tmp_path / "made")
    return tmp_path / "made"


def test_a_back_up_says_all_that_is_in_it_and_keeps_it_from_others(made, cast):
    manifest = json.loads((made / manifests.NAME).read_text())
    assert manifest["rows"]["patients_patient"] == 2
    assert manifest["rows"]["audit_auditevent"] > 0
    assert "patients.0001_initial" in manifest["migrations"]
    assert (manifest["deliveries_waiting"], manifest["deliveries_without_file"]) == (1, [])
    assert manifest["files"].keys() == {"database.dump", f"deliveries/ab/{'ab' * 16}"}
    assert manifest["key"] == "left out"
    assert made.stat().st_mode & 0o077 == 0
    assert (made / "database.dump").stat().st_mode & 0o077 == 0
    assert live.SECRET_KEY not in (made / manifests.NAME).read_text()


def test_a_folder_that_holds_something_is_not_written_to(tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(CannotOperate, match="not empty"):
        back_up(tmp_path)
    with pytest.raises(CommandError, match="not empty"):
        call_command("backup", tmp_path)


def test_the_drill_restores_verifies_drops_and_is_remembered(made, administrator):
    with administrator.connect() as connection:
        before = databases.names(connection)
    answer = drill(made)
    manifest = manifests.read(made)
    assert answer["rows"] == sum(manifest["rows"].values())
    assert (answer["tables"], answer["deliveries_waiting"]) == (len(manifest["rows"]), 1)
    with administrator.connect() as connection:
        assert databases.names(connection) == before
    assert sightings.latest()["drill"].detail["rows"] == answer["rows"]


def test_a_file_that_changed_by_one_byte_is_found(made):
    with (made / "database.dump").open("r+b") as stream:
        stream.seek(1000)
        stream.write(b"?")
    with pytest.raises(CannotOperate, match=r"database\.dump has changed"):
        drill(made)


def test_a_file_that_is_missing_or_new_is_found(made):
    (made / "more").write_text("x")
    next((made / "deliveries" / "ab").iterdir()).unlink()
    with pytest.raises(CannotOperate, match=r"missing.*more is not in the manifest"):
        drill(made)


def test_a_table_with_other_rows_is_found(made):
    edit(made, lambda manifest: manifest["rows"].update(patients_patient=3))
    with pytest.raises(CannotOperate, match="patients_patient has 2 rows, not 3"):
        drill(made)


def test_a_back_up_of_a_newer_carecoord_or_server_is_refused(made):
    edit(made, lambda manifest: manifest["migrations"].append("patients.9999_later"))
    with pytest.raises(CannotOperate, match=r"newer CareCoord.*9999_later"):
        drill(made)
    edit(made, lambda manifest: manifest.update(migrations=[], postgresql=99))
    with pytest.raises(CannotOperate, match=r"of PostgreSQL 99, and this server is"):
        drill(made)


def edit(folder, change):
    manifest = json.loads((folder / manifests.NAME).read_text())
    change(manifest)
    manifests.write(folder, manifest)


def test_nothing_is_restored_over_something(made):
    with pytest.raises(CannotOperate, match="not empty"):
        restore(made)


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("alter table patients_patient no force row level security", "patients_patient has no forced"),
        ("drop policy portal on flags_flag", "flags_flag has no policy for portal"),
        ("drop trigger audit_update on flags_flag", "flags_flag has no trigger audit_update"),
        ("alter table audit_auditevent disable trigger append_only", "audit trail can be changed"),
    ],
)
def test_a_wall_or_trigger_that_is_missing_is_found(administrator, harm, found):
    with administrator.connect() as connection:
        verify.walls_and_trail(connection)
        connection.execute(harm)
        with pytest.raises(CannotOperate, match=found):
            verify.walls_and_trail(connection)
        connection.rollback()


def test_a_database_whose_walls_are_down_is_found_by_logging_in(administrator, cast):
    verify.log_ins(administrator)
    with scratch_database(administrator) as scratch, scratch.connect(autocommit=True) as connection:
        connection.execute(
            "create table patients_patient as select 1 as id; grant select on patients_patient to public"
        )
        connection.execute("create table audit_auditevent as select 1 as id; grant all on audit_auditevent to public")
        with pytest.raises(CannotOperate, match="sees 1 patients"):
            verify.log_ins(scratch)
        connection.execute("delete from patients_patient")
        with pytest.raises(CannotOperate, match="can remove lines of the audit trail"):
            verify.log_ins(scratch)


def test_the_secret_key_travels_under_its_pass_phrase_only(tmp_path, cast, monkeypatch):
    monkeypatch.setenv("CARECOORD_BACKUP_PHRASE", "short")
    with pytest.raises(CannotOperate, match="at least 16"):
        back_up(tmp_path / "sealed")
    assert not (tmp_path / "sealed").exists()
    monkeypatch.setenv("CARECOORD_BACKUP_PHRASE", PHRASE)
    back_up(tmp_path / "sealed")
    assert live.SECRET_KEY not in (tmp_path / "sealed" / SECRET).read_text()
    monkeypatch.setenv("CARECOORD_BACKUP_PHRASE", "another phrase than that")
    with pytest.raises(CannotOperate, match="not the pass phrase"):
        drill(tmp_path / "sealed")
    monkeypatch.delenv("CARECOORD_BACKUP_PHRASE")
    with pytest.raises(CannotOperate, match="give its pass phrase"):
        drill(tmp_path / "sealed")


@pytest.mark.skipif(bool(live.DATABASE_URL), reason="the embedded server has its own version, the other its own")
def test_an_empty_home_comes_back_with_rows_walls_deliveries_and_secret_key(
    tmp_path, made, manage, monkeypatch, settings
):
    monkeypatch.setenv("CARECOORD_BACKUP_PHRASE", PHRASE)
    settings.AUDIT_HEADS = tmp_path / "heads.jsonl"
    sealed()
    back_up(tmp_path / "whole")
    answer = manage("restore", tmp_path / "whole")
    assert answer.returncode == 0, answer.stderr
    assert "verify_audit" in answer.stderr
    manifest = manifests.read(tmp_path / "whole")
    assert json.loads(answer.stdout)["rows"] == sum(manifest["rows"].values())
    assert json.loads((manage.home / "secrets.json").read_text())["django_secret_key"] == live.SECRET_KEY
    assert (manage.home / "deliveries/ab" / ("ab" * 16)).read_bytes() == b"line\n"
    trail = manage("verify_audit")
    assert (trail.returncode, json.loads(trail.stdout)["seals"]) == (0, 1), trail.stdout
    again = manage("restore", tmp_path / "whole")
    assert again.returncode == 1
    assert "is not empty" in again.stderr
