"""A database that is away is told as such, to people and to systems; any other fault is a 500 that quotes nothing."""

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from carecoord.faces import middleware

from .api import documented

pytestmark = pytest.mark.django_db
SECRET = "Key (member_id)=(M0001) is a patient's"


def caused(fault, cause):
    fault.__cause__ = cause
    return fault


AWAY = [
    InterfaceError("the connection is closed"),
    caused(OperationalError(SECRET), psycopg.OperationalError("consuming input failed: server closed the connection")),
    caused(OperationalError(SECRET), psycopg.errors.AdminShutdown()),
    caused(OperationalError(SECRET), psycopg.errors.CannotConnectNow()),
    caused(OperationalError(SECRET), psycopg.errors.TooManyConnections()),
    caused(OperationalError(SECRET), psycopg.errors.ConnectionFailure()),
]
FAULTS = [
    ValueError(SECRET),
    caused(OperationalError(SECRET), psycopg.errors.QueryCanceled()),
    caused(OperationalError(SECRET), psycopg.errors.DeadlockDetected()),
]


@pytest.fixture
def ask(monkeypatch):
    """The answer to a request that meets a fault in the middleware which runs every view."""

    def asked(path, fault):
        def failing(request):
            raise fault

        monkeypatch.setattr(middleware, "client_of", failing)
        with connection.execute_wrapper(refuse):
            return Client(raise_request_exception=False).get(path)

    return asked


def refuse(execute, sql, params, many, context):
    raise AssertionError("A page for a fault asks the database nothing.")


@pytest.mark.parametrize("fault", AWAY, ids=lambda fault: type(fault.__cause__).__name__)
def test_a_database_that_is_away_is_a_503_that_says_when_to_ask_again(ask, fault):
    page = ask("/login/", fault)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "not available" in page.content.decode()
    answer = ask("/api/v1/formats", fault)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["type"].endswith("#problem-unavailable")
    assert "503" in documented.operations()["formats"]["get"]["responses"]
    assert SECRET not in page.content.decode() + answer.content.decode()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault.__cause__ or fault).__name__)
def test_any_other_fault_is_a_500_without_its_words(ask, fault):
    page, answer = ask("/login/", fault), ask("/api/v1/formats", fault)
    assert page.status_code == answer.status_code == 500
    assert "Retry-After" not in answer.headers
    assert answer.json()["type"].endswith("#problem-fault")
    assert SECRET not in page.content.decode() + answer.content.decode()
