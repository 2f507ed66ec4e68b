"""What every portal page shares: who may ask, whose pharmacy it is, whose clock it shows."""

from functools import wraps
from zoneinfo import ZoneInfo

from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from carecoord.faces.components.words import zone_words
from carecoord.faces.guard import requires
from patients.models import Patient
from pharmacies.models import Pharmacy


def portal_page(*permissions):
    """`@portal_page(Permission.PATIENT_VIEW)`: guarded, with `request.store` (the person's Pharmacy) and its clock."""

    def decorate(view):
        @wraps(view)
        def in_store(request, *args, **kwargs):
            request.store = Pharmacy.objects.get(pk=request.user.membership.organisation_id)
            with timezone.override(ZoneInfo(request.store.time_zone)):
                return view(request, *args, **kwargs)

        return requires(*permissions)(in_store)

    return decorate


def show(request, template, section, **context):
    """The page in the portal's shell; `section` names the item of the navigation."""
    zone = zone_words(request.store.time_zone)
    shell = {"organisation_name": request.store.name, "time_zone_name": zone, "section": section}
    return render(request, template, shell | context)


def visible_patient(request, public_id):
    """The person whose record that is; a former record leads to the one that holds them. 404 for everybody else's."""
    patients = Patient.objects.visible_to(request.user).prefetch_related("coverages")
    return get_object_or_404(patients, public_id=public_id).person


def is_fragment(request):
    """Whether htmx asks for a part of a page; a reload of its history asks for the whole."""
    return bool(request.htmx) and not request.htmx.history_restore_request
