"""Clients, and the programmes that each opted in to: today, and from the beginning."""

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.fields import DayField, Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.accounts.permissions import Permission as P
from patients.models import Client, Coverage
from patients.programs import actions, opt_ins
from patients.programs.models import Participation, Program
from pharmacies.queries import in_force

from ..doing import do
from ..forms import EndForm
from ..paging import page_of
from ..site import render_page, tabs

COLUMNS = (
    Column("Client", "name"), Column("Code", "code"), Column("Payer", css="low"), Column("Programmes today"),
    Column("Members covered", css="num"),
)  # fmt: skip
SORTS = {"name": "name", "code": "code"}
OPT_IN_COLUMNS = (
    Column("Programme"),
    Column("From"),
    Column("Until"),
    Column("Stands"),
    Column("Change", is_hidden=True),
)


class OptInForm(forms.Form):
    program = forms.ModelChoiceField(Program.objects.none(), label="Programme", empty_label=None)
    since = DayField(label="First day")
    until = DayField(label="Last day", required=False, help_text="Leave empty until the client says otherwise.")

    def __init__(self, data, *, user):
        super().__init__(data, initial={"since": timezone.localdate()})
        self.fields["program"].queryset = Program.objects.visible_to(user).order_by("title")


class ClientForm(forms.Form):
    payer = forms.ModelChoiceField(Organisation.objects.none(), empty_label=None)
    code = Words(
        max_length=60,
        help_text="As the payer's eligibility file says it: the group; in files without groups the contract, such as H1234.",
    )
    name = Words(max_length=200)

    def __init__(self, data, *, user):
        super().__init__(data)
        self.fields["payer"].queryset = Organisation.objects.filter(pk__in=user.scope.payer_ids).order_by("name")


class ClientFilter(forms.Form):
    q = forms.CharField(max_length=100, required=False, label="Name or code")
    opted = forms.ChoiceField(
        choices=[("", "Any"), ("yes", "Opted in today"), ("no", "Not opted in")], required=False, label="Opt-in"
    )


@require_safe
@requires(P.PROGRAM_VIEW)
def clients(request):
    user, today, form = request.user, timezone.localdate(), ClientFilter(request.GET)
    rows, page = [], None
    if form.is_valid():
        found = _found(user, today, **form.cleaned_data).select_related("payer")
        rows, page = page_of(found, request.GET, sorts=SORTS, default="name", noun="client")
        _tell(user, today, rows)
    shown = {
        "form": form,
        "rows": rows,
        "page": page,
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "may_edit": user.may(P.PROGRAM_EDIT),
        "columns": headings(COLUMNS, query=request.GET, default="name"),
        "section": "programmes",
        "tabs": tabs("programmes", "pbm:clients"),
    }
    return render_page(request, "pbm/clients.html", shown, status=200 if form.is_valid() else 400)


def _found(user, today, *, q="", opted=""):
    rows, word = Client.objects.visible_to(user), q.strip()
    rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word)) if word else rows
    taking_part = Participation.objects.visible_to(user).filter(in_force(today)).values("client")
    if opted:
        return rows.filter(pk__in=taking_part) if opted == "yes" else rows.exclude(pk__in=taking_part)
    return rows


def _tell(user, today, rows):
    """Adds `programmes` (titles in force today) and `members` (people covered today) to each client of a page."""
    keys, titles = [row.pk for row in rows], {}
    taking_part = Participation.objects.visible_to(user).filter(in_force(today), client__in=keys)
    for key, title in taking_part.order_by("program__title").values_list("client", "program__title"):
        titles.setdefault(key, []).append(title)
    covered = Coverage.objects.visible_to(user).filter(
        Q(ends_on=None) | Q(ends_on__gte=today), client__in=keys, starts_on__lte=today
    )
    covered = dict(covered.values_list("client").annotate(Count("patient", distinct=True)).order_by())
    for row in rows:
        row.programmes, row.members = titles.get(row.pk, []), covered.get(row.pk, 0)


@require_http_methods(["GET", "POST"])
@requires(P.PROGRAM_EDIT)
def add(request):
    return do(
        request,
        ClientForm(request.POST or None, user=request.user),
        lambda **given: opt_ins.add_client(by=request.user, **given),
        heading="New client",
        intro="A plan sponsor that the payer's files have not named yet. Its members come with the feed.",
        said="The client is added: now it can opt in.",
        to=reverse("pbm:clients"),
        section="programmes",
    )


@require_safe
@requires(P.PROGRAM_VIEW)
def client(request, pk):
    found, today = get_object_or_404(Client.objects.visible_to(request.user), pk=pk), timezone.localdate()
    _tell(request.user, today, [found])
    history = Participation.objects.visible_to(request.user).filter(client=found).select_related("program")
    shown = {
        "client": found,
        "facts": [("Code", found.code), ("Payer", found.payer.name), ("Members covered today", f"{found.members:,}")],
        "history": [(row, _stands(row, today)) for row in history.order_by("-since", "-pk")],
        "columns": headings(OPT_IN_COLUMNS, query=request.GET),
        "may_edit": request.user.may(P.PROGRAM_EDIT),
        "section": "programmes",
        "tabs": tabs("programmes", "pbm:clients"),
    }
    return render_page(request, "pbm/client.html", shown)


def _stands(row, today):
    if row.since > today:
        return "info", "To come"
    return ("routine", "Ended") if row.until and row.until < today else ("ok", "Taking part")


@require_http_methods(["GET", "POST"])
@requires(P.PROGRAM_EDIT)
def opt_in(request, pk):
    found = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    return do(
        request,
        OptInForm(request.POST or None, user=request.user),
        lambda **given: opt_ins.opt_in(client=found, by=request.user, **given),
        heading=f"{found} opts in",
        intro="Members of the client can be enrolled on these days; nobody is before the programme's next run.",
        said="Opted in. The next run, at night or by “Decide now” under Enrolment runs, enrols its members.",
        to=reverse("pbm:client", args=[found.pk]),
        section="programmes",
    )


@require_http_methods(["GET", "POST"])
@requires(P.PROGRAM_EDIT)
def end_opt_in(request, pk):
    row = get_object_or_404(Participation.objects.visible_to(request.user), pk=pk)
    return do(
        request,
        EndForm(request.POST or None, initial={"until": timezone.localdate()}),
        lambda until: opt_ins.end_opt_in(participation=row, until=until, by=request.user),
        heading=f"{row.client} leaves {row.program.title}",
        intro="Its members are enrolled until the last day; the programme's next run ends their enrolment.",
        said="The opt-in is ended.",
        to=reverse("pbm:client", args=[row.client_id]),
        section="programmes",
        button="End it",
        kind="danger",
    )


@require_POST
@requires(P.PROGRAM_EDIT)
def decide_now(request):
    if actions.ask_to_decide(by=request.user):
        messages.success(
            request, "Measures, programmes and flags are reckoned now: the run stands here in a minute or two."
        )
    else:
        messages.error(request, "No client has opted in yet: there is nobody to decide about.")
    return redirect("pbm:programs_enrolmentrun_changelist")
