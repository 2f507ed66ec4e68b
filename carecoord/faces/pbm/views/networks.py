"""National and local networks as a tree, and one network: whom it has, what it asks for, what it is paid."""

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.fields import DayField, Words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.accounts.permissions import Permission as P
from pharmacies import actions
from pharmacies.models import Contract, Network, NetworkMembership
from pharmacies.queries import in_force, network_tree
from pharmacies.standard import BY_CODE, SERVICES

from ..doing import do
from ..paging import page_of
from ..site import render_page, tabs

MEMBER_COLUMNS = (Column("Pharmacy", "name"), Column("Place"), Column("From", "since"), Column("Until"))
MEMBER_SORTS = {"name": "pharmacy__name", "since": "since"}


class DayForm(forms.Form):
    on = DayField(required=False, label="Members on")


class NetworkForm(forms.Form):
    """`parent` cannot be the network itself; the action finds longer circles."""

    name = Words(max_length=200)
    parent = forms.ModelChoiceField(Network.objects.none(), required=False, empty_label="None: a national network")
    services = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[(service.code, service.title) for service in SERVICES],
        label="Services that every member attests",
    )

    def __init__(self, data, *, network):
        told = {"name": network.name, "parent": network.parent_id, "services": network.services}
        super().__init__(data, initial=told)
        self.fields["parent"].queryset = Network.objects.exclude(pk=network.pk).order_by("name")


class JoinForm(forms.Form):
    npis = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=60_000,
        label="NPIs",
        help_text="Of pharmacies in the directory, one a line. Those that are members already stay as they are.",
    )
    since = DayField(label="First day")
    is_ours = forms.BooleanField(required=False, label="Into our own network too, from the same day")

    def __init__(self, data, *, user):
        super().__init__(data, initial={"since": timezone.localdate(), "is_ours": True})
        if not (user.may(P.CONTRACT_EDIT) and user.membership.organisation.kind == Organisation.Kind.PBM):
            del self.fields["is_ours"]

    def clean_npis(self):
        return self.cleaned_data["npis"].replace(",", " ").split()


def tree(request):
    """The changelist of networks; `requires` stands around it in RoomAdmin."""
    form = DayForm(request.GET or None)
    on = (form.cleaned_data["on"] if form.is_valid() else None) or timezone.localdate()
    shown = {
        "form": form,
        "on": on,
        "branches": network_tree(request.user, on=on),
        "may_edit": request.user.may(P.NETWORK_EDIT),
        "section": "network",
        "tabs": tabs("network", "pbm:pharmacies_network_changelist"),
    }
    return render_page(request, "pbm/networks.html", shown, status=400 if form.errors else 200)


@require_safe
@requires(P.NETWORK_VIEW)
def network(request, public_id):
    found, user, today = get_object_or_404(Network, public_id=public_id), request.user, timezone.localdate()
    members = NetworkMembership.objects.visible_to(user).filter(network=found).select_related("pharmacy")
    rows, page = page_of(members, request.GET, sorts=MEMBER_SORTS, default="name", noun="membership")
    current = members.filter(in_force(today))
    shown = {
        "network": found,
        "locals": found.locals.order_by("name"),
        "services": [BY_CODE[code] for code in found.services],
        "contracts": Contract.objects.visible_to(user).filter(network=found).select_related("pbm").order_by("-since"),
        "members": current.values("pharmacy").distinct().count(),
        "rows": rows,
        "page": page,
        "columns": headings(MEMBER_COLUMNS, query=request.GET, default="name"),
        "may_edit": user.may(P.NETWORK_EDIT),
        "section": "network",
        "tabs": tabs("network", "pbm:pharmacies_network_changelist"),
    }
    return render_page(request, "pbm/network.html", shown)


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def edit(request, public_id):
    found = get_object_or_404(Network, public_id=public_id)
    return do(
        request,
        NetworkForm(request.POST or None, network=found),
        lambda **given: actions.edit_network(network=found, by=request.user, **given),
        heading=f"Edit {found}",
        said="The network is changed.",
        to=reverse("pbm:network", args=[found.public_id]),
    )


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def join(request, public_id):
    found = get_object_or_404(Network, public_id=public_id)
    return do(
        request,
        JoinForm(request.POST or None, user=request.user),
        lambda **given: actions.add_many_to_network(network=found, by=request.user, **given),
        heading=f"New members of {found}",
        intro="All join, or none.",
        said="They are members.",
        to=reverse("pbm:network", args=[found.public_id]),
    )
