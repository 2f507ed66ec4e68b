"""The administrator's page of people: the PBM's own, and those of the pharmacies and networks that it works with."""

from django.db.models import Q
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carecoord.faces import people as shared
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from pharmacies.models import Contract, PbmParticipation

from .. import exports
from ..site import csv_response, render_page


def _places(request):
    """Ids of the PBM, of pharmacies that take part today, of networks with a contract. Read once a request."""
    if not hasattr(request, "people_places"):
        today, user = timezone.localdate(), request.user
        now = Q(until=None) | Q(until__gte=today)
        pharmacies = PbmParticipation.objects.visible_to(user).filter(now).values_list("pharmacy_id", flat=True)
        networks = Contract.objects.visible_to(user).filter(now).values_list("network__organisation_id", flat=True)
        request.people_places = [user.membership.organisation_id, *pharmacies, *networks]
    return request.people_places


def _show(request, template, *, status=200, **context):
    return render_page(request, template, context | {"section": "people", "base": "pbm/plain.html"}, status=status)


def _sheet(name, columns, rows):
    return csv_response(f"{name}.csv", exports.lines(columns, rows))


DESK = shared.Desk(face="pbm", places=_places, show=_show, sheet=_sheet)


@require_safe
@requires(P.USER_MANAGE)
def people(request):
    return shared.listing(request, DESK)


@require_safe
@requires(P.USER_MANAGE)
def export(request):
    return shared.export(request, DESK)


@require_POST
@requires(P.USER_MANAGE)
def search(request):
    return shared.listing(request, DESK, q=request.POST.get("q", "").replace("\0", "").strip())


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.USER_MANAGE)
def invite(request):
    return shared.invite(request, DESK)


@require_POST
@requires(P.USER_MANAGE)
def renew(request, public_id):
    return shared.renew(request, DESK, public_id)


@require_POST
@requires(P.USER_MANAGE)
def cancel(request, public_id):
    return shared.cancel(request, DESK, public_id)


@require_safe
@requires(P.USER_MANAGE)
def person(request, public_id):
    return shared.person(request, DESK, public_id)


@require_POST
@requires(P.USER_MANAGE)
def change(request, public_id):
    return shared.change(request, DESK, public_id)
