"""A payer's system asks what measures say of its own members, and redoes a result by hand."""

from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from carecoord.faces.api import views_results
from carecoord.kernel.accounts.models import ApiClient
from carecoord.kernel.audit.models import AuditEvent
from patients.claims.models import Fill
from patients.measures.models import MeasureResult
from patients.models import Member
from tests.conftest import as_owner
from tests.factories.history import drugs, fill, member

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)
HELD = {"version": "2026.1", "year": 2026, "as_of": DAY, "denominator": True, "numerator": False, "run_id": 1}


@pytest.fixture
def judged(cast):
    """Pat takes metformin and no statin; a result about substance use is there, too."""
    with as_owner():
        MeasureResult.objects.all().delete()
        Fill.objects.filter(patient=cast.a.patient).delete()
        cast.a.patient.born_on = date(1960, 5, 5)
        cast.a.patient.save()
        drugs()
        for day in ("2026-01-10", "2026-04-01"):
            fill(cast.a, day, 90, "metformin")
        for side in (cast.a, cast.b):
            whose = {"payer": side.payer, "patient": side.patient} | HELD
            for code, sensitivity in (("supd", 0), ("pdc_dr", 0), ("pod", 1)):
                MeasureResult.objects.create(measure=code, sensitivity=sensitivity, **whose)
            MeasureResult.objects.create(measure="supd", **whose | {"as_of": date(2026, 6, 1), "numerator": True})
    return cast


def find(client, bearer, body):
    return client.post("/api/v1/patients/find", body, content_type="application/json", headers=bearer)


def explain(client, bearer, patient, code):
    return client.get(reverse("api:explain", args=[patient.public_id, code]), headers=bearer)


def test_from_a_member_id_to_the_claims_behind_a_result(client, bearer, judged):
    found = find(client, bearer, {"member_id": judged.a.member.member_id}).json()
    assert found["id"] == str(judged.a.patient.public_id)
    page = client.get(found["results"], headers=bearer).json()
    rows = {row["measure"]: row for row in page["results"]}
    assert set(rows) == {"supd", "pdc_dr"} and page["next"] is None
    assert (rows["supd"]["is_counted"], rows["supd"]["is_met"], rows["supd"]["as_of"]) == (True, False, "2026-11-21")
    told = client.get(rows["supd"]["explain"], headers=bearer).json()
    assert [(one["day"], one["what"]) for one in told["claims"]] == [
        ("2026-01-10", "Metformin"),
        ("2026-04-01", "Metformin"),
    ]
    assert (told["year"], told["as_of"], told["limits"]["needs"]) == (2026, "2026-11-21", "statins")
    adherence = client.get(rows["pdc_dr"]["explain"], headers=bearer).json()
    assert [one["starts_on"] for one in adherence["fills"]] == ["2026-01-10", "2026-04-10"]
    for one in (told, adherence):
        assert not any(name in str(one) for name in ("payer_id", "patient_id", "pharmacy_id"))


def test_who_asked_about_whom_is_in_the_trail(client, bearer, judged, as_owner):
    assert explain(client, bearer, judged.a.patient, "supd").status_code == 200
    with as_owner():
        told = AuditEvent.objects.get(event="result.explained")
        read = AuditEvent.objects.get(event="patient.read")
    assert (told.detail["measure"], read.patient_ids) == ("supd", [judged.a.patient.pk])


def test_substance_use_is_not_there_for_a_system(client, bearer, judged):
    assert explain(client, bearer, judged.a.patient, "pod").status_code == 404


def test_nobody_learns_of_another_payers_member(client, bearer, judged):
    assert explain(client, bearer, judged.b.patient, "supd").status_code == 404
    assert client.get(reverse("api:results", args=[judged.b.patient.public_id]), headers=bearer).status_code == 404
    assert find(client, bearer, {"member_id": judged.b.member.member_id}).status_code == 404


def test_what_is_not_there(client, bearer, judged):
    for code in ("pdc_sta", "nonsense"):
        assert explain(client, bearer, judged.a.patient, code).status_code == 404
    for body in ("", "[]", "{", '{"member_id": 7}', '{"member_id": ""}', '{"member_id": "\\u0000"}', '{"id": "x"}'):
        assert find(client, bearer, body).status_code == 400, body
    assert find(client, bearer, {"member_id": "ghost"}).status_code == 404


def test_a_former_id_leads_to_the_person(client, bearer, judged):
    with as_owner():
        former = member(judged.a, "OLD1")
        Member.objects.filter(patient=former).update(merged_into=judged.a.patient, current_id="NEW1")
        former.search_name, former.born_on = "", None
        former.save()
    found = find(client, bearer, {"member_id": "OLD1"}).json()
    assert (found["id"], found["member_id"]) == (str(judged.a.patient.public_id), "NEW1")
    assert explain(client, bearer, former, "supd").json()["patient"] == str(judged.a.patient.public_id)


def test_a_system_that_only_sends_feeds_sees_nobody_s_results(client, bearer, judged):
    with as_owner():
        ApiClient.objects.filter(pk=judged.frank.pk).update(may_read_results=False)
    answers = [
        find(client, bearer, {"member_id": judged.a.member.member_id}),
        client.get(reverse("api:results", args=[judged.a.patient.public_id]), headers=bearer),
        explain(client, bearer, judged.a.patient, "supd"),
    ]
    assert [(one.status_code, one.json()["type"].rsplit("#")[-1]) for one in answers] == [
        (403, "problem-forbidden")
    ] * 3
    assert client.get(reverse("api:deliveries"), headers=bearer).status_code == 200


def test_what_postgresql_refuses_is_a_problem_like_any_other(client, bearer, judged, monkeypatch):
    def asks_too_much(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("select * from accounts_user")  # nothing for the API's role

    monkeypatch.setattr(views_results.FindPatient, "post", asks_too_much)
    answer = find(client, bearer, {"member_id": "M1"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert answer.json()["type"].endswith("#problem-forbidden")
