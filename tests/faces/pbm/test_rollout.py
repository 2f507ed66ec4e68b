"""The roll-out report as a page and as a file."""

import csv
from io import StringIO

import pytest
from django.urls import reverse

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from patients.programs.models import Participation

pytestmark = pytest.mark.django_db


def asked(cast, **more):
    return {"program": cast.program.pk, "client": cast.a.client.pk, "since": "2026-01-01", "until": "2026-06-30"} | more


def test_the_form_comes_first_and_then_the_answer(sign_in, cast):
    page = sign_in("dana").get(reverse("pbm:rollout"))
    assert page.context["found"] is None and b"Show" in page.content
    page = sign_in("dana").get(reverse("pbm:rollout"), asked(cast))
    assert page.status_code == 200 and b"fewer than 11" in page.content
    assert cast.a.patient.name not in page.content.decode()


@pytest.mark.parametrize(
    "more",
    [
        {"until": "2025-01-01"},
        {"until": "2999-01-01"},
        {"since": "soon"},
        {"client": "0"},
        {"program": "x"},
        {"since": "\0"},
    ],
)
def test_what_cannot_be_asked_is_said(sign_in, cast, more):
    for name in ("pbm:rollout", "pbm:rollout_export"):
        answer = sign_in("dana").get(reverse(name), asked(cast, **more))
        assert answer.status_code == 422 and answer.context["form"].errors


def test_the_file_says_the_same_and_the_trail_knows(sign_in, cast, as_owner):
    answer = sign_in("dana").get(reverse("pbm:rollout_export"), asked(cast))
    rows = list(csv.DictReader(StringIO(answer.content.decode(), newline="")))
    assert {"part": "members", "of": "enrolled", "number": "fewer than 11", "value": ""} in rows
    with as_owner():
        assert AuditEvent.objects.filter(event="report.rollout").exists()


def test_a_file_of_nothing_leads_to_the_form(sign_in, cast):
    assert sign_in("dana").get(reverse("pbm:rollout_export")).url == reverse("pbm:rollout")


def test_a_client_of_a_payer_that_one_does_not_serve_cannot_be_asked_about(sign_in, cast, as_owner):
    with as_owner():
        Participation.objects.get_or_create(
            payer=cast.b.payer, program=cast.program, client=cast.b.client, defaults={"since": "2026-01-01"}
        )
    form = sign_in("dana").get(reverse("pbm:rollout")).context["form"]
    with context.acting_as(cast.dana.scope):
        offered = list(form.fields["client"].queryset)
    assert cast.a.client in offered
    assert {client.payer_id for client in offered} <= set(cast.dana.scope.payer_ids)


def test_an_empty_installation_says_what_to_do(sign_in, cast, as_owner):
    with as_owner():
        Participation.objects.all().delete()
    assert b"A client must opt in" in sign_in("dana").get(reverse("pbm:rollout")).content
