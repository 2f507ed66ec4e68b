import socket

import pytest

from carecoord.embedded import ports
from carecoord.embedded.ports import PortTaken, choose_port, release_port


@pytest.fixture
def taken():
    """A port that another program listens on, and shares (SO_REUSEPORT), as web servers do."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_gives_the_next_free_one(taken):
    port = choose_port(taken)
    try:
        assert port > taken
    finally:
        release_port(port)


def test_a_port_that_was_asked_for_is_not_replaced(taken):
    with pytest.raises(PortTaken, match=f"Port {taken} is taken"):
        choose_port(taken, strict=True)


def test_a_claimed_port_is_not_given_twice(python):
    mine = choose_port(18_500)
    try:
        other = python(f"from carecoord.embedded.ports import choose_port; print(choose_port({mine}))")
        assert int(other.communicate()[0]) > mine
        with pytest.raises(PortTaken):
            choose_port(mine, strict=True)
    finally:
        release_port(mine)
    again = choose_port(mine, strict=True)
    release_port(again)


def test_a_program_on_the_other_localhost_takes_the_port_too():
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener, pytest.raises(PortTaken):
        choose_port(listener.getsockname()[1], strict=True)


def test_whether_something_answers(taken):
    assert ports.answers("127.0.0.1", taken)
    assert ports.answers("0.0.0.0", taken)
    free = choose_port(18_600)
    try:
        assert not ports.answers("127.0.0.1", free)
    finally:
        release_port(free)
