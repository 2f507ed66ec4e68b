import pytest
from django.db import connection

from tests.conftest import as_owner
from tests.oracles import history


@pytest.fixture
def cursor(db):
    """A cursor whose session sees temporary tables of facts instead of the real ones, gone after the test."""
    with as_owner(), connection.cursor() as cursor:
        history.make_tables(cursor)
        yield cursor
        history.drop_tables(cursor)
