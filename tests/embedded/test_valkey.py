import os
import signal

import pytest
import redis
from kombu import Connection

from carecoord.embedded import home as homes
from carecoord.embedded import lifetime, processes, valkey
from carecoord.embedded.home import CannotStart
from carecoord.embedded.valkey import ensure_broker

from .conftest import first_line

USE = "from carecoord import embedded; print(embedded.ensure_broker(), flush=True); "


def the_server():
    (pid,) = valkey._all_processes(valkey.this_broker())
    return pid


def carries_a_message(url):
    with Connection(url) as connection, connection.SimpleQueue("errand") as queue:
        queue.put({"id": 7})
        message = queue.get(timeout=5)
        message.ack()
        return message.payload == {"id": 7}


def test_celery_can_use_the_address(home):
    url = ensure_broker()
    assert url.startswith("redis+socket://:") and carries_a_message(url)
    with Connection(url) as connection:
        assert homes.secrets()["broker_password"] not in connection.as_uri()  # what Celery prints when it starts


def test_a_home_with_spaces_and_a_long_path_works(folder, home, monkeypatch):
    monkeypatch.setenv("CARECOORD_HOME", str(folder / ("a %41 'quoted' naïve " + "x" * 80)))
    assert carries_a_message(ensure_broker())
    lifetime.leave(valkey.this_broker().users)
    valkey.this_broker().socket.parent.rmdir()


def test_only_the_password_opens_it_and_only_the_socket(home):
    ensure_broker()
    socket = str(valkey.this_broker().socket)
    for wrong in (None, "wrong"):
        with redis.Redis(unix_socket_path=socket, password=wrong) as client, pytest.raises(redis.AuthenticationError):
            client.ping()
    with redis.Redis(unix_socket_path=socket, password=homes.secrets()["broker_password"]) as client:
        wanted = {"port": "0", "save": "", "appendonly": "no", "maxmemory-policy": "noeviction"}
        assert {key: client.config_get(key)[key] for key in wanted} == wanted


def test_asking_again_starts_nothing(home, monkeypatch):
    url = ensure_broker()
    monkeypatch.setattr(processes, "run", None)
    monkeypatch.setattr(processes, "spawn", None)
    assert ensure_broker() == url


def test_processes_that_start_at_once_share_one_server(home, python):
    users = [python(USE + "import time; time.sleep(100)") for _ in range(4)]
    assert len({first_line(user) for user in users}) == 1
    assert the_server()


def test_after_kill_9_it_is_started_again(home):
    url = ensure_broker()
    killed = the_server()
    assert not processes.end([killed], processes.KILL)
    assert ensure_broker() == url and carries_a_message(url)
    assert the_server() != killed


def test_one_that_hangs_is_replaced(home, monkeypatch):
    url = ensure_broker()
    hanging = the_server()
    monkeypatch.setattr(valkey, "ANSWER_SECONDS", 0.3)
    os.kill(hanging, signal.SIGSTOP)
    monkeypatch.setattr(processes, "TERM", (signal.SIGTERM, 0.3))
    assert ensure_broker() == url and carries_a_message(url)
    assert the_server() != hanging


def test_the_last_user_to_leave_stops_it(home, python):
    user = python(USE + "input()")
    user.communicate()
    assert valkey._all_processes(valkey.this_broker()) == []


def test_one_that_does_not_start_shows_the_end_of_its_log(home, monkeypatch):
    monkeypatch.setattr(valkey, "_quoted", lambda value: '"unfinished')
    with pytest.raises(CannotStart, match="Valkey did not start") as caught:
        ensure_broker()
    assert "FATAL" in caught.value.log
