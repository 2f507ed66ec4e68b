"""Letters to members: due, printed, sent, returned. Chosen by their ids, printed by POST: no address names anybody."""

from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.components.words import language_words
from carecoord.faces.fields import DayField
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.programs import mailing
from patients.programs.letters import LANGUAGE
from patients.programs.models import MemberLetter, OptOut, Program
from patients.programs.sheets import name_of, sheet

from .. import exports
from ..paging import page_of
from ..roster import PlaceFilter, at, today, with_people
from ..site import csv_response, render_page, site, tabs

PAGE = 100
STATES = {"due": "Not printed yet", "printed": "Printed, not sent", "sent": "Sent", "returned": "Came back"}
NOTHING = {
    "due": "Every member who is due a letter has one. Letters become due when members are enrolled, move or leave.",
    "printed": "No printed letter waits for the mail. Print some under 'Not printed yet'.",
    "sent": "No letter was sent yet. Print letters, and mark them as sent when the mail has them.",
    "returned": "No letter came back.",
}
COLUMNS = (
    Column("Choose", is_hidden=True), Column("Member", "member"), Column("Letter"), Column("Programme", css="low"),
    Column("Pharmacy", "pharmacy"), Column("Remarks"), Column("Days"),
)  # fmt: skip
SORTS = {"member": "patient__search_name", "pharmacy": "pharmacy__name"}
HEADER = ("name", "address", "city", "state", "zip", "letter", "program", "pharmacy", "language")


class LetterFilter(PlaceFilter):
    state = forms.ChoiceField(choices=list(STATES.items()), required=False, widget=forms.HiddenInput)

    def clean_state(self):
        return self.cleaned_data["state"] or "due"


class MarkForm(forms.Form):
    on = DayField(
        label="Day", widget=forms.DateInput(attrs={"type": "date", "form": "chosen"}, format="%Y-%m-%d")
    )  # it stands outside of the form that it belongs to
    action = forms.ChoiceField(choices=[("sent", "sent"), ("returned", "returned")], widget=forms.HiddenInput)


@require_safe
@requires(P.ROSTER_VIEW)
def letters(request):
    return _page(request, LetterFilter(request.GET, user=request.user))


@require_POST
@requires(P.PROGRAM_EDIT)
def print_them(request):
    """One sheet a letter: of enrolments those that are due, of letters the same once more."""
    user, state = request.user, request.POST.get("state", "due")
    try:
        if state == "due":
            chosen = mailing.make(enrolments=_chosen(request, mailing.due(user)), by=user)
        elif not (chosen := _chosen(request, MemberLetter.objects.visible_to(user))):
            raise mailing.CannotSend("Choose at least one letter.")
    except mailing.CannotSend as refusal:
        return _page(request, _first(request), refusal=str(refusal))
    rows = MemberLetter.objects.visible_to(user).filter(pk__in=[one.pk for one in chosen])
    rows = list(rows.select_related("patient", "program__pbm", "pharmacy", "enrolment"))
    rows.sort(key=lambda row: (row.pharmacy.name, row.patient.person.search_name, row.pk))
    record(event="letters.printed", by=user, count=len(rows), patients=[row.patient_id for row in rows])
    shown = {"sheets": [sheet(row) for row in rows], "is_large": request.POST.get("large") == "yes", "state": state}
    return render(request, "pbm/letters_print.html", site.each_context(request) | shown)


@require_POST
@requires(P.PROGRAM_EDIT)
def mark(request):
    """As sent, or as returned, all of the chosen or none."""
    rows, form = _chosen(request, MemberLetter.objects.visible_to(request.user)), MarkForm(request.POST)
    if not form.is_valid():
        return _page(request, _first(request), refusal="Choose a day, such as today.", mark_form=form)
    is_sent = form.cleaned_data["action"] == "sent"
    deed = mailing.mark_sent if is_sent else mailing.note_returned
    try:
        count = deed(letters=rows, on=form.cleaned_data["on"], by=request.user)
    except mailing.CannotSend as refusal:
        return _page(request, _first(request), refusal=str(refusal), mark_form=form)
    messages.success(request, f"{count} marked as {'sent' if is_sent else 'returned'}.")
    return redirect(reverse("pbm:letters") + f"?state={'printed' if is_sent else 'sent'}")


@require_POST
@requires(P.ROSTER_EXPORT)
def addresses(request):
    """For a print shop: one line for each letter under the filters."""
    form = LetterFilter(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, form)
    rows = with_people(list(_found(request.user, **form.cleaned_data).order_by("pk")))
    patients = [row.patient_id for row in rows]
    detail = {"state": form.cleaned_data["state"]}
    record(event="letters.addresses_exported", by=request.user, count=len(rows), patients=patients, detail=detail)
    return csv_response("addresses.csv", exports.lines(HEADER, map(_line, rows)))


def _line(row):
    who = row.patient
    kind = MemberLetter.Kind(row.kind).label
    return (
        name_of(who),
        who.address,
        who.city,
        who.state,
        who.zip,
        kind,
        row.program.title,
        row.pharmacy.name,
        who.language,
    )


def _found(user, *, state, program=None, pharmacy=None, client=None):
    """Enrolments whose letter is due, or letters in a state; both have program, pharmacy, patient and kind."""
    day = today()
    if state == "due":
        return at(user, mailing.due(user), day, program, pharmacy, client)
    found = MemberLetter.objects.visible_to(user)
    found = {
        "printed": found.filter(sent_on=None),
        "sent": found.exclude(sent_on=None).filter(returned_on=None),
        "returned": found.exclude(returned_on=None),
    }[state]
    return at(user, found, day, program, pharmacy, client)


def _chosen(request, rows):
    """The rows whose ids were ticked; 404 when one of them is not there, whoever's it is."""
    try:
        ids = {UUID(one) for one in request.POST.getlist("selected")}
    except ValueError:
        raise Http404
    found = list(rows.filter(public_id__in=ids))
    if len(found) != len(ids):
        raise Http404
    return found


def _first(request):
    state = request.POST.get("state")
    return LetterFilter({"state": state if state in STATES else "due"}, user=request.user)


def _page(request, form, *, refusal="", mark_form=None):
    user, rows, page, state = request.user, [], None, "due"
    if form.is_valid():
        state = form.cleaned_data["state"]
        found = _found(user, **form.cleaned_data)
        rows, page = page_of(found, request.GET, sorts=SORTS, default="member", noun="letter", size=PAGE)
        rows = with_people(rows)
    said_no = OptOut.objects.visible_to(user).filter(until=None, patient__in=[row.patient_id for row in rows])
    said_no = set(said_no.values_list("payer_id", "program_id", "patient_id"))
    for row in rows:
        row.is_out = (row.payer_id, row.program_id, row.patient_id) in said_no
        row.kind_label = MemberLetter.Kind(row.kind).label
        row.speaks = language_words(row.patient.language) if row.patient.language not in ("", LANGUAGE) else ""
    lacking = Program.objects.visible_to(user).filter(contact="", pbm=user.membership.organisation)
    shown = {
        "form": form,
        "rows": rows,
        "page": page,
        "state": state,
        "refusal": refusal,
        "nothing": NOTHING[state],
        "states": _states(user, form, state),
        "mark_form": mark_form or MarkForm(initial={"on": timezone.localdate()}),
        "without_contact": lacking.order_by("title"),
        "may_edit": user.may(P.PROGRAM_EDIT),
        "may_export": user.may(P.ROSTER_EXPORT),
        "chosen": [(name, form.data.get(name, "")) for name in form.fields if form.data.get(name)],
        "columns": headings(COLUMNS, query=request.GET, default="member"),
        "section": "roster",
        "tabs": tabs("roster", "pbm:letters"),
    }
    return render_page(request, "pbm/letters.html", shown, status=422 if refusal or form.errors else 200)


def _states(user, form, state):
    """The states as links with counts, under the same filters."""
    given = {name: value for name, value in (form.cleaned_data if form.is_valid() else {}).items() if name != "state"}
    kept = {
        name: form.data.get(name) for name in given if form.data.get(name)
    }  # the filters, and nothing else that was sent
    links = []
    for code, label in STATES.items():
        query = urlencode(kept | {"state": code})
        count = _found(user, state=code, **given).count()
        links.append({"label": label, "href": f"?{query}", "count": count, "current": code == state})
    return links
