"""The page behind a result: every number, limit and claim; and what the measures ask, in plain language."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from carecoord.kernel.drugs.models import DrugSetMember
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.claims.models import CashFill, Fill
from patients.measures import actions, definitions, plain
from patients.measures.models import MeasureResult, PharmacyRate
from tests.conftest import as_owner
from tests.factories.history import NDC, diagnosis, drugs, fill

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


@pytest.fixture
def judged(cast):
    """Pat takes metformin, no statin, and has been on dialysis."""
    with as_owner():
        MeasureResult.objects.all().delete()
        Fill.objects.filter(patient=cast.a.patient).delete()
        cast.a.patient.born_on = date(1960, 5, 5)
        cast.a.patient.save()
        drugs()
        for day in ("2026-01-10", "2026-04-01"):
            fill(cast.a, day, 90, "metformin")
    return evaluate(cast)


def evaluate(cast):
    with time_machine.travel(TODAY, tick=False), context.acting_as(context.worker_for(cast.a.payer.pk)):
        actions.evaluate(payer=cast.a.payer, year=2026, as_of=TODAY, cause="test")
    return cast


def page(client, cast, code):
    return client.get(reverse("portal:result", args=[cast.a.patient.public_id, code]))


def test_the_chart_leads_to_what_stands_behind_a_gap(alice, judged):
    chart = alice.get(reverse("portal:patient", args=[judged.a.patient.public_id])).content.decode()
    where = reverse("portal:result", args=[judged.a.patient.public_id, "supd"])
    assert where in chart and "One statin fill by 31 December 2026." in chart
    shown = alice.get(where).content.decode()
    assert "10 Jan 2026: Metformin" in shown and "puts into the measure" in shown
    assert "Youngest age" in shown and "No claim or enrolment indicator excludes." in shown


def test_the_claim_that_excludes_is_named(alice, judged):
    with as_owner():
        diagnosis(judged.a, "2026-02-02", "N186")
    evaluate(judged)
    chart = alice.get(reverse("portal:patient", args=[judged.a.patient.public_id])).content.decode()
    assert "Kidney failure or dialysis during the year." in chart
    assert "2 Feb 2026: kidney_failure" in page(alice, judged, "supd").content.decode()


def test_adherence_has_its_strip_and_every_fill(alice, judged):
    shown = page(alice, judged, "pdc_dr").content.decode()
    assert "covers 2026-01-10 to 2026-04-09" in shown and "<svg" in shown


@pytest.mark.parametrize(("supply", "is_said"), [(30, True), (200, False)])
def test_there_is_no_last_day_to_act_where_the_supply_outlasts_the_year(alice, judged, supply, is_said):
    with as_owner():
        fill(judged.a, "2026-11-01", supply, "metformin")
        fill(judged.a, "2026-07-09", 60, "metformin")
    evaluate(judged)
    chart = alice.get(reverse("portal:patient", args=[judged.a.patient.public_id])).content.decode()
    assert ("Last day to act" in chart) is is_said
    assert ("is reached, even if nothing more is filled" in chart) is not is_said


def test_no_result_no_page_and_no_page_for_a_stranger(alice, charlie, judged):
    assert page(alice, judged, "pdc_sta").status_code == 404
    assert page(alice, judged, "nonsense").status_code == 404
    assert page(charlie, judged, "supd").status_code == 404


@pytest.mark.parametrize("code", definitions.every())
def test_each_measure_reads_in_plain_language(alice, code):
    shown = alice.get(reverse("portal:measure", args=[code])).content.decode()
    words = plain.plain(definitions.find(code), 2026).words
    assert words.asks.endswith(".") and words.counts.endswith(".")
    assert (
        "not certified by a measure steward" in shown
        and definitions.find(code).title in alice.get(reverse("portal:measures")).content.decode()
    )


def test_a_measure_of_a_year_and_what_is_no_measure(alice):
    shown = alice.get(reverse("portal:measure", args=["pdc_sta"]), {"year": "2025"}).content.decode()
    assert "Rules of 2025" in shown and "leave the period" in shown
    assert alice.get(reverse("portal:measure", args=["pdc_nonsense"])).status_code == 404


def test_the_pharmacy_s_own_rates_stand_above_the_measures(alice, charlie, judged):
    with as_owner():
        PharmacyRate.objects.create(
            payer=judged.a.payer, pharmacy=judged.a.pharmacy, measure="pdc_dr", year=2026, as_of=TODAY, denominator=40, numerator=31
        )  # fmt: skip
    shown = alice.get(reverse("portal:measures")).content.decode()
    assert "Your pharmacy's rates" in shown and "77%" in shown and "21 Nov 2026" in shown
    assert "77%" not in charlie.get(reverse("portal:measures")).content.decode()


def test_the_evidence_says_which_pharmacy_a_member_counts_to(alice, judged):
    shown = page(alice, judged, "pdc_dr").content.decode()
    assert f"{judged.a.pharmacy.name}: 180 days' supply in 2 fills, 100.00%" in shown
    assert "the member counts to this pharmacy" in shown


def test_the_pdc_with_cash_fills_stands_beside_the_plans_number(alice, judged):
    """90 days from 2 July on, between two claims that cover 180 of 316 days."""
    assert "PDC with the cash fills" not in page(alice, judged, "pdc_dr").content.decode()
    with as_owner():
        CashFill.objects.create(
            payer=judged.a.payer, patient=judged.a.patient, event_id=1, day=day_number(date(2026, 7, 2)), days_supply=90,
            ndc=NDC["metformin"],
        )  # fmt: skip
    shown = page(alice, judged, "pdc_dr").content.decode()
    assert "<strong>85%</strong>: 270 of 316 days" in shown and "56% (180 of 316 days)" in shown
    assert "2 Jul 2026: Metformin, metformin, 90 days" in shown
    with as_owner():
        assert MeasureResult.objects.get(measure="pdc_dr").covered_days == 180


def test_a_days_supply_that_cannot_be_right_is_said_beside_the_fill(alice, judged):
    assert "ask the pharmacy" not in page(alice, judged, "pdc_dr").content.decode()
    with as_owner():
        DrugSetMember.objects.filter(ndc11=NDC["metformin"]).update(form="oral_solid")
        Fill.objects.filter(patient=judged.a.patient, day=day_number(date(2026, 4, 1))).update(quantity=9)
    assert (
        "Days&#x27; supply of 90 for 9 tablets or capsules: ask the pharmacy."
        in page(alice, judged, "pdc_dr").content.decode()
    )
