"""The owner's page of who works at the pharmacy: invitations, roles, last days, sessions."""

from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carecoord.faces import people as shared
from carecoord.kernel.accounts.permissions import Permission

from ..page import portal_page, show
from ..sheet import sheet


def _show(request, template, *, status=200, **context):
    response = show(request, template, "pharmacy", base="portal/base.html", **context)
    response.status_code = status
    return response


DESK = shared.Desk(face="portal", places=lambda request: [request.store.pk], show=_show, sheet=sheet)


@require_safe
@portal_page(Permission.STAFF_MANAGE)
def people(request):
    return shared.listing(request, DESK)


@require_safe
@portal_page(Permission.STAFF_MANAGE)
def export(request):
    return shared.export(request, DESK)


@require_POST
@portal_page(Permission.STAFF_MANAGE)
def search(request):
    return shared.listing(request, DESK, q=request.POST.get("q", "").replace("\0", "").strip())


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.STAFF_MANAGE)
def invite(request):
    return shared.invite(request, DESK)


@require_POST
@portal_page(Permission.STAFF_MANAGE)
def renew(request, public_id):
    return shared.renew(request, DESK, public_id)


@require_POST
@portal_page(Permission.STAFF_MANAGE)
def cancel(request, public_id):
    return shared.cancel(request, DESK, public_id)


@require_safe
@portal_page(Permission.STAFF_MANAGE)
def person(request, public_id):
    return shared.person(request, DESK, public_id)


@require_POST
@portal_page(Permission.STAFF_MANAGE)
def change(request, public_id):
    return shared.change(request, DESK, public_id)
