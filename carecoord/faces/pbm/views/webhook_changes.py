"""What an administrator does with webhooks. A secret is on the page that answers, once, and nowhere else."""

from datetime import UTC, datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from carecoord.faces.components.tables import counted
from carecoord.faces.fields import DayField, Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.models import ApiClient, Organisation
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.webhooks import targets
from carecoord.kernel.webhooks.actions import endpoints, hosts
from carecoord.kernel.webhooks.actions import messages as told
from carecoord.kernel.webhooks.models import AllowedHost, Endpoint, Message
from patients.claims import notices

from ..doing import do
from ..room_admin import REFUSALS
from ..site import render_page, tabs


class TypesForm(forms.Form):
    types = forms.MultipleChoiceField(
        choices=[(type, f"{type}: {means}") for type, means in notices.TYPES.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="What it is told of",
        help_text="Nothing ticked: everything, also what is added later.",
    )


class EndpointForm(TypesForm):
    client = forms.ModelChoiceField(ApiClient.objects.none(), label="API client", empty_label=None)
    url = Words(
        max_length=targets.LONGEST_URL,
        label="Address",
        help_text="Such as https://hooks.example.com/carecoord. Its host must be on the list of allowed hosts.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    note = Words(max_length=200, required=False, help_text="Such as whom to call when it fails.")
    field_order = ("client", "url", "types", "note")

    def __init__(self, data, *, user):
        super().__init__(data)
        mine = ApiClient.objects.filter(organisation__in=user.scope.payer_ids, is_active=True)
        self.fields["client"].queryset = mine.order_by("name", "pk")
        self.fields["client"].label_from_instance = lambda client: f"{client.name}, {client.client_id}"


class HostForm(forms.Form):
    payer = forms.ModelChoiceField(Organisation.objects.none(), empty_label=None)
    host = Words(
        max_length=253, help_text="Its full name, such as hooks.example.com. Nothing else of that domain is allowed."
    )
    port = forms.IntegerField(min_value=1, max_value=65_535, initial=targets.HTTPS_PORT)
    note = Words(
        max_length=200, required=False, label="Why", help_text="Such as who asked for it, and how that was checked."
    )

    def __init__(self, data, *, user):
        super().__init__(data)
        self.fields["payer"].queryset = Organisation.objects.filter(pk__in=user.scope.payer_ids).order_by("name")


class SwitchOffForm(forms.Form):
    reason = Words(max_length=300, error_messages={"required": "Say why it is switched off."})


class SendFailedForm(forms.Form):
    since = DayField(label="First day (UTC)")
    until = DayField(label="Last day (UTC)", required=False, help_text="Leave empty for all until now.")

    def clean(self):
        told = super().clean()
        if told.get("since") and told.get("until") and told["until"] < told["since"]:
            self.add_error("until", "The last day lies before the first.")
        return told


@require_http_methods(["GET", "POST"])
@requires(P.WEBHOOK_MANAGE)
def add(request):
    return _with_secret(
        request,
        EndpointForm(request.POST or None, user=request.user),
        lambda **given: endpoints.register(by=request.user, **given),
        heading="New endpoint",
        intro="It hears of the deliveries of the client's payer: when one is loaded, refused, withdrawn or given up.",
        back=reverse("pbm:webhooks"),
        button="Register it",
    )


@require_http_methods(["GET", "POST"])
@requires(P.WEBHOOK_MANAGE)
def choose(request, public_id):
    endpoint = _endpoint(request, public_id)
    return do(
        request,
        TypesForm(request.POST if request.method == "POST" else None, initial={"types": endpoint.types}),
        lambda types: endpoints.choose(endpoint=endpoint, types=types, by=request.user),
        heading="Choose what it is told of",
        intro=f"{endpoint} hears of these from now on. What waits already is sent. The client can choose by the API, too.",
        said="From now on it hears of what you chose.",
        to=_page_of(endpoint),
        section="feeds",
        button="Tell it of these",
    )


@require_http_methods(["GET", "POST"])
@requires(P.WEBHOOK_MANAGE)
def rotate(request, public_id):
    endpoint = _endpoint(request, public_id)
    return _with_secret(
        request,
        forms.Form(request.POST if request.method == "POST" else None),
        lambda: (endpoint, endpoints.rotate(endpoint=endpoint, by=request.user)),
        heading="Replace the secret",
        intro="A new secret is shown once. For 24 hours messages are signed with both, so that the receiver has time to change. A secret "
        "that was replaced earlier ends at once.",
        back=_page_of(endpoint),
        button="Yes, replace it",
    )


def _with_secret(request, form, deed, *, heading, intro, back, button):
    """Like `do`, for deeds that give (endpoint, secret): the secret is in no address, message or session."""
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = deed(**form.cleaned_data)
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            shown = {"endpoint": endpoint, "secret": secret, "section": "feeds", "tabs": tabs("feeds", "pbm:webhooks")}
            return render_page(request, "pbm/webhook_secret.html", shown)
    page = {
        "form": form,
        "heading": heading,
        "intro": intro,
        "back": back,
        "button_label": button,
        "button_kind": "primary",
    }
    page |= {"section": "feeds", "tabs": tabs("feeds", "")}
    return render_page(request, "pbm/act.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(P.WEBHOOK_MANAGE)
def switch_off(request, public_id):
    endpoint = _endpoint(request, public_id)
    return do(
        request,
        SwitchOffForm(request.POST or None),
        lambda **given: endpoints.switch_off(endpoint=endpoint, by=request.user, **given),
        heading="Switch the endpoint off",
        intro=f"{endpoint} is told nothing until it is on again. What waits is given up, and can be sent again then.",
        said="Switched off.",
        to=_page_of(endpoint),
        section="feeds",
        button="Yes, switch it off",
        kind="danger",
    )


@require_http_methods(["GET", "POST"])
@requires(P.WEBHOOK_MANAGE)
def remove(request, public_id):
    endpoint = _endpoint(request, public_id)
    return do(
        request,
        forms.Form(request.POST if request.method == "POST" else None),
        lambda: endpoints.remove(endpoint=endpoint, by=request.user),
        heading="Remove the endpoint",
        intro=f"{endpoint} is told nothing any more, and its secrets end. This cannot be undone.",
        said="Removed.",
        to=reverse("pbm:webhooks"),
        section="feeds",
        button="Yes, remove it",
        kind="danger",
    )


@require_http_methods(["GET", "POST"])
@requires(P.WEBHOOK_MANAGE)
def send_failed(request, public_id):
    endpoint = _endpoint(request, public_id)

    def deed(since, until):
        first = datetime.combine(since, time.min, UTC)
        last = datetime.combine(until, time.min, UTC) + timedelta(days=1) if until else None
        count = told.send_failed_again(endpoint=endpoint, since=first, until=last, by=request.user)
        messages.success(request, f"{counted(count, 'message')} will be sent again.")

    return do(
        request,
        SendFailedForm(request.POST or None, initial={"since": timezone.localdate()}),
        deed,
        heading="Send all failed messages again",
        intro="Every message of these days that was given up, each under its id, so that the receiver knows those that it has.",
        said="They go out one after the other.",
        to=_page_of(endpoint),
        section="feeds",
        button="Send them again",
    )


@require_POST
@requires(P.WEBHOOK_MANAGE)
def switch_on(request, public_id):
    endpoint = _endpoint(request, public_id)
    return _at_once(
        request,
        endpoint,
        lambda: endpoints.switch_on(endpoint=endpoint, by=request.user),
        "It is on: what happens now is sent.",
    )


@require_POST
@requires(P.WEBHOOK_MANAGE)
def send_test(request, public_id):
    endpoint = _endpoint(request, public_id)
    return _at_once(
        request,
        endpoint,
        lambda: told.send_test(endpoint=endpoint, by=request.user),
        "A test message is on its way: see below.",
    )


@require_POST
@requires(P.WEBHOOK_MANAGE)
def send_again(request, public_id):
    found = get_object_or_404(Message.objects.visible_to(request.user).select_related("endpoint"), public_id=public_id)
    _said(request, lambda: told.send_again(message=found, by=request.user), "It is sent again, under the same id.")
    return redirect("pbm:webhook_message", found.public_id)


def _at_once(request, endpoint, deed, said):
    _said(request, deed, said)
    return redirect(_page_of(endpoint))


def _said(request, deed, said):
    try:
        deed()
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)


@require_http_methods(["GET", "POST"])
@requires(P.WEBHOOK_MANAGE)
def allow(request):
    return do(
        request,
        HostForm(request.POST or None, user=request.user),
        lambda **given: hosts.allow(by=request.user, **given),
        heading="Allow a host",
        intro="Messages of the payer may go there from now on. Make sure that the host is the payer's.",
        said="The host is on the list.",
        to=reverse("pbm:webhook_hosts"),
        section="feeds",
    )


@require_http_methods(["GET", "POST"])
@requires(P.WEBHOOK_MANAGE)
def disallow(request, public_id):
    host = get_object_or_404(AllowedHost.objects.visible_to(request.user), public_id=public_id)
    return do(
        request,
        forms.Form(request.POST if request.method == "POST" else None),
        lambda: hosts.disallow(host=host, by=request.user),
        heading=f"Take {host} off the list",
        intro="Nothing is sent there from the next try on. Endpoints there stay, and say why their messages fail.",
        said="Off the list.",
        to=reverse("pbm:webhook_hosts"),
        section="feeds",
        button="Yes, take it off",
        kind="danger",
    )


def _endpoint(request, public_id):
    return get_object_or_404(Endpoint.objects.visible_to(request.user), public_id=public_id, removed_at=None)


def _page_of(endpoint):
    return reverse("pbm:webhook", args=[endpoint.public_id])
