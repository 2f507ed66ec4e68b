import json
import os
import stat
from pathlib import Path

import pytest

from carecoord.embedded import home as homes
from carecoord.embedded.home import CannotStart
from carecoord.embedded.roles import ROLES

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make files of other users")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_home_is_where_the_variable_says(home):
    assert homes.path() == home


def test_without_the_variable_root_and_others_have_their_usual_places(home, monkeypatch):
    monkeypatch.delenv("CARECOORD_HOME")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert homes.path() == Path("/var/lib/carecoord")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/alice")
    assert homes.path() == Path("/home/alice/.local/share/carecoord")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert homes.path() == Path("/data/carecoord")
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/void")
    assert homes.path() == Path("/home/alice/.local/share/carecoord")


def test_secrets_are_made_once_and_closed_to_others(home):
    made = homes.secrets()
    assert homes.secrets() == made == json.loads((home / "secrets.json").read_text())
    assert set(made["roles"]) == set(ROLES)
    values = [made["django_secret_key"], made["postgres_password"], made["broker_password"], *made["roles"].values()]
    assert len(set(values)) == len(values) and min(map(len, values)) >= 32
    assert mode(home / "secrets.json") == 0o600


def test_secrets_are_closed_whatever_the_umask(home):
    before = os.umask(0)
    try:
        homes.secrets()
    finally:
        os.umask(before)
    assert mode(home / "secrets.json") == 0o600


def test_an_opened_secrets_file_is_closed_again(home):
    homes.secrets()
    (home / "secrets.json").chmod(0o644)
    homes.secrets()
    assert mode(home / "secrets.json") == 0o600


def test_processes_that_start_at_once_agree_on_the_secrets(home, python):
    code = "from carecoord.embedded import secrets; import json; print(json.dumps(secrets()))"
    answers = {process.communicate()[0] for process in [python(code) for _ in range(4)]}
    assert [json.loads(answer) for answer in answers] == [homes.secrets()]


def test_a_secret_that_a_later_release_needs_is_added_to_the_old_ones(home):
    made = homes.secrets()
    old = {key: value for key, value in made.items() if key != "broker_password"}
    (home / "secrets.json").write_text(json.dumps(old))
    now = homes.secrets()
    assert now["broker_password"] and {k: v for k, v in now.items() if k in old} == old


@pytest.mark.parametrize("content", ["", "{", "[]", '{"roles": 3}'])
def test_a_damaged_secrets_file_is_reported_and_kept(home, content):
    home.mkdir()
    (home / "secrets.json").write_text(content)
    with pytest.raises(CannotStart, match="damaged"):
        homes.secrets()
    assert (home / "secrets.json").read_text() == content


def test_a_file_in_place_of_the_home_is_reported(home):
    home.write_text("")
    with pytest.raises(CannotStart, match="set CARECOORD_HOME"):
        homes.prepare()


@as_root
def test_another_users_home_is_reported(home, monkeypatch):
    homes.prepare()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CannotStart, match="belongs to the user root"):
        homes.prepare()


@as_root
def test_root_lets_the_servers_user_pass_but_not_look(home):
    homes.prepare()
    account = homes.server_account(home, "postgres")
    folder = homes.server_folder(home, "postgres", account)
    assert (mode(home), home.stat().st_gid) == (0o710, account.gid)
    assert (mode(folder), folder.stat().st_uid) == (0o700, account.uid)


@as_root
def test_a_folder_with_other_things_in_it_is_not_opened(home):
    homes.prepare()
    (home / "diary.txt").touch()
    homes.server_folder(home, "postgres", homes.server_account(home, "postgres"))
    assert mode(home) == 0o700


@as_root
def test_root_runs_the_servers_as_the_owner_of_the_home(home):
    homes.prepare()
    os.chown(home, 54_321, 54_321)
    account = homes.server_account(home, "postgres")
    assert (account.uid, account.gid) == (54_321, 54_321)
    homes.secrets()
    assert (home / "secrets.json").stat().st_uid == 54_321


@as_root
@pytest.mark.parametrize(("user", "sentence"), [("no-such-user", "no user no-such-user"), ("root", "ordinary user")])
def test_the_servers_user_must_be_an_ordinary_one(home, monkeypatch, user, sentence):
    with monkeypatch.context() as patch, pytest.raises(CannotStart, match=sentence):
        patch.setenv("CARECOORD_SERVER_USER", user)
        homes.server_account(home, "postgres")


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(folder):
    home = folder / ("x" * 100)
    short = homes.socket_folder(home, "postgres", None, ".s.PGSQL.5432")
    try:
        assert len(str(short)) < 60 and mode(short) == 0o700
        assert homes.socket_folder(home, "postgres", None, ".s.PGSQL.5432") == short
        assert homes.socket_folder(home, "valkey", None, ".s.PGSQL.5432") != short
        short.chmod(0o777)
        with pytest.raises(CannotStart, match="not a private folder"):
            homes.socket_folder(home, "postgres", None, ".s.PGSQL.5432")
        short.rmdir()
        short.symlink_to(folder)
        with pytest.raises(CannotStart, match="not a private folder"):
            homes.socket_folder(home, "postgres", None, ".s.PGSQL.5432")
    finally:
        short.unlink()
        homes.socket_folder(home, "valkey", None, ".s.PGSQL.5432").rmdir()


def test_a_path_that_fits_keeps_the_socket_in_the_home(folder):
    longest = folder / ("x" * (107 - len(str(folder)) - len("/") - len("/postgres/.s.PGSQL.5432")))
    assert homes.socket_folder(longest, "postgres", None, ".s.PGSQL.5432") == longest / "postgres"


def test_a_log_that_has_grown_is_put_aside(home):
    homes.prepare()
    os.close(homes.open_log(home, "postgres"))
    os.truncate(home / "logs" / "postgres.log", 10_000_001)
    os.close(homes.open_log(home, "postgres"))
    assert (home / "logs" / "postgres.log").stat().st_size == 0
    assert (home / "logs" / "postgres.1.log").exists()
