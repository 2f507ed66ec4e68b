"""What every action asks first: which day it is at the pharmacy, and through which payer it sees the patient."""

from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from patients.models import PatientAccess


class CannotDocument(Exception):
    """The sentence says why, to the person at the form."""


def today_at(pharmacy):
    """The date in the pharmacy's own time zone."""
    return timezone.localdate(timezone=ZoneInfo(pharmacy.time_zone))


def payer_of(patient, pharmacy, by):
    """The payer through which the pharmacy sees the patient today. Raises CannotDocument."""
    today = timezone.now().date()  # the walls count days in UTC
    reasons = PatientAccess.objects.visible_to(by).filter(
        Q(until=None) | Q(until__gte=today), patient__in=patient.records, pharmacy=pharmacy, since__lte=today
    )
    reason = reasons.order_by("-since", "-id").first()
    if reason is None:
        raise CannotDocument("This patient is not with your pharmacy any more.")
    return reason.payer_id
