"""What measures say of a payer's own members, and everything behind one result. Results that are labelled as substance use are
not there for a system: it has no person whose permission could be asked (the wall of MeasureResult)."""

import json

from django.core.exceptions import SuspiciousOperation
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from carecoord.kernel.audit.actions import record
from patients.measures import definitions, queries
from patients.models import Member, Patient

from . import shown
from .answers import tagged
from .authentication import MayReadResults
from .paging import page_of


def _person(request, public_id):
    """The record that holds the person; a former record leads to it."""
    return get_object_or_404(Patient.objects.visible_to(request.user), public_id=public_id).person


class FindPatient(APIView):
    """POST a member id, which is for no log of addresses: the id by which results are asked for."""

    permission_classes = [MayReadResults]
    parser_classes: list = []

    def post(self, request):
        found = Member.objects.visible_to(request.user).filter(payer=request.user.organisation)
        member_id = _member_id_in(request._request)
        member = get_object_or_404(found.select_related("patient", "merged_into"), member_id=member_id)
        patient = member.merged_into or member.patient
        record(event="patient.found", by=request.user, target=patient, patients=[patient.pk])
        return Response(shown.patient(member, patient))


def _member_id_in(request):
    """The member id that a body names. Raises ValidationError."""
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError, SuspiciousOperation) as error:
        raise ValidationError('Send JSON such as {"member_id": "A1"}.') from error
    member_id = told.get("member_id") if isinstance(told, dict) else None
    if not isinstance(member_id, str) or not member_id or "\0" in member_id:
        raise ValidationError("member_id must be a text.")
    return member_id


class Results(APIView):
    """The newest result of a patient in each measure."""

    permission_classes = [MayReadResults]

    def get(self, request, public_id):
        patient = _person(request, public_id)
        rows = queries.newest_of_every_measure(patient_id=patient.pk, who=request.user)
        page = page_of(request, rows, shown=lambda row: shown.result(row, patient))
        record(event="results.read", by=request.user, target=patient, count=len(page["results"]))
        return tagged(request, page)


class ExplainedResult(APIView):
    """Every number, limit and claim of the newest result in a measure."""

    permission_classes = [MayReadResults]

    def get(self, request, public_id, measure):
        if measure not in definitions.every():
            raise Http404
        patient = _person(request, public_id)
        row = get_object_or_404(
            queries.newest_of_every_measure(patient_id=patient.pk, who=request.user), measure=measure
        )
        evidence = queries.explain(
            payer=row.payer, patient_id=patient.pk, measure=measure, as_of=row.as_of, year=row.year
        )
        record(event="result.explained", by=request.user, target=patient, detail={"measure": measure})
        told = queries.without_own_keys(queries.outside_the_pharmacy(evidence))
        return tagged(request, {"patient": str(patient.public_id)} | told)
