"""The watched folder: each complete file once, whatever kills the watcher, whatever the file is called."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, connections

from patients.claims import inbox
from patients.claims.models import Delivery, PharmacyEvent

from .feeds import claim, claims_file, fresh, withdraw

pytestmark = pytest.mark.django_db(transaction=True)
LINES = claims_file(claim("A"), claim("B"), claim("C", quantity="x"))


@pytest.fixture
def folder(payer, tmp_path):
    found = tmp_path / "inbox"
    (found / "acme" / "tuva_csv").mkdir(parents=True)
    return found


def put(folder, name="claims.csv", content=LINES, place="acme/tuva_csv"):
    path = folder / place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def watch(folder, *more):
    """The exit code of one watch until nothing is left."""
    try:
        call_command("watch_inbox", str(folder), "--once", "--settle", "0.05", "--poll", "0.05", *more)
    except SystemExit as end:
        return end.code
    return 0


def laid_down(folder, where):
    """{name of the file: what its JSON tells} in done or failed."""
    found = {}
    for job in (folder / where).iterdir():
        (beside,) = (path for path in job.glob("*.json") if not path.name.startswith("."))
        name = json.loads(beside.read_bytes())["inbox_file"].rsplit("/", 1)[-1]
        assert os.path.lexists(job / name)
        found[name] = json.loads(beside.read_bytes())
    return found


def deliveries(as_owner):
    with as_owner():
        return list(Delivery.objects.order_by("pk"))


def test_a_file_is_loaded_and_laid_down_with_what_load_feed_prints(folder, as_owner, capsys):
    put(folder)
    assert watch(folder) == 0
    (printed,) = map(json.loads, capsys.readouterr().out.splitlines())
    told = laid_down(folder, "done")["claims.csv"]
    assert printed == told
    assert (told["lines"], told["waiting"], told["rejected"]) == (3, 2, 1)
    assert told["deliveries"][0]["state"] == "loaded" and told["rejects"][0]["field"] == "quantity"
    assert not list((folder / "work").iterdir()) and not list((folder / "acme" / "tuva_csv").iterdir())


def test_a_refused_file_and_one_of_nobody_fail_with_a_reason(folder, as_owner):
    put(folder, "refused.csv", b"name,shoe size\n")
    put(folder, "lost.csv", place=".")
    put(folder, "strange.csv", place="nobody/tuva_csv")
    put(folder, "odd.csv", place="acme/no_such_format")
    assert watch(folder) == 1
    told = laid_down(folder, "failed")
    assert told["refused.csv"]["deliveries"][0]["state"] == "refused"
    codes = {name: one["fault"]["code"] for name, one in told.items() if "fault" in one}
    assert codes == {"lost.csv": "no_rule", "strange.csv": "unknown_payer", "odd.csv": "no_rule"}
    assert len(deliveries(as_owner)) == 1


def test_a_file_that_cannot_be_moved_is_said_once_and_taken_when_it_can(folder, capsys, monkeypatch):
    """As where the watcher may read the payer's folder, and may not write to it."""
    put(folder)
    watched, rename = inbox.Inbox(folder, settle=0), os.rename

    def refused(name, to, **more):
        raise PermissionError(13, "Permission denied", name, None, to)

    inbox.prepare(folder)
    monkeypatch.setattr(os, "rename", refused)
    (told,), is_waiting = watched.look()
    assert (told["fault"]["code"], told["inbox_file"], told["is_good"]) == (
        "cannot_move",
        "acme/tuva_csv/claims.csv",
        False,
    )
    assert "Permission denied" in told["fault"]["message"] and not is_waiting
    assert watched.look() == ([], False) and not list((folder / "work").iterdir())
    assert watch(folder) == 1 and "cannot_move" in capsys.readouterr().out
    monkeypatch.setattr(os, "rename", rename)
    assert watch(folder) == 0 and list(laid_down(folder, "done")) == ["claims.csv"]


def test_a_folder_that_cannot_be_used_is_said_before_anything_is_taken(folder):
    path = put(folder)
    (folder / "done").touch()
    with pytest.raises(CommandError, match=r"done cannot be used: File exists\."):
        watch(folder)
    assert path.exists()


@pytest.mark.parametrize("name", ["x.csv.part", "x.tmp", "X.FilePart", ".hidden", "x~"])
def test_what_is_still_being_written_stays(folder, as_owner, name):
    path = put(folder, name)
    assert watch(folder) == 0
    assert path.exists() and not deliveries(as_owner)
    path.rename(path.with_name("whole.csv"))
    watch(folder)
    assert list(laid_down(folder, "done")) == ["whole.csv"]


def test_a_file_that_grows_is_left_until_it_stands_still(folder):
    watched, path = inbox.Inbox(folder, settle=0.2), put(folder, content=LINES[:50])
    inbox.prepare(folder)
    for _ in range(4):
        assert watched.look() == ([], True)
        time.sleep(0.1)
        with path.open("ab") as file:
            file.write(b"\n")
    assert path.exists()


def test_links_and_pipes_are_not_followed(folder, as_owner, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(LINES)
    (folder / "acme" / "tuva_csv" / "link.csv").symlink_to(secret)
    (folder / "acme" / "away").symlink_to(tmp_path)
    os.mkfifo(folder / "acme" / "tuva_csv" / "pipe.csv")
    assert watch(folder) == 0
    assert secret.exists() and not deliveries(as_owner)


@pytest.mark.parametrize(
    "name", [b"a b\n\t'\";$(x).csv", b"\xff\xfe.csv", "ümläut ☃.csv".encode(), b"-rf", b"%s%n", b"x" * 255]
)
def test_any_name_is_safe(folder, as_owner, name):
    put(folder, os.fsdecode(name))
    assert watch(folder) == 0
    assert list(laid_down(folder, "done")) == [os.fsdecode(name)]
    (delivery,) = deliveries(as_owner)
    assert delivery.file_name.isprintable()


def test_the_same_file_again_is_the_same_delivery_until_that_is_withdrawn(folder, payer, as_owner):
    for _ in range(2):
        put(folder)
        assert watch(folder) == 0
    (first,) = deliveries(as_owner)
    withdraw(payer, fresh(payer, first))
    put(folder)
    assert watch(folder) == 0
    assert [one.state for one in deliveries(as_owner)] == ["withdrawn", "loaded"]
    put(folder, "other.csv")
    watch(folder)
    assert [one.repeated for one in deliveries(as_owner)] == [0, 0, 2]


def test_rules_say_what_a_path_means(folder, as_owner):
    put(folder, "pde_1.csv", place="outbound/2025")
    (folder / "rules.toml").write_text('[[rule]]\nglob = "outbound/*.csv"\npayer = "acme"\nformat = "tuva_csv"\n')
    assert watch(folder) == 0
    assert list(laid_down(folder, "done")) == ["pde_1.csv"] and (folder / "rules.toml").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[rule", "cannot be read"),
        ("x = 1", "no place for 'x'"),
        ('rule = "x"', "Write each rule"),
        ('[[rule]]\nglob = "*"\npayer = "acme"', "needs 'format'"),
        ('[[rule]]\nglob = "*"\npayer = "acme"\nformat = "xyz"', "unknown format 'xyz'"),
        ('[[rule]]\nglob = "*"\npayer = "acme"\nformat = "tuva_csv"\nshoe = 1', "no place for 'shoe'"),
    ],
)
def test_bad_rules_are_said_before_anything_is_taken(folder, text, says):
    put(folder)
    (folder / "rules.toml").write_text(text)
    with pytest.raises(CommandError, match=says):
        watch(folder)
    assert not (folder / "work").exists()


def test_two_watchers_take_each_file_once(folder, as_owner):
    for number in range(12):
        put(folder, f"{number}.csv", claims_file(claim(f"N{number}")))
    inbox.prepare(folder)

    def one():
        watched = inbox.Inbox(folder, settle=0)
        for _ in range(30):
            watched.look()
        connections.close_all()

    watchers = [threading.Thread(target=one) for _ in range(2)]
    for each in watchers:
        each.start()
    for each in watchers:
        each.join()
    assert len(laid_down(folder, "done")) == len(deliveries(as_owner)) == 12


def start(folder, settings, point):
    arguments = [connection.settings_dict["NAME"], point, str(settings.DELIVERIES), str(folder)]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "carecoord.settings",
        "PYTHONPATH": str(django_settings.BASE_DIR),
    }
    script = str(Path(__file__).with_name("killed_inbox.py"))
    return subprocess.Popen([sys.executable, script, *arguments], env=environment, stderr=subprocess.PIPE)


POINTS = [
    "inbox.claimed",
    "inbox._claim",
    "inbox._digest",
    "inbox.receive",
    "load.load",
    "inbox.write_result",
    "inbox.lay_down",
]


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_is_one_delivery(folder, settings, as_owner, point):
    put(folder)
    died = start(folder, settings, point)
    _, said = died.communicate(timeout=120)
    assert died.returncode == -signal.SIGKILL, said.decode()
    assert watch(folder) == 0
    (delivery,) = deliveries(as_owner)
    assert (delivery.state, delivery.lines) == ("loaded", 3)
    assert list(laid_down(folder, "done")) == ["claims.csv"] and not list((folder / "work").iterdir())
    with as_owner():
        assert PharmacyEvent.objects.count() == 2


def test_asked_to_stop_it_stops(folder, settings, as_owner):
    watcher = start(folder, settings, "never")
    put(folder)
    until = time.monotonic() + 60
    while not (folder / "done").exists() or not list((folder / "done").iterdir()):
        assert time.monotonic() < until and watcher.poll() is None
        time.sleep(0.1)
    watcher.send_signal(signal.SIGTERM)
    _, said = watcher.communicate(timeout=30)
    assert (watcher.returncode, len(deliveries(as_owner))) == (0, 1), said.decode()
