"""The roll-out report of a programme for one client: as a page to print, and as a file."""

from django import forms
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.fields import DayField
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from carecoord.kernel.money import dollars
from patients.evaluation.rollout import report
from patients.models import Client
from patients.programs.models import Program

from .. import exports
from ..site import csv_response, render_page, tabs


class RolloutForm(forms.Form):
    program = forms.ModelChoiceField(Program.objects.none(), label="Programme", empty_label=None)
    client = forms.ModelChoiceField(Client.objects.none(), empty_label=None)
    since = DayField(label="From")
    until = DayField(label="To")

    def __init__(self, data, *, user, initial):
        super().__init__(data, initial=initial)
        self.fields["program"].queryset = Program.objects.visible_to(user).order_by("title")
        opted_in = Client.objects.visible_to(user).filter(participations__isnull=False).distinct()
        self.fields["client"].queryset = opted_in.order_by("name", "pk")

    def clean(self):
        given = super().clean()
        if given.get("since") and given.get("until") and given["until"] < given["since"]:
            self.add_error("until", "The last day lies before the first.")
        if given.get("until") and given["until"] > timezone.localdate():
            self.add_error("until", "That day has not come yet.")
        return given


@require_safe
@requires(P.PROGRAM_VIEW)
def rollout(request):
    """With a question in the address: the answer; without one: the form, filled in for the current year."""
    form, found = _asked(request)
    context = {
        "section": "programmes",
        "tabs": tabs("programmes", "pbm:rollout"),
        "form": form,
        "has_clients": form.fields["client"].queryset.exists() and form.fields["program"].queryset.exists(),
        "found": found,
        "served": [_with_money(row) for row in found.served] if found else [],
        "together": _with_money(found.together) if found and found.together else (),
        "query": request.GET.urlencode(),
    }
    return render_page(request, "pbm/rollout.html", context, status=200 if found or not form.is_bound else 422)


@require_safe
@requires(P.PROGRAM_VIEW)
def export(request):
    """The same numbers, one line a number."""
    form, found = _asked(request)
    if not form.is_bound:
        return redirect("pbm:rollout")
    if found is None:
        return rollout(request)
    return csv_response("roll-out.csv", exports.lines(("part", "of", "number", "value"), _lines(form, found)))


def _asked(request):
    today = timezone.localdate()
    initial = {"since": today.replace(month=1, day=1), "until": today}
    form = RolloutForm(request.GET or None, user=request.user, initial=initial)
    if not form.is_valid():
        return form, None
    given = form.cleaned_data
    found = report(request.user, **given)
    detail = {"program": given["program"].pk, "client": given["client"].pk}
    record(event="report.rollout", by=request.user, count=0, detail=detail)
    return form, found


def _lines(form, found):
    given = form.cleaned_data
    yield "report", "programme", given["program"].title, ""
    yield "report", "client", given["client"].name, ""
    yield "report", "days", found.since, found.until
    yield "members", "covered on the last day", found.covered.words, ""
    for words, one in found.outcomes:
        yield "members by answer", words, one.words, ""
    yield "members", "enrolled", found.enrolled.words, ""
    yield "members", "enrolled on the last day", found.enrolled_at_the_end.words, ""
    yield "pharmacies", "with enrolled members", found.pharmacies, ""
    yield "members", "somebody tried to reach", found.tried.words, ""
    yield "members", "reached and served", found.reached.words, ""
    for row in (*found.served, *([found.together] if found.together else [])):
        yield "services", row.title, row.services.words, "services"
        yield "services", row.title, row.members.words, "members"
        yield "services", row.title, _cents(row.charged_cents), "charged"
        yield "services", row.title, _cents(row.paid_cents), "paid"
    for row in found.measures:
        yield "measures", row.title, row.members.words, "members"
        yield "measures", row.title, row.before, f"as of {found.measured_before}"
        yield "measures", row.title, row.after, f"as of {found.measured_after}"


def _with_money(row):
    return row, _cents(row.charged_cents), _cents(row.paid_cents)


def _cents(cents):
    return "hidden" if cents is None else dollars(cents)
