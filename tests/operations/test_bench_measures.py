"""The benches of measures run to their end and count what they judged."""

import io
import json
from contextlib import nullcontext

import pytest
from django.core.management import call_command
from django.db import connections

from carecoord.kernel.tenancy import context
from carecoord.management.bench import measures, members, peers
from patients.measures import actions
from patients.measures.measure import Scope
from patients.measures.models import MeasureResult, Run

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
    assert figures["a fill sent to the API, seen on the worklist, s"] > 0
    assert figures["a reversal sent to the API, seen on the worklist, s"] > 0
    assert figures["flags that stand"] > 0 and figures["flags equal those of a pass over everybody"] is True
    assert figures["results and flags of 2 touched members, s"] > 0
    assert figures["most memory of all processes without shared buffers, MB"] > 30


def test_the_bench_of_peers():
    figures = bench("peers", "--members", "150")
    assert figures["compared: in the denominator, not excluded"] > 10
    assert figures["loop: results that differ"] > figures["loop with carry-over: results that differ"]
    assert figures["ours, times as fast as loop"] > 0
    assert not any(number for label, number in figures.items() if label.endswith("unexplained"))


def test_nobody_but_a_member_has_a_result():
    """No key of the table says so: a run looks at the payer's members alone, whoever else its facts are about."""
    made = members.make(members=60, year=2025, code="bench-strangers")
    strangers = list(range(made.first_id, made.first_id + 20))
    with connections["owner"].cursor() as cursor:
        for table in ("patients_coverage", "patients_member"):
            cursor.execute(f"delete from {table} where patient_id = any(%s)", [strangers])
    asked = (made.payer.pk, 2025, members.as_of(made))
    with context.acting_as(context.worker_for(made.payer.pk)):
        run = Run.objects.create(payer=made.payer, cause="test", year=2025, as_of=members.as_of(made))
        assert actions.judge(run, Scope(*asked)).total() == MeasureResult.objects.count() > 100
        assert not MeasureResult.objects.filter(patient_id__in=strangers).exists()
        assert actions.judge(run, Scope(*asked, strangers)).total() == 0
