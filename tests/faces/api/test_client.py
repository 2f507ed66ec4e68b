"""The Python client against the real server: a token, a delivery sent once, its end and its rejects."""

import json
import urllib.error

import pytest
from django.conf import settings

from carecoord import client as feeds
from carecoord.kernel.accounts.models import AccessToken
from carecoord.kernel.jobs import actions as jobs
from tests.conftest import as_owner

from .test_deliveries import BAD, GOOD, HEADER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DELIVERIES", tmp_path / "deliveries")
    monkeypatch.setattr(feeds, "_pause", lambda asked, number: 0)


@pytest.fixture
def system(frank, key, live_server):
    private = json.dumps(key.as_dict(private=True))
    return feeds.Client(live_server.url.replace("127.0.0.1", "localhost"), frank.client_id, private)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "jan.csv"
    path.write_text(HEADER + GOOD + BAD * 120)
    return path


def test_a_file_is_sent_once_waited_for_and_its_rejects_are_read(system, file):
    sent = system.deliver(file, format="tuva_csv")
    assert (sent.state, sent.file_name) == ("received", "jan.csv")
    assert system.deliver(file, format="tuva_csv").id == sent.id, "the same bytes are the same delivery"
    with pytest.raises(feeds.NotEnded):
        system.wait(sent, seconds=0)
    jobs.drain()
    done = system.wait(sent)
    assert done.state == "loaded"
    assert done.counts == feeds.Counts(lines=121, loaded=0, waiting=1, repeated=0, rejected=120, conflicting=0)
    rejects = list(system.rejects(done))
    assert [one.line for one in rejects] == list(range(3, 123)), "over more than one page"
    assert {(one.field, one.code) for one in rejects} == {("dispensing_date", "not_a_date")}


def test_a_token_that_ended_is_replaced(system, file):
    sent = system.deliver(file, format="tuva_csv")
    with as_owner():
        AccessToken.objects.all().delete()
    assert system.delivery(sent.id).id == sent.id


def test_what_the_server_refuses_is_told(system, file):
    with pytest.raises(feeds.Refused, match="400 Unknown format"):
        system.deliver(file, format="papyrus")
    with pytest.raises(feeds.Refused, match="404 Not found"):
        system.delivery("00000000-0000-0000-0000-000000000000")
    system.deliver(file, format="tuva_csv", key="january")
    file.write_text(HEADER + GOOD)
    with pytest.raises(feeds.Refused, match="422"):
        system.deliver(file, format="tuva_csv", key="january")


def test_the_formats_can_be_read(system):
    assert "tuva_csv" in [one["code"] for one in system.formats()["formats"]]


def test_a_stranger_gets_no_token(live_server, key, frank, file):
    private = json.dumps(key.as_dict(private=True))
    system = feeds.Client(live_server.url.replace("127.0.0.1", "localhost"), "nobody", private)
    with pytest.raises(feeds.Refused, match="invalid_client"):
        system.deliver(file, format="tuva_csv")


def test_a_server_that_does_not_answer_is_asked_again_and_then_told_of(system, file, monkeypatch):
    asked = []

    def once(*args):
        asked.append(args)
        raise ConnectionResetError

    monkeypatch.setattr(system, "_once", once)
    with pytest.raises(ConnectionResetError):
        system.deliver(file, format="tuva_csv")
    assert len(asked) == feeds.TRIES


@pytest.mark.parametrize("address", ["http://claims.example.org", "ftp://localhost", "claims.example.org"])
def test_a_key_is_only_shown_over_https(address, key):
    with pytest.raises(ValueError, match="https"):
        feeds.Client(address, "x", json.dumps(key.as_dict(private=True)))


def test_an_answer_with_a_status_is_no_broken_line():
    assert issubclass(urllib.error.HTTPError, urllib.error.URLError), "the order of the handlers relies on it"
