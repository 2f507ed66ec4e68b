"""Numbers that may change: what each is for, what it is today, what it was, and from when on it will be another one."""

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.fields import DayField, Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.parameters import actions
from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.parameters.parameter import REGISTRY, network_scope
from patients.flags import rules
from pharmacies.models import Network

from ..doing import do
from ..site import render_page, tabs

COLUMNS = (
    Column("Number"),
    Column("Today", css="num"),
    Column("Default", css="num low"),
    Column("Bounds", css="low"),
    Column("Why"),
)
HISTORY = (Column("From"), Column("Value", css="num"), Column("For"), Column("Why"))
ROOMS = {
    "flags": "Flags and the order of worklists",
    "measures": "Measures",
    "risk": "Risk score",
    "care": "Visits and outreach",
    "programs": "Programmes",
    "evaluation": "Reports",
    "claims": "Feeds",
    "billing": "Billing",
    "pharmacies": "Pharmacies",
    "jobs": "Work behind the scenes",
    "webhooks": "Webhooks",
}


class ValueForm(forms.Form):
    value = forms.IntegerField()
    since = DayField(label="From", help_text="Today or later. What was judged before keeps its value.")
    network = forms.ModelChoiceField(Network.objects.none(), label="For", required=False, empty_label="Every network")
    reason = Words(max_length=500, help_text="Why, for whoever asks later.")

    def __init__(self, data, *, parameter, networks, may_all):
        super().__init__(data, initial={"since": timezone.localdate()})
        self.fields["value"].label = f"Value, {parameter.unit}"
        self.fields[
            "value"
        ].help_text = f"{parameter.low:,} to {parameter.high:,}; the default is {parameter.default:,}."
        if not (parameter.by_network and networks):
            del self.fields["network"]
        else:
            self.fields["network"].queryset = networks
            if not may_all:
                self.fields["network"].required = True
                self.fields["network"].empty_label = None


@require_safe
@requires(P.NETWORK_VIEW)
def parameters(request):
    today, found = timezone.localdate(), _every()
    groups = []
    for room, title in ROOMS.items():
        ones = [(one, one.on(today)) for code, one in found.items() if code.partition(".")[0] == room]
        if ones:
            groups.append((title, ones))
    others = [(one, one.on(today)) for code, one in found.items() if code.partition(".")[0] not in ROOMS]
    shown = {
        "groups": [*groups, *([("Others", others)] if others else [])],
        "columns": headings(COLUMNS, query=request.GET),
        "section": "measures",
        "tabs": tabs("measures", "pbm:parameters"),
    }
    return render_page(request, "pbm/parameters.html", shown)


@require_safe
@requires(P.NETWORK_VIEW)
def parameter(request, code):
    """One number with its history; who may change it sees how."""
    one = _find(code)
    names = {network_scope(network.pk): network.name for network in Network.objects.all()}
    rows = ParameterValue.objects.filter(code=code).order_by("-since", "scope")
    shown = {
        "one": one,
        "now": one.on(timezone.localdate()),
        "rows": [(row, names.get(row.scope, "every network")) for row in rows],
        "columns": headings(HISTORY, query=request.GET),
        "may_change": request.user.may(P.PROGRAM_EDIT) or (one.by_network and bool(_own(request.user))),
        "section": "measures",
        "tabs": tabs("measures", "pbm:parameters"),
    }
    return render_page(request, "pbm/parameter.html", shown)


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def change(request, code):
    """For everybody by whoever looks after programmes; a network's own weights by its lead."""
    one, user = _find(code), request.user
    may_all, networks = user.may(P.PROGRAM_EDIT), _own(user)
    if not may_all and not (one.by_network and networks):
        raise Http404

    def deed(*, value, since, reason, network=None):
        actions.set_value(
            parameter=one, value=value, since=since, reason=reason, network_id=network and network.pk, by=user
        )

    return do(
        request,
        ValueForm(request.POST or None, parameter=one, networks=networks, may_all=may_all),
        deed,
        heading=f"Change {one.code}",
        intro=one.why,
        said="The value is set. It holds from that day on.",
        to=reverse("pbm:parameter", args=[code]),
        section="measures",
    )


def _own(user):
    """The networks whose weights a person may set: all for whoever looks after programmes, else the own one."""
    networks = Network.objects.order_by("name")
    return networks if user.may(P.PROGRAM_EDIT) else networks.filter(pk=user.membership.organisation_id)


def _every():
    rules.every()
    return dict(sorted(REGISTRY.items()))


def _find(code):
    found = _every().get(code)
    if found is None:
        raise Http404
    return found
