import pytest
from django.db import connection

from patients.measures import definitions
from tests.conftest import as_owner
from tests.oracles import history


@pytest.fixture
def cursor(db):
    """A cursor whose session sees temporary tables of facts instead of the real ones, gone after the test."""
    with as_owner(), connection.cursor() as cursor:
        history.make_tables(cursor)
        yield cursor
        history.drop_tables(cursor)


@pytest.fixture
def four_measures(monkeypatch):
    """A house that knows the measures that its story is about and no others."""
    known = {code: definitions.find(code) for code in ("pdc_dr", "pdc_rasa", "pdc_sta", "supd")}
    monkeypatch.setattr(definitions, "every", lambda: known)
