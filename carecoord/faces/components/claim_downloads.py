"""Claim files as answers of either face: noted as a read and in the trail, or refused with every reason."""

from django.http import HttpResponse

from carecoord.kernel.audit import actions as audit
from pharmacies.billing.formats import files
from pharmacies.billing.formats.x12 import CannotWrite


def claims(request, found, kind, refused):
    """ServiceClaims as a file of one of files.KINDS; `refused(sentences)` answers where they cannot be written."""
    audit.saw(refs={each.patient_ref for each in found})
    try:
        made = files.of_claims(found, kind, request.user)
    except CannotWrite as refusal:
        return refused(refusal.sentences)
    audit.record(event="claims.exported", by=request.user, count=len(found), detail={"format": kind})
    return _download(made)


def remittance(request, found, refused):
    """A Remittance as 835; `refused(sentences)` answers where it cannot be written."""
    audit.saw(refs=set(found.lines.visible_to(request.user).values_list("claim__patient_ref", flat=True)))
    try:
        made = files.as_835(found, request.user)
    except CannotWrite as refusal:
        return refused(refusal.sentences)
    audit.record(event="remittance.exported", by=request.user, target=found, detail={"format": "835"})
    return _download(made)


def kind_of(text):
    """What an address or a button asks for; the printed form where it is nothing that we write."""
    return text if text in files.KINDS else "cms1500"


def _download(made):
    answer = HttpResponse(made.data, content_type=made.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer
