"""The benches of measures run to their end and count what they judged."""

import io
import json
from contextlib import nullcontext

import pytest
from django.core.management import call_command

from carecoord.management.bench import measures, peers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """In the tests' own database: to make another takes half a minute."""
    for module in (measures, peers):
        monkeypatch.setattr(module.scratch, "database", lambda folder, say: nullcontext())


def bench(*words):
    said = io.StringIO()
    call_command("bench", *words, "--json", stdout=said, stderr=io.StringIO())
    return json.loads(said.getvalue())


def test_the_bench_of_measures():
    figures = bench("measures", "--members", "200", "--rounds", "1", "--engines", "duckdb")
    assert figures["results that differ, duckdb"] == 0 and figures["results equal a full run's"] is True
    assert figures["2 touched members, s"] > 0 and figures["that, times the bare scan"] > 0
    assert figures["most memory of all processes without shared buffers, MB"] > 30


def test_the_bench_of_peers():
    figures = bench("peers", "--members", "150")
    assert figures["compared: in the denominator, not excluded"] > 10
    assert figures["loop: results that differ"] > figures["loop with carry-over: results that differ"]
    assert figures["ours, times as fast as the loop"] > 0
