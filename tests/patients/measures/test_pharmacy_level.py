"""After a run over everybody each pharmacy has its rates; a member counts to one pharmacy at most, and the result stays the same."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.tenancy import context
from patients.claims.models import Fill
from patients.measures import actions, pharmacy_level, queries
from patients.measures.models import MeasureResult, PharmacyRate, Run
from tests.conftest import as_owner
from tests.factories.history import drugs, fill, member

pytestmark = pytest.mark.django_db
YEAR_END = date(2025, 12, 31)
QUARTERS = ("2025-01-01", "2025-04-01", "2025-06-30", "2025-09-28")


@pytest.fixture
def world(cast, four_measures):
    """Of three members with lisinopril all year two count to pharmacy A (one of them missed a fill), and one to nobody.

    A fourth has it from a pharmacy that is not in the directory; a fifth from A, but only once.
    """
    a, b = cast.a.pharmacy, cast.b.pharmacy
    with as_owner():
        Fill.objects.all().delete()
        MeasureResult.objects.all().delete()
        Outbox.objects.all().delete()
        drugs()
        cast.people = {name: member(cast.a, name) for name in ("loyal", "late", "torn", "away", "once")}
        bought = {
            "loyal": [(day, a) for day in QUARTERS],
            "late": [(QUARTERS[0], a), (QUARTERS[3], a)],
            "torn": list(zip(QUARTERS, (a, b, a, b), strict=True)),
            "away": [(day, None) for day in QUARTERS],
            "once": [(QUARTERS[0], a)],
        }
        for name, fills in bought.items():
            for day, pharmacy in fills:
                fill(cast.a, day, 90, patient=cast.people[name], pharmacy=pharmacy, ref="" if pharmacy else "ELSEWHERE")
    return cast


def evaluate(world, as_of=YEAR_END, **asked):
    with context.acting_as(context.worker_for(world.a.payer.pk)):
        run = actions.evaluate(payer=world.a.payer, year=2025, as_of=as_of, cause="test", **asked)
    with as_owner():
        rows = list(Outbox.objects.filter(topic="rates.due", done_at=None).values_list("pk", flat=True))
    assert all(jobs.work(outbox_id=pk) for pk in rows)
    return run


def rates():
    with as_owner():
        found = PharmacyRate.objects.order_by("measure", "pharmacy_id")
        return [(row.pharmacy_id, row.measure, row.denominator, row.numerator, row.as_of) for row in found]


def test_members_who_count_to_a_pharmacy_make_its_rate(world):
    evaluate(world)
    assert rates() == [(world.a.pharmacy.pk, "pdc_rasa", 2, 1, YEAR_END)]


def test_a_run_over_a_few_members_counts_no_rates(world):
    evaluate(world, patient_ids=[world.people["loyal"].pk])
    assert rates() == []


def test_a_later_run_replaces_the_rates_and_an_earlier_one_does_not(world):
    evaluate(world, as_of=date(2025, 11, 30))
    (first,) = rates()
    with as_owner():
        Fill.objects.filter(patient=world.people["late"]).delete()
    evaluate(world)
    assert [(row[2:], first[4]) for row in rates()] == [((1, 1, YEAR_END), date(2025, 11, 30))]
    evaluate(world, as_of=date(2025, 11, 30))
    assert rates()[0][4] == YEAR_END
    with context.acting_as(context.worker_for(world.a.payer.pk)):
        assert pharmacy_level.count_rates(run=Run.objects.latest("as_of", "pk")) == 1
    assert len(rates()) == 1


def test_range_by_range_comes_to_the_same(world, monkeypatch):
    evaluate(world)
    whole = rates()
    for name in ("STRIPE_IDS", "MEMBERS"):
        monkeypatch.setattr(f"patients.measures.shards.{name}", 1)
    with as_owner():
        PharmacyRate.objects.all().delete()
    evaluate(world)
    assert rates() == whole


def test_the_wide_export_names_the_pharmacy(world):
    evaluate(world)
    out = StringIO()
    asked = ("--year", "2025", "--as-of", "2025-12-31", "--payer", "payer-a", "--format", "csv")
    call_command("export_results", *asked, "--wide", stdout=out)
    rows = [row for row in csv.DictReader(StringIO(out.getvalue())) if row["measure"] == "pdc_rasa"]
    npi = world.a.pharmacy.npi
    assert {row["member_id"]: row["pharmacy"] for row in rows} == {
        "loyal": npi, "late": npi, "torn": "", "away": "ELSEWHERE", "once": npi,
    }  # fmt: skip
    narrow = StringIO()
    call_command("export_results", *asked, stdout=narrow)
    assert "ELSEWHERE" not in narrow.getvalue()


def test_the_evidence_names_the_pharmacies(world):
    with context.acting_as(context.worker_for(world.a.payer.pk)):
        asked = {"payer": world.a.payer, "measure": "pdc_rasa", "as_of": YEAR_END}
        torn = queries.explain(patient_id=world.people["torn"].pk, **asked)["pharmacies"]
        away = queries.explain(patient_id=world.people["away"].pk, **asked)["pharmacies"]
    assert {(one["name"], one["share_bp"]) for one in torn} == {
        (world.a.pharmacy.name, 5000), (world.b.pharmacy.name, 5000),
    }  # fmt: skip
    assert [(one["name"], one["pharmacy_ref"], one["counts_here"]) for one in away] == [("", "ELSEWHERE", True)]


def test_a_pharmacy_sees_its_own_rates_alone(world):
    with as_owner():
        for side in (world.a, world.b):
            PharmacyRate.objects.create(
                payer=world.a.payer, pharmacy=side.pharmacy, measure="pdc_sta", year=2025, as_of=YEAR_END, denominator=9,
                numerator=5,
            )  # fmt: skip
    with context.acting_as(world.alice.scope), connection.cursor() as cursor:
        cursor.execute("select pharmacy_id from measures_pharmacyrate")
        assert cursor.fetchall() == [(world.a.pharmacy.pk,)]
        assert queries.rates_of_pharmacy(world.alice, pharmacy_id=world.b.pharmacy.pk) == []
