"""Fields and forms of the network's pages."""

import re

from django import forms
from django.utils import timezone

from carecoord.faces.fields import DayField, Words
from carecoord.kernel.accounts.models import User
from carecoord.kernel.codes.states import STATES
from carecoord.kernel.money import cents
from pharmacies.models import Credential, Fee, Network
from pharmacies.queries import in_force
from pharmacies.standard import BY_CODE

PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?", re.ASCII)


class DollarsField(forms.CharField):
    """'25.00' -> 2500 cents; nothing finer than a cent."""

    def clean(self, value):
        text = super().clean(value).strip().removeprefix("$")
        try:
            amount = cents(text)
        except ValueError:
            raise forms.ValidationError("Write an amount such as 25.00.", code="not_an_amount")
        if amount < 0 or amount > 100_000_00 or len(text.partition(".")[2]) > 2:
            raise forms.ValidationError("A fee lies between 0.00 and 100000.00, in whole cents.", code="not_a_fee")
        return amount


class PercentField(forms.CharField):
    """'12.5' -> 1250 basis points; 0 to 100 percent."""

    def clean(self, value):
        text = super().clean(value).strip().removesuffix("%").strip()
        if not PERCENT.fullmatch(text):
            raise forms.ValidationError("Write a percentage such as 12.5.", code="not_a_percentage")
        points = cents(text)
        if points > 10_000:
            raise forms.ValidationError("An uplift is 100 percent at most.", code="too_much")
        return points


class EndForm(forms.Form):
    until = DayField(label="Last day", help_text="The day itself still counts.")


class CredentialForm(forms.Form):
    """A paper; `person` is one of the pharmacy's own people."""

    kind = forms.ChoiceField(choices=Credential.Kind)
    person = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="The pharmacy itself", label="Whose"
    )
    number = Words(max_length=60, required=False)
    issuer = Words(max_length=120, required=False, label="Issued by", help_text="Such as a state's board of pharmacy.")
    state = forms.ChoiceField(
        choices=[("", "Everywhere"), *((code, state.name) for code, state in STATES.items())], required=False
    )
    since = DayField(label="First day")
    until = DayField(label="Last day", required=False, help_text="Leave empty for a paper that does not run out.")
    evidence = Words(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2000,
        help_text="What was seen, by whom, and where it is kept.",
    )

    def __init__(self, data=None, *, pharmacy, credential=None):
        initial = {"since": timezone.localdate()}
        if credential:
            initial = {name: getattr(credential, name) for name in self.base_fields}
        super().__init__(data, initial=initial)
        people = User.objects.filter(memberships__organisation=pharmacy.pk).distinct()
        self.fields["person"].queryset = people.order_by("name")
        if credential:
            for name in ("kind", "person", "since"):
                del self.fields[name]


class CheckForm(forms.Form):
    """A reading of the list of excluded providers, for all pharmacies of the reader's network."""

    checked_on = DayField(label="Day on which the list was read")
    evidence = Words(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="Which edition of the list, who compared it, and where the result is kept.",
    )
    found = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=5000,
        label="NPIs that the list names",
        help_text="One a line. These get no check: nothing they do can be billed.",
    )

    def clean_checked_on(self):
        day = self.cleaned_data["checked_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("That day has not come yet.")
        return day

    def clean_found(self):
        return self.cleaned_data["found"].split()


class AttestForm(forms.Form):
    """The word of a pharmacy for services of one of its networks."""

    network = forms.ModelChoiceField(Network.objects.none(), empty_label=None)
    services = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="Services")
    attested_by = Words(max_length=120, label="Attested by", help_text="Who at the pharmacy gave their word.")
    since = DayField(label="First day")
    until = DayField(label="Last day", required=False, help_text="Empty: a year.")
    evidence = Words(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, help_text="What was seen, and where it is kept."
    )

    def __init__(self, data=None, *, pharmacy, user):
        super().__init__(data, initial={"since": timezone.localdate()})
        memberships = pharmacy.network_memberships.visible_to(user).filter(in_force(timezone.localdate()))
        networks = Network.objects.filter(pk__in=memberships.values("network")).order_by("name")
        asked = {code for network in networks for code in network.services}
        self.fields["network"].queryset = networks
        self.fields["services"].choices = [(code, BY_CODE[code].asks) for code in BY_CODE if code in asked]


class FeeForm(forms.Form):
    code = Words(max_length=20, help_text="A service code: CPT, HCPCS, or the programme's own.")
    label = Words(max_length=80, help_text="Our own short words, never a licensed descriptor.")
    amount_cents = DollarsField(label="Amount in dollars", help_text="For each unit, such as 25.00.")
    area = forms.ChoiceField(choices=Fee.Area, label="Where")
    since = DayField(label="First day")


class UpliftForm(forms.Form):
    basis_points = PercentField(label="Percent", help_text="Such as 12.5; 0 ends it.")
    since = DayField(label="First day")
