"""One flag: its panel, taking it, dismissing it, putting it back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carecoord.kernel.accounts.models import User
from carecoord.kernel.accounts.permissions import Permission
from patients.flags import actions as flags
from patients.flags.models import Flag

from ..forms import AssignForm, DismissForm
from ..page import is_fragment, portal_page
from ..panel import panel_of
from ..rows import row_of
from .today import show_list


def visible_flag(request, public_id):
    """The flag, for whom it is; 404 for everybody else."""
    rows = Flag.objects.visible_to(request.user).select_related("patient", "assigned_to", "payer")
    return get_object_or_404(rows, public_id=public_id)


@require_safe
@portal_page(Permission.WORKLIST_VIEW)
def flag(request, public_id):
    """The panel alone for htmx, else the list with the panel open."""
    found = visible_flag(request, public_id)
    if is_fragment(request):
        return render(request, "portal/today/_panel.html", panel_of(request, found))
    return redirect(f"{reverse('portal:today')}?open={found.public_id}")


@require_POST
@portal_page(Permission.FLAG_ASSIGN)
def assign(request, public_id):
    """To the person named, or to oneself. htmx gets the row back."""
    found = visible_flag(request, public_id)
    form = AssignForm(request.POST)
    to = request.user
    if form.is_valid() and form.cleaned_data["to"]:
        at_this_store = User.objects.filter(memberships__organisation_id=request.store.pk).distinct()
        to = get_object_or_404(at_this_store, public_id=form.cleaned_data["to"])
    try:
        found = flags.assign(flag=found, to=to, by=request.user)
    except flags.CannotChange as why:
        messages.error(request, str(why))
    if is_fragment(request):
        row = row_of(visible_flag(request, public_id), today=timezone.localdate())
        return render(request, "portal/today/_row.html", {"row": row})
    return redirect(f"{reverse('portal:today')}?open={found.public_id}")


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.FLAG_DISMISS)
def dismiss(request, public_id):
    """Off the list, with a reason; the measure stays as it is."""
    found = visible_flag(request, public_id)
    form = DismissForm(request.POST or None)
    if form.is_valid():
        try:
            flags.dismiss(flag=found, by=request.user, **form.cleaned_data)
        except flags.CannotChange as why:
            form.add_error(None, str(why))
        else:
            return redirect(f"{reverse('portal:today')}?undo={found.public_id}")
    panel = panel_of(request, found) | {
        "form": form,
        "panel_template": "portal/today/_dismiss.html",
        "back_href": f"{reverse('portal:today')}?open={found.public_id}",
    }
    if is_fragment(request):
        return render(request, "portal/today/_dismiss.html", panel)
    return show_list(request, opened=found, panel=panel)


@require_POST
@portal_page(Permission.FLAG_DISMISS)
def reopen(request, public_id):
    found = visible_flag(request, public_id)
    try:
        flags.reopen(flag=found, by=request.user)
    except flags.CannotChange as why:
        messages.error(request, str(why))
    return redirect(f"{reverse('portal:today')}?open={found.public_id}")
