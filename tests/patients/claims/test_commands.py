"""manage.py load_feed, export_claims, withdraw_delivery: what they print, and how they exit."""

import csv
import io
import json
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from patients.claims import load as loading
from patients.claims.export import neutral
from patients.claims.management.commands import load_feed

from .feeds import claim, claims_file, span, spans_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys):
    def run(command, *arguments):
        """(what was printed, exit code)"""
        try:
            call_command(command, *map(str, arguments))
            code = 0
        except SystemExit as end:
            code = end.code
        return capsys.readouterr().out, code

    return run


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed" / "1_claims.csv").write_bytes(
        claims_file(claim("A"), claim("B", quantity="x"), claim("C", member_id="M9"))
    )
    (tmp_path / "feed" / "2_members.csv").write_bytes(spans_file(span("M1")))
    return tmp_path / "feed"


def feed(run, *arguments):
    printed, code = run("load_feed", "--payer", "acme", "--format", "tuva_csv", *arguments)
    return json.loads(printed), code


def test_a_folder_is_loaded_and_every_line_is_accounted_for(run, folder, as_owner):
    told, code = feed(run, folder)
    assert code == 0
    totals = {name: told[name] for name in ("lines", "loaded", "waiting", "repeated", "rejected", "conflicting")}
    assert totals == {"lines": 4, "loaded": 2, "waiting": 1, "repeated": 0, "rejected": 1, "conflicting": 0}
    assert [(d["file"], d["kind"], d["state"]) for d in told["deliveries"]] == [
        ("1_claims.csv", "pharmacy_claim", "loaded"),
        ("2_members.csv", "eligibility", "loaded"),
    ]
    assert told["rejects"] == [
        {
            "file": "1_claims.csv",
            "line": 3,
            "field": "quantity",
            "code": "not_a_number",
            "message": told["rejects"][0]["message"],
        }
    ]
    assert told["notes"]["no_paid_date"] == 2
    with as_owner():
        assert Organisation.objects.get(code="acme").kind == "payer"


def test_strict_says_by_its_exit_code_that_a_line_was_rejected(run, folder):
    assert feed(run, folder, "--strict")[1] == 1
    assert feed(run, folder / "2_members.csv", "--strict")[1] == 0


def test_a_refused_file_is_told_in_a_sentence_and_by_the_exit_code(run, tmp_path):
    (tmp_path / "x.csv").write_text("name,shoe size\n")
    told, code = feed(run, tmp_path / "x.csv")
    assert code == 1
    assert told["deliveries"][0]["state"] == "refused"
    assert "no known column" in told["deliveries"][0]["refusal"]


def test_a_file_that_is_not_there_is_said_before_anything_is_loaded(tmp_path):
    with pytest.raises(CommandError, match="no file"):
        call_command("load_feed", "--payer", "acme", "--format", "tuva_csv", str(tmp_path / "none.csv"))


def test_the_export_has_exactly_these_columns_in_order(run, folder, as_owner):
    feed(run, folder)
    printed, code = run("export_claims", "--payer", "acme", "--format", "csv")
    rows = list(csv.reader(io.StringIO(printed)))
    assert code == 0
    assert ",".join(rows[0]) == (
        "payer,claim_id,claim_line_number,member_id,state,version,dispensing_date,ndc_code,quantity,days_supply,paid_cents"
    )
    assert [row[1:5] for row in rows[1:]] == [["A", "1", "M1", "paid"], ["C", "1", "M9", "waiting"]]
    printed, _ = run("export_claims", "--payer", "acme", "--kind", "medical")
    assert printed == (
        "payer,claim_id,claim_line_number,member_id,state,version,service_date,hcpcs_code,quantity,days_supply,paid_cents\n"
    )
    with as_owner():
        assert list(
            AuditEvent.objects.filter(event="claims.exported").order_by("id").values_list("row_count", flat=True)
        ) == [2, 0]
    with pytest.raises(CommandError, match="no payer"):
        call_command("export_claims", "--payer", "nobody")


def test_a_delivery_is_withdrawn_by_its_id(run, folder):
    told, _ = feed(run, folder)
    printed, code = run("withdraw_delivery", told["deliveries"][0]["id"], "--reason", "Wrong month")
    assert (json.loads(printed)["state"], code) == ("withdrawn", 0)
    assert run("export_claims", "--payer", "acme")[0].count("\n") == 1
    with pytest.raises(CommandError, match="only a loaded one"):
        call_command("withdraw_delivery", told["deliveries"][0]["id"], "--reason", "again")
    for wrong, sentence in [("00000000-0000-0000-0000-000000000000", "no delivery"), ("x", "not the id")]:
        with pytest.raises(CommandError, match=sentence):
            call_command("withdraw_delivery", wrong, "--reason", "x")


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+A", "'+A"),
        ("-A1", "'-A1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\0", "'\0"),
        ("\uff1dx", "'\uff1dx"),
        ("-12", "-12"),
        ("-1.50", "-1.50"),
        ("-1+1", "'-1+1"),
        (-5, "-5"),
        (None, ""),
        ("A=1", "A=1"),
    ],
)
def test_no_cell_is_a_formula_and_numbers_stay_numbers(cell, safe):
    assert neutral(cell) == safe


def test_a_load_that_fails_is_told_in_a_sentence_and_tried_again_by_hand(run, folder, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise RuntimeError("disk on fire")

    with monkeypatch.context() as fault, caplog.at_level("CRITICAL"):
        fault.setattr(loading.counts, "recount", broken)
        told, code = feed(run, folder / "2_members.csv")
        (delivery,) = told["deliveries"]
        assert (delivery["state"] in ("received", "loading"), code) == (
            True,
            1,
        )  # the first inside a test's transaction
        with pytest.raises(CommandError, match="It failed again: RuntimeError: disk on fire"):
            run("try_delivery_again", delivery["id"])
    printed, code = run("try_delivery_again", delivery["id"])
    assert (json.loads(printed)["state"], json.loads(printed)["loaded"], code) == ("loaded", 1, 0)
    with pytest.raises(CommandError, match="only a failed one can be tried again"):
        run("try_delivery_again", delivery["id"])


def test_a_worker_that_was_faster_is_waited_for(run, folder, monkeypatch):
    drain = jobs.drain
    monkeypatch.setattr(jobs, "drain", lambda: None)  # somebody else holds the row
    monkeypatch.setattr(load_feed.time, "sleep", lambda seconds: drain())  # and is done a moment later
    told, code = feed(run, folder / "2_members.csv")
    assert (told["deliveries"][0]["state"], told["loaded"], code) == ("loaded", 1, 0)


def test_another_rows_fault_is_not_this_files(run, folder, monkeypatch, caplog):
    drain = jobs.drain

    def others_fail():
        drain()
        raise RuntimeError("somebody else's row")

    monkeypatch.setattr(jobs, "drain", others_fail)
    with caplog.at_level("CRITICAL"):
        told, code = feed(run, folder / "2_members.csv")
    assert (told["deliveries"][0]["state"], code) == ("loaded", 0)


def test_a_reader_that_had_enough_is_no_fault():
    asked = [sys.executable, settings.BASE_DIR / "manage.py", "help", "--commands"]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        command.stdout.close()
        assert command.stderr.read() == b""
    assert command.returncode == 141
