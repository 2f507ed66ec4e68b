"""Measures with their numbers, what stands behind a member's result, and numbers that may change."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from patients.claims.models import Fill
from patients.flags.rules.emergency_visits import LEAST_VISITS
from patients.flags.worklist import BY_SEVERITY, Severity
from patients.measures import actions, definitions
from patients.measures.models import MeasureResult, PharmacyRate
from tests.conftest import as_owner
from tests.factories.history import drugs, fill

pytestmark = pytest.mark.django_db
URGENT = BY_SEVERITY[Severity.URGENT]


@pytest.fixture
def judged(cast):
    """Pat takes lisinopril and metformin, and no statin."""
    with as_owner():
        MeasureResult.objects.all().delete()
        Fill.objects.filter(patient=cast.a.patient).delete()
        cast.a.patient.born_on = date(1960, 5, 5)
        cast.a.patient.save()
        drugs()
        for day in ("2026-01-10", "2026-04-01"):
            fill(cast.a, day, 90, "metformin")
    today = date(2026, 11, 21)
    with time_machine.travel(today, tick=False), context.acting_as(context.worker_for(cast.a.payer.pk)):
        actions.evaluate(payer=cast.a.payer, year=2026, as_of=today, cause="nightly")
    return cast


def test_the_newest_whole_run_of_each_payer_in_numbers(sign_in, judged):
    shown = sign_in("dana").get(reverse("pbm:measures")).content.decode()
    assert "nightly, as of 21 Nov 2026" in shown and "Statin use in diabetes" in shown
    assert "nightly, as of" not in sign_in("grace").get(reverse("pbm:measures")).content.decode()


@pytest.mark.parametrize("code", definitions.every())
def test_each_measure_has_its_page(sign_in, cast, code):
    assert definitions.find(code).title in sign_in("grace").get(reverse("pbm:measure", args=[code])).content.decode()


def test_a_member_s_results_lead_to_what_stands_behind_each(sign_in, judged):
    erin, patient = sign_in("erin"), judged.a.patient.public_id
    shown = erin.get(reverse("pbm:member_results", args=[patient])).content.decode()
    behind = reverse("pbm:member_result", args=[patient, "supd"])
    assert behind in shown and "31 Dec 2026" in shown
    assert "puts into the measure" in erin.get(behind).content.decode()
    assert erin.get(reverse("pbm:member_result", args=[patient, "pdc_sta"])).status_code == 404
    with as_owner():
        assert AuditEvent.objects.filter(event="result.explained").count() == 1


def post(client, code, **given):
    asked = {"value": "7", "since": timezone.localdate().isoformat(), "reason": "Asked by pharmacists."}
    return client.post(reverse("pbm:parameter_change", args=[code]), asked | given)


def test_a_number_is_changed_for_everybody_from_a_day_on(sign_in, cast):
    dana, tomorrow = sign_in("dana"), timezone.localdate() + timedelta(days=1)
    assert post(dana, LEAST_VISITS.code, since=tomorrow.isoformat()).status_code == 302
    with as_owner():
        assert (LEAST_VISITS.on(timezone.localdate()), LEAST_VISITS.on(tomorrow)) == (2, 7)
        assert AuditEvent.objects.filter(event="parameter.set").count() == 1
    shown = dana.get(reverse("pbm:parameter", args=[LEAST_VISITS.code])).content.decode()
    assert "Asked by pharmacists." in shown


@pytest.mark.parametrize(
    "given, says",
    [
        ({"value": "0"}, "Choose a value from 1 to 10 visits."),
        ({"value": "11"}, "Choose a value from 1 to 10 visits."),
        ({"since": "2020-01-01"}, "Choose today or a later day"),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_set(sign_in, cast, given, says):
    answer = post(sign_in("dana"), LEAST_VISITS.code, **given)
    assert answer.status_code == 422 and says in answer.content.decode()
    with as_owner():
        assert not ParameterValue.objects.filter(code=LEAST_VISITS.code).exists()


def test_twice_for_one_day_is_refused(sign_in, cast):
    dana = sign_in("dana")
    assert post(dana, LEAST_VISITS.code).status_code == 302
    assert "choose another day" in post(dana, LEAST_VISITS.code, value="8").content.decode()


def test_a_network_lead_sets_the_weights_of_the_own_network_alone(sign_in, cast):
    grace, today = sign_in("grace"), timezone.localdate()
    assert post(grace, URGENT.code, value="800", network=cast.network.pk).status_code == 302
    with as_owner():
        assert (URGENT.on(today), URGENT.on(today, network_id=cast.network.pk)) == (500, 800)
    assert post(grace, URGENT.code, value="800").status_code == 422  # for everybody
    assert post(grace, LEAST_VISITS.code).status_code == 404
    assert post(sign_in("erin"), URGENT.code).status_code == 403


def test_an_unknown_number_has_no_page(sign_in, cast):
    assert sign_in("dana").get(reverse("pbm:parameter", args=["flags.nonsense"])).status_code == 404


@pytest.fixture
def rated(cast):
    with as_owner():
        for side, met in ((cast.a, 31), (cast.b, 20)):
            PharmacyRate.objects.create(
                payer=cast.a.payer, pharmacy=side.pharmacy, measure="pdc_dr", year=2026, as_of=date(2026, 11, 21),
                denominator=40, numerator=met,
            )  # fmt: skip
    return cast


def by_pharmacy(client, **query):
    return client.get(reverse("pbm:measure", args=["pdc_dr"]), {"year": "2026"} | query)


def test_rates_by_pharmacy_stand_on_the_page_of_the_measure(sign_in, rated):
    dana = sign_in("dana")
    names = [row.pharmacy.name for row in by_pharmacy(dana, sort="-share").context["rates"]]
    assert names == [rated.a.pharmacy.name, rated.b.pharmacy.name]
    assert [row.percent for row in by_pharmacy(dana, sort="share").context["rates"]] == [50, 77]
    shown = by_pharmacy(dana).content.decode()
    assert "77%" in shown and reverse("pbm:pharmacy", args=[rated.a.pharmacy.public_id]) in shown
    assert "No pharmacy has a rate for this year" in by_pharmacy(dana, year="2025").content.decode()
    for nonsense in ({"sort": "x"}, {"after": "\0"}, {"after": "7"}):
        assert by_pharmacy(dana, **nonsense).status_code == 200


def test_rates_are_for_those_who_see_programmes_and_measures_with_a_pharmacy_level(sign_in, rated):
    assert "By pharmacy" not in by_pharmacy(sign_in("grace")).content.decode()
    assert "By pharmacy" not in sign_in("dana").get(reverse("pbm:measure", args=["supd"])).content.decode()
