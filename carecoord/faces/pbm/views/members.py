"""One member as the programme knows them: why enrolled or not, where, which letters, and their own no. Nothing of a chart."""

from django import forms
from django.db.models import Exists, Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.components.words import language_words
from carecoord.faces.fields import DayField, Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from patients.claims import people
from patients.models import Coverage, Member, Patient
from patients.programs import mailing, opt_outs
from patients.programs.models import Decision, Enrolment, MemberLetter, OptOut, Program
from patients.programs.sheets import address_of

from ..doing import do
from ..site import render_page, tabs

ENROLMENTS = ("Programme", "Pharmacy", "Since", "Until", "Why")
LETTERS = ("Letter", "Pharmacy", "Printed", "Sent", "Came back")
OPT_OUTS = ("Programme", "Out since", "Back since", "How", "Recorded by", "Change")
COVERS = ("Client", "Plan", "Line of business", "From", "Until")
ENDED = {
    "moved_pharmacy": "Moved to another pharmacy",
    "program_ended": "The programme ended",
    "not_a_member": "No longer a member",
    "united": "Goes on under the person's other id",
} | dict(Decision.Outcome.choices)


class OptOutForm(forms.Form):
    """`member` and `program` name rows that the reader may see; the first is asked only where two payers know the person."""

    member = forms.ModelChoiceField(Member.objects.none(), label="As member", empty_label=None)
    program = forms.ModelChoiceField(Program.objects.none(), label="Programme", empty_label=None)
    since = DayField(label="On", help_text="The day on which the member said so.")
    how = forms.ChoiceField(choices=OptOut.How, label="How")
    note = Words(
        required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), help_text="In the member's words."
    )

    def __init__(self, data, *, members, user):
        super().__init__(data, initial={"since": timezone.localdate()})
        self.only = None
        self.fields["member"].queryset = members
        self.fields["program"].queryset = Program.objects.visible_to(user).order_by("title")
        if len(found := list(members[:2])) == 1:
            self.only = found[0]
            del self.fields["member"]

    def clean(self):
        return self.cleaned_data | ({"member": self.only} if self.only else {})


class BackForm(forms.Form):
    since = DayField(label="From", help_text="The first day on which the member can be enrolled again.")


@require_safe
@requires(P.ROSTER_VIEW)
def member(request, public_id):
    user, today = request.user, timezone.localdate()
    patient = get_object_or_404(Patient.objects.visible_to(user), public_id=public_id)
    if patient.person is not patient:
        return redirect("pbm:member", public_id=patient.person.public_id)
    rows = lambda model: model.objects.visible_to(user).filter(patient__in=patient.records)  # noqa: E731
    enrolments = rows(Enrolment).select_related("program", "pharmacy").order_by("-days")
    outs = rows(OptOut).select_related("program", "recorded_by", "pharmacy").order_by("-since", "-pk")
    members = Member.objects.visible_to(user).filter(patient=patient).order_by("pk")
    covers = rows(Coverage).filter(Q(ends_on=None) | Q(ends_on__gte=today), starts_on__lte=today)
    shown = {
        "patient": patient,
        "former_ids": patient.former_ids,
        "facts": [(label, value) for label, value in _facts(patient, members) if value],
        "aliases": [alias for member in members for alias in people.also_known(user, member=member)],
        "is_bad_address": rows(Member).filter(Exists(mailing.returned(user))).exists(),
        "decisions": rows(Decision).select_related("program", "payer").order_by("program__title", "pk"),
        "outcomes": Decision.Outcome,
        "enrolments": [(row, ENDED.get(row.ended_because, row.ended_because)) for row in enrolments],
        "letters": rows(MemberLetter).select_related("pharmacy").order_by("-made_at", "-pk"),
        "opt_outs": outs,
        "covers": covers.select_related("client").order_by("-starts_on", "pk"),
        "may_edit": user.may(P.PROGRAM_EDIT),
        "section": "roster",
        "tabs": tabs("roster", ""),
    }
    for name, labels in (
        ("enrolment", ENROLMENTS),
        ("letter", LETTERS),
        ("opt_out", OPT_OUTS),
        ("cover", COVERS),
    ):
        shown[f"{name}_columns"] = headings(
            [Column(label, is_hidden=label == "Change") for label in labels], query=request.GET
        )
    return render_page(request, "pbm/member.html", shown)


def _facts(patient, members):
    return (
        ("Member id", ", ".join(one.id_now for one in members)),
        ("Born on", patient.born_on and f"{patient.born_on:%-d %b %Y}"),
        ("Died on", patient.died_on and f"{patient.died_on:%-d %b %Y}"),
        ("Phone", patient.phone),
        ("Address", ", ".join(address_of(patient)[1:])),
        ("Language", language_words(patient.language)),
    )


@require_http_methods(["GET", "POST"])
@requires(P.PROGRAM_EDIT)
def opt_out(request, public_id):
    patient = get_object_or_404(Patient.objects.visible_to(request.user), public_id=public_id).person
    members = Member.objects.visible_to(request.user).filter(patient=patient).order_by("pk")
    return do(
        request,
        OptOutForm(request.POST or None, members=members, user=request.user),
        lambda **given: opt_outs.opt_out(by=request.user, **given),
        heading=f"{patient.name} opts out",
        intro="The member leaves the programme at once, and the pharmacy no longer sees them. Nobody may ask why.",
        said="Recorded. The pharmacy loses sight of the member within seconds.",
        to=reverse("pbm:member", args=[patient.public_id]),
        section="roster",
        button="Record the opt-out",
        kind="danger",
    )


@require_http_methods(["GET", "POST"])
@requires(P.PROGRAM_EDIT)
def opt_in_again(request, public_id):
    rows = OptOut.objects.visible_to(request.user).select_related("program", "patient")
    row = get_object_or_404(rows, public_id=public_id)
    return do(
        request,
        BackForm(request.POST or None, initial={"since": timezone.localdate()}),
        lambda since: opt_outs.opt_in_again(opt_out=row, since=since, by=request.user),
        heading=f"{row.patient.person.name} opts in again",
        intro=f"{row.program.title} can enrol the member again; its next decision does, if they fit.",
        said="Recorded. The next decision of the programme looks at the member again.",
        to=reverse("pbm:member", args=[row.patient.person.public_id]),
        section="roster",
        button="Opt in again",
    )
