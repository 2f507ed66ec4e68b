"""Sandboxes: payers for trying, of a payer's engineer. What their systems are, what came, files to try with, and a fresh start.

The scope of these pages is the PBM's sandboxes: nothing of a payer that it serves is seen here, and nothing of these elsewhere.
"""

import io
import json

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.fields import Words
from carecoord.faces.guard import in_sandboxes, requires
from carecoord.kernel.accounts import actions as accounts
from carecoord.kernel.accounts.models import ApiClient, Organisation
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from patients.claims import actions
from patients.claims.models import Delivery
from patients.claims.synthetic import one_file

from ..doing import do
from ..paging import page_of
from ..site import csv_response, render_page, tabs
from . import feeds

SANDBOXES = (Column("Sandbox"), Column("Code"), Column("Systems", css="num"))
CLIENTS = (Column("System"), Column("Client id"), Column("Keys", css="low"), Column("State"))
DELIVERIES = (
    Column("Received", "received"), Column("File"), Column("State"), Column("Lines", css="num"), Column("Loaded", css="num low"),
    Column("Waiting", css="num low"), Column("Repeated", css="num low"), Column("Rejected", css="num"),
    Column("Conflicting", css="num lower"),
)  # fmt: skip
MOST_LINES = 10_000
LONGEST_KEYS = 20_000


class SandboxForm(forms.Form):
    name = Words(max_length=120, help_text="As its engineer calls it, such as Acme, trial.")
    code = forms.SlugField(max_length=60, help_text="Short and stable, such as acme-trial. No payer has it yet.")
    jwks = Words(
        max_length=LONGEST_KEYS,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        label="Public keys",
        help_text='What the engineer sent: a JWK set, {"keys": [...]}, RSA of 2,048 bits or more or EC on P-384. No private key.',
    )

    def clean_jwks(self):
        try:
            return json.loads(self.cleaned_data["jwks"])
        except (ValueError, RecursionError):
            raise forms.ValidationError("This is no JSON. Paste the whole JWK set.", code="no_json")


class FeedForm(forms.Form):
    format = forms.ChoiceField(choices=[(code, code) for code in one_file.FORMATS], required=False, initial="tuva_csv")
    kind = forms.ChoiceField(choices=[(kind, kind.replace("_", " ").capitalize()) for kind in one_file.KINDS])
    lines = forms.IntegerField(min_value=1, max_value=MOST_LINES, initial=1_000)
    bad = forms.IntegerField(
        min_value=0,
        max_value=100,
        initial=5,
        label="Bad records, in a hundred",
    )
    seed = forms.IntegerField(
        min_value=0, max_value=999_999_999, initial=1, help_text="The same people for the same seed."
    )

    def clean_format(self):
        return self.cleaned_data["format"] or "tuva_csv"

    def clean(self):
        told = super().clean()
        if "format" in told and "kind" in told:
            try:
                one_file.check(told["format"], told["kind"])
            except ValueError as problem:
                self.add_error("kind", str(problem))
        return told


def _sandboxes(user):
    return Organisation.objects.filter(pk__in=user.scope.payer_ids)


def _shown(request, template, status=200, **more):
    common = {"section": "feeds", "tabs": tabs("feeds", "pbm:claims_delivery_changelist")}
    return render_page(request, template, common | more, status=status)


@require_safe
@requires(P.SANDBOX_MANAGE)
@in_sandboxes
def sandboxes(request):
    found = _sandboxes(request.user).annotate(systems=Count("api_clients")).order_by("name", "pk")
    return _shown(request, "pbm/sandboxes.html", rows=found, columns=headings(SANDBOXES, query=request.GET))


@require_http_methods(["GET", "POST"])
@requires(P.SANDBOX_MANAGE)
@in_sandboxes
def add(request):
    user = request.user
    return do(
        request,
        SandboxForm(request.POST or None),
        lambda **given: accounts.open_sandbox(pbm=user.membership.organisation, by=user, **given),
        heading="New sandbox",
        intro="A payer for trying. Its system sends files as in earnest; its people are invented, and nobody works with them.",
        said="The sandbox is open. Send its engineer the client id and the address of the API's page.",
        to=reverse("pbm:sandboxes"),
        section="feeds",
        button="Open it",
    )


@require_safe
@requires(P.SANDBOX_MANAGE)
@in_sandboxes
def sandbox(request, public_id):
    found = get_object_or_404(_sandboxes(request.user), public_id=public_id)
    came = Delivery.objects.visible_to(request.user).filter(payer=found)
    rows, page = page_of(
        came, request.GET, sorts={"received": "received_at"}, default="-received", noun="delivery", several="deliveries"
    )
    systems = ApiClient.objects.filter(organisation=found).order_by("created_at", "pk")
    record(event="sandbox.read", by=request.user, target=found, count=len(rows))
    return _shown(
        request,
        "pbm/sandbox.html",
        sandbox=found,
        clients=[(one, [key["kid"] for key in one.public_jwks["keys"]]) for one in systems],
        client_columns=headings(CLIENTS, query=request.GET),
        rows=rows,
        page=page,
        columns=headings(DELIVERIES, query=request.GET, default="-received"),
        form=FeedForm(),
    )


@require_safe
@requires(P.SANDBOX_MANAGE)
@in_sandboxes
def feed(request):
    """A file of invented people, made as it is asked for."""
    form = FeedForm(request.GET)
    if not form.is_valid():
        return _shown(request, "pbm/sandbox_feed.html", form=form, status=400)
    asked, out = form.cleaned_data, io.StringIO()
    what = {name: asked[name] for name in ("format", "kind")}
    faults = {"with_faults": True, "per_mille": asked["bad"] * 10}
    one_file.write(out, count=asked["lines"], seed=asked["seed"], **what, **faults)
    record(event="sandbox.feed_made", by=request.user, detail=what, count=asked["lines"])
    name, content = f"{asked['kind']}-{asked['seed']}", out.getvalue().encode("utf-8", "surrogatepass")
    if asked["format"] == "tuva_csv":
        return csv_response(f"{name}.csv", content)
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}.{asked["format"]}"'},
    )


@require_http_methods(["GET", "POST"])
@requires(P.SANDBOX_MANAGE)
@in_sandboxes
def empty(request, public_id):
    found = get_object_or_404(_sandboxes(request.user), public_id=public_id)
    if request.method == "POST":
        actions.empty_sandbox(sandbox=found, by=request.user)
        return redirect("pbm:sandbox", found.public_id)
    return _shown(request, "pbm/sandbox_empty.html", sandbox=found)


@require_safe
@requires(P.SANDBOX_MANAGE)
@in_sandboxes
def rejects(request, public_id):
    return feeds.rejects_of(request, public_id)
