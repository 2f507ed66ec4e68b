"""What stands beside the worklist: one flag, with its evidence and what can be done."""

from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.accounts.models import User
from carecoord.kernel.accounts.permissions import Permission
from patients.care import chart
from patients.flags.models import Flag
from patients.flags.rules import every as rules

from .rows import act_words
from .strips import days_left, strip_of


def panel_of(request, flag):
    """The context of `portal/today/_panel.html`."""
    today = timezone.localdate()
    patient = flag.patient
    medicine = None
    if flag.measure:
        medicine = chart.medicine_class(request.user, patient=patient, measure=flag.measure, payer_id=flag.payer_id)
    age = patient.age_on(today)
    rule = rules().get(flag.rule)
    return {
        "flag": flag,
        "panel_template": "portal/today/_panel.html",
        "patient_href": reverse("portal:patient", args=[patient.public_id]),
        "subtitle": ", ".join(filter(None, [str(age) if age is not None else "", patient.phone, flag.payer.name])),
        "medicine": medicine,
        "strip": strip_of(medicine) if medicine else None,
        "days_left": days_left(medicine) if medicine else "",
        "talking": chart.talking_points(medicine, today=today) if medicine else (),
        "act_words": act_words(flag.due_on, today),
        "protocol": rule.protocol if rule else "adherence_call",
        "is_on_list": flag.status == Flag.Status.OPEN,
        "colleagues": colleagues(request) if request.user.may(Permission.FLAG_ASSIGN) else (),
    }


def colleagues(request):
    """Who works at this pharmacy today, by name."""
    today = timezone.localdate()
    people = (
        User.objects.filter(memberships__organisation_id=request.store.pk, is_active=True).distinct().order_by("name")
    )
    return [each for each in people.prefetch_related("memberships") if _works_here(each, request.store.pk, today)]


def _works_here(person, organisation_id, today):
    return any(
        m.organisation_id == organisation_id and m.since <= today and (m.until is None or m.until >= today)
        for m in person.memberships.all()
    )
