"""Trying to reach somebody about a flag, and putting a flag off."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from carecoord.kernel.accounts.permissions import Permission
from patients.care.actions import outreach
from patients.care.actions.outreach import CannotTry
from patients.care.outreach import IN_VAIN

from ..forms import SnoozeForm, TryForm
from ..page import is_fragment, portal_page
from ..panel import panel_of
from .flags import visible_flag
from .today import show_list


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.ENCOUNTER_WRITE)
def log_try(request, public_id):
    """A try with what came of it."""
    found = visible_flag(request, public_id)
    form = TryForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            one = outreach.log_try(flag=found, by=request.user, **form.cleaned_data)
        except CannotTry as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, _said(one))
            return redirect(f"{reverse('portal:today')}?open={found.public_id}")
    return _in_panel(request, found, "portal/today/_try.html", form)


def _said(one):
    said = f"{one.get_outcome_display()}: noted as try {one.number}."
    if one.state == "unable":
        return f"{said} The flag is off the list: the patient cannot be reached."
    if one.state == "declined":
        return f"{said} The flag is off the list."
    if not one.counts and one.outcome in IN_VAIN:
        why = "the policy spoke against it" if one.against_policy else "it was made too soon after the one before"
        said = f"{said} It does not count: {why}."
    return f"{said} Next try from {one.next_on:%-d %b} on." if one.next_on else said


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.FLAG_DISMISS)
def snooze(request, public_id):
    """Off the list until a day."""
    found = visible_flag(request, public_id)
    form = SnoozeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        days = form.cleaned_data["days"]
        until = timezone.localdate() + timedelta(days=days) if days else form.cleaned_data["until"]
        try:
            outreach.snooze(flag=found, until=until, why=form.cleaned_data["why"], by=request.user)
        except CannotTry as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, f"{found.patient.name}: put off until {until:%-d %b %Y}.")
            return redirect("portal:today")
    return _in_panel(request, found, "portal/today/_snooze.html", form)


@require_POST
@portal_page(Permission.FLAG_DISMISS)
def wake(request, public_id):
    """Back on the list at once."""
    found = visible_flag(request, public_id)
    outreach.wake(flag=found, by=request.user)
    return redirect(f"{reverse('portal:today')}?open={found.public_id}")


def _in_panel(request, found, template, form):
    panel = panel_of(request, found) | {
        "form": form,
        "panel_template": template,
        "back_href": f"{reverse('portal:today')}?open={found.public_id}",
    }
    if is_fragment(request):
        return render(request, template, panel)
    return show_list(request, opened=found, panel=panel)
