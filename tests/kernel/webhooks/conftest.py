"""What the tests of webhooks share: a receiver on this machine, and a clock."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings

from carecoord.kernel.jobs import actions as jobs

from .receiver import listening

START = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def this_machine(monkeypatch):
    monkeypatch.setattr(settings, "WEBHOOK_LOOPBACK", True)
    monkeypatch.setattr(jobs, "_wake", None)


@pytest.fixture
def receiver():
    with listening() as one:
        yield one


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller
