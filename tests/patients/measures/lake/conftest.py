"""Invented members whose facts reach every measure (bench/members.py)."""

import pytest

from carecoord.kernel.tenancy import context
from carecoord.management.bench import members
from patients.measures import actions, definitions
from tests.conftest import as_owner

MEMBERS = 150


@pytest.fixture
def made(db):
    """bench.members.Made, in the test's transaction."""
    with as_owner():
        return members.make(members=MEMBERS, year=2025, code="lake")


@pytest.fixture
def judged(made):
    """The same, judged by PostgreSQL."""
    with acting(made):
        actions.evaluate(payer=made.payer, year=2025, as_of=members.as_of(made), cause="test")
    return made


def only(monkeypatch, codes):
    """From here on these measures alone are registered: engines take their time over each text."""
    few = {code: definitions.find(code) for code in codes}
    monkeypatch.setattr(definitions, "every", lambda: few)


def acting(made):
    return context.acting_as(context.worker_for(made.payer.pk))
