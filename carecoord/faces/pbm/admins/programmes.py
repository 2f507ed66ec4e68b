"""Programmes, who opted in, who was enrolled or not, and why; runs of programmes and measures."""

from django import forms
from django.contrib import admin
from django.urls import reverse

from carecoord.kernel.accounts.permissions import Permission as P
from patients.measures.models import Run
from patients.programs import definitions, opt_ins
from patients.programs.models import Decision, EnrolmentRun, Participation, Program

from ..room_admin import RoomAdmin
from ..site import site


class ProgrammeRoom(RoomAdmin):
    section = "programmes"
    may_view = (P.PROGRAM_VIEW,)
    may_edit = (P.PROGRAM_EDIT,)


class ProgramForm(forms.ModelForm):
    definition = forms.ChoiceField(choices=lambda: [(one.code, one.title) for one in definitions.every().values()])


@admin.register(Program, site=site)
class Programs(ProgrammeRoom):
    noun, nouns = "programme", "programmes"
    intro = (
        "A programme asks what its definition says of a member, of clients that opted in, at pharmacies of its network."
    )
    list_display = ("title", "code", "network", "since", "until")
    list_select_related = ("network",)
    ordering = ("title",)
    add_fields = ("network", "code", "title", "definition", "since", "until", "contact")
    show_fields = ("network", "code", "definition", "since")
    change_fields = ("title", "until", "contact")

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change=change, **({} if change else {"form": ProgramForm}) | kwargs)

    def write_new(self, *, by, **given):
        opt_ins.add_program(by=by, **given)

    def write_change(self, obj, *, by, **given):
        opt_ins.edit_program(program=obj, by=by, **given)


@admin.register(Participation, site=site)
class OptIns(ProgrammeRoom):
    noun, nouns = "opt-in", "opt-ins"
    intro = "Members of a client can be enrolled on the days on which the client takes part."
    list_display = ("client", "program", "payer", "since", "until")
    list_select_related = ("client", "program", "payer")
    list_filter = ("program",)
    ordering = ("-since", "-pk")
    add_fields = ("program", "client", "since", "until")
    show_fields = ("program", "client", "since")
    change_fields = ("until",)

    def write_new(self, *, by, **given):
        opt_ins.opt_in(by=by, **given)

    def write_change(self, obj, *, by, until):
        opt_ins.end_opt_in(participation=obj, until=until, by=by)


@admin.register(EnrolmentRun, site=site)
class EnrolmentRuns(ProgrammeRoom):
    intro = "Every member of the clients that take part gets an answer: each night, and whenever somebody asks for it."
    nothing_yet = "A programme runs every night, and whenever somebody asks for it."
    list_display = ("ran_at", "program", "payer", "as_of", "outcomes")
    list_select_related = ("program", "payer")
    list_filter = ("program",)
    ordering = ("-pk",)
    show_fields = ("ran_at", "program", "payer", "as_of", "outcomes")

    def changelist_view(self, request, extra_context=None):
        asks = {"label": "Decide now", "href": reverse("pbm:decide_now")} if request.user.may(P.PROGRAM_EDIT) else None
        return super().changelist_view(request, {"asks": asks} | (extra_context or {}))

    @admin.display(description="Members by outcome")
    def outcomes(self, run):
        words = dict(Decision.Outcome.choices)
        met = {code: count for code, count in run.counts.items() if count}
        return "; ".join(f"{words.get(code, code)}: {count}" for code, count in met.items()) or "none"


@admin.register(Decision, site=site)
class Decisions(RoomAdmin):
    section = "roster"
    intro = "The newest answer about every member: enrolled, or not, with the reason."
    may_view = (P.ROSTER_VIEW,)
    nothing_yet = "The first run of a programme decides about every member."
    list_display = ("patient", "outcome", "sentence", "program", "as_of")
    list_select_related = ("patient", "program")
    list_filter = ("outcome", "program")
    ordering = ("-pk",)
    show_fields = ("patient", "program", "outcome", "sentence", "as_of")


@admin.register(Run, site=site)
class MeasureRuns(ProgrammeRoom):
    section = "measures"
    noun, nouns = "measure run", "measure runs"
    intro = "Every evaluation of the measures is kept: why it ran, for whom, as of which day."
    nothing_yet = "Measures are evaluated after every delivery and every night."
    list_display = ("started_at", "payer", "why", "year", "as_of", "patients", "results", "ended_at")
    list_select_related = ("payer",)
    ordering = ("-pk",)
    show_fields = ("started_at", "ended_at", "shards_done", "payer", "why", "year", "as_of", "patients", "results")

    @admin.display(description="Cause", ordering="cause")
    def why(self, run):
        return "New claims" if run.cause.startswith("delivery:") else run.cause.capitalize()

    @admin.display(description="Groups of members done")
    def shards_done(self, run):
        ended = [ended_at is not None for ended_at in run.shards.values_list("ended_at", flat=True)]
        return f"{sum(ended)} of {len(ended)}" if ended else "in one piece"
