"""Pharmacies, networks, who is in which, and what is paid."""

from django import forms
from django.contrib import admin

from carecoord.faces.fields import Words
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.codes.states import STATES
from carecoord.kernel.money import dollars
from pharmacies import actions
from pharmacies.models import Contract, Fee, Network, NetworkMembership, PbmParticipation, Pharmacy

from ..forms import DollarsField
from ..room_admin import RoomAdmin
from ..site import site
from ..views import directory, networks

ADDRESS = ("npi", "name", "street", "city", "state", "zip", "phone", "channel", "county_fips", "time_zone")


class NetworkRoom(RoomAdmin):
    section = "network"
    may_view = (P.NETWORK_VIEW,)
    may_edit = (P.NETWORK_EDIT,)


class PharmacyForm(forms.ModelForm):
    state = forms.ChoiceField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = {"": "Not known"} | {code: each.name for code, each in STATES.items()}
        now = self.instance.state  # a directory's file may name a territory
        self.fields["state"].choices = list(({now: now} | known).items())


@admin.register(Pharmacy, site=site)
class Pharmacies(NetworkRoom):
    form = PharmacyForm
    intro = "The directory, shared by all. Rural or not follows from the ZIP code."
    page_name = "pbm:pharmacy"
    next_step = "Next: add it to a network, and record its papers."
    add_fields = change_fields = ADDRESS

    def changelist_view(self, request, extra_context=None):
        return directory.directory(request)

    def write_new(self, *, by, **given):
        return actions.add_pharmacy(by=by, **given)

    def write_change(self, obj, *, by, **given):
        actions.edit_pharmacy(pharmacy=obj, by=by, **given)


class NetworkForm(forms.ModelForm):
    code = Words(max_length=60, help_text="Short and stable, for files and commands.")


@admin.register(Network, site=site)
class Networks(NetworkRoom):
    form = NetworkForm
    page_name = "pbm:network"
    next_step = "Next: add its members, and make the contract by which they are paid."
    add_fields = ("code", "name", "parent")

    def changelist_view(self, request, extra_context=None):
        return networks.tree(request)

    def write_new(self, *, by, **given):
        return actions.add_network(by=by, **given)


@admin.register(NetworkMembership, site=site)
class Memberships(NetworkRoom):
    noun, nouns = "membership", "memberships"
    intro = "A pharmacy's time in a network, first and last day included. A time is ended, never deleted."
    list_display = ("pharmacy", "network", "since", "until")
    list_select_related = ("pharmacy", "network")
    list_filter = ("network",)
    search_fields = ("pharmacy__name", "pharmacy__npi")
    ordering = ("-since", "-pk")
    add_fields = ("network", "pharmacy", "since", "until")
    show_fields = ("network", "pharmacy", "since")
    change_fields = ("until",)

    def write_new(self, *, by, **given):
        actions.add_to_network(by=by, **given)

    def write_change(self, obj, *, by, until):
        actions.end_membership(membership=obj, until=until, by=by)


@admin.register(PbmParticipation, site=site)
class PbmParticipations(NetworkRoom):
    noun, nouns = "pharmacy in our own network", "pharmacies in our own network"
    intro = "A pharmacy's time in our own network, first and last day included."
    may_edit = (P.CONTRACT_EDIT,)
    list_display = ("pharmacy", "since", "until")
    list_select_related = ("pharmacy",)
    search_fields = ("pharmacy__name", "pharmacy__npi")
    ordering = ("-since", "-pk")
    add_fields = ("pharmacy", "since", "until")
    show_fields = ("pharmacy", "since")
    change_fields = ("until",)

    def write_new(self, *, by, **given):
        actions.add_participation(by=by, **given)

    def write_change(self, obj, *, by, until):
        actions.end_participation(participation=obj, until=until, by=by)


@admin.register(Contract, site=site)
class Contracts(NetworkRoom):
    intro = (
        "What a PBM pays the pharmacies of a network. A service is priced by the contract that is in force on its day."
    )
    may_edit = (P.CONTRACT_EDIT,)
    page_name = "pbm:contract"
    next_step = "Next: set its fees one by one, or load them from a file. Without a fee nothing is paid."
    list_display = ("title", "code", "pbm", "network", "since", "until")
    list_select_related = ("pbm", "network")
    ordering = ("-since", "code")
    add_fields = ("network", "code", "title", "since", "until")
    show_fields = ("network", "code", "since")
    change_fields = ("title", "until")

    def write_new(self, *, by, **given):
        return actions.add_contract(by=by, **given)

    def write_change(self, obj, *, by, **given):
        actions.edit_contract(contract=obj, by=by, **given)


class FeeForm(forms.ModelForm):
    amount_cents = DollarsField(label="Amount in dollars", help_text="For each unit, such as 25.00.")


@admin.register(Fee, site=site)
class Fees(NetworkRoom):
    intro = "A new fee for a code ends the one before it on the day before. Claims keep the fee of their own day."
    may_edit = (P.CONTRACT_EDIT,)
    list_display = ("code", "label", "amount", "area", "contract", "since", "until")
    list_select_related = ("contract",)
    list_filter = ("contract", "area")
    search_fields = ("code", "label")
    ordering = ("contract", "code", "-since")
    add_fields = ("contract", "code", "label", "amount_cents", "area", "since")
    show_fields = ("contract", "code", "label", "amount", "area", "since")
    change_fields = ("until",)

    @admin.display(description="Amount", ordering="amount_cents")
    def amount(self, fee):
        return dollars(fee.amount_cents)

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change=change, **({} if change else {"form": FeeForm}) | kwargs)

    def write_new(self, *, by, **given):
        actions.set_fee(by=by, **given)

    def write_change(self, obj, *, by, until):
        actions.end_fee(fee=obj, until=until, by=by)
