"""What a claims clerk is asked, as forms. Reason codes come from billing's own lists."""

from datetime import timedelta

from django import forms
from django.utils import timezone

from carecoord.faces.fields import DayField, Dollars, Words
from pharmacies.billing import reasons
from pharmacies.billing.models import Remittance, ServiceClaim
from pharmacies.billing.models.claims import Group
from pharmacies.billing.reasons import Cut

AGES = ((7, "7 days and more"), (14, "14 days and more"), (30, "30 days and more"))
WAITS = [(w.value, w.label) for w in ServiceClaim.Wait if w != ServiceClaim.Wait.SECOND_APPROVAL]


def carc_choices():
    return [("", "Choose"), *((code, f"{code} {each.label}") for code, each in reasons.carcs().items())]


def rarc_choices():
    return [("", "None"), *((code, f"{code} {each.label}") for code, each in reasons.rarcs().items())]


class Queue(forms.Form):
    """The filters of the queue. None of them can hold a patient's data."""

    status = forms.ChoiceField(choices=[("all", "All"), *ServiceClaim.Status.choices], required=False)
    pharmacy = forms.CharField(label="Pharmacy or NPI", max_length=100, required=False)
    age = forms.TypedChoiceField(
        label="Waiting since", choices=[("", "Any time"), *AGES], coerce=int, empty_value=None, required=False
    )
    least = Dollars(label="Charge from, $", required=False)
    before = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def asked(self):
        """Keyword arguments for `queries.claims_of`, with what is wrong left out."""
        given = self.cleaned_data if self.is_bound and (self.is_valid() or self.cleaned_data) else {}
        status, age = given.get("status") or "submitted", given.get("age")
        return {
            "status": None if status == "all" else status,
            "pharmacy": given.get("pharmacy", ""),
            "sent_before": timezone.localdate() - timedelta(days=age - 1) if age else None,
            "least_cents": given.get("least"),
            "before": given.get("before"),
        }


class Decision(forms.Form):
    """`selected` are public ids. What an action does not need stays empty; what it needs, it asks for itself."""

    action = forms.ChoiceField(choices=[])
    despite = Words(label="Reason for approving in spite of the edits", max_length=1000, required=False)
    group = forms.ChoiceField(
        label="Group", choices=[(c, f"{c} {label}") for c, label in Group.choices], required=False
    )
    carc = forms.ChoiceField(label="Reason (CARC)", choices=carc_choices, required=False)
    rarc = forms.ChoiceField(label="Remark (RARC)", choices=rarc_choices, required=False)
    reason = Words(
        label="In your words, which the pharmacy reads",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    wait = forms.ChoiceField(label="Waits for", choices=[("", "Choose"), *WAITS], required=False)
    until = DayField(label="Until", required=False)
    paid_on = DayField(label="Paid on", required=False)
    method = forms.ChoiceField(
        label="By", required=False, choices=[c for c in Remittance.Method.choices if c[0] != Remittance.Method.NONE]
    )
    trace = Words(
        label="Trace or check number", max_length=30, required=False, help_text="Empty: the remittance's own number."
    )

    def __init__(self, *args, actions=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [(name, name) for name in actions]


class Recoup(forms.Form):
    amount = Dollars(label="Amount, $")
    reason = Words(
        label="Reason, which stands in the notice", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class Lines(forms.Form):
    """One decision a line: what is approved, and one reason for the rest."""

    despite = Words(label="Reason for approving in spite of the edits", max_length=1000, required=False)

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            n, words = line.number, f"line {line.number}"
            self.fields[f"approved_{n}"] = Dollars(label=f"Approve of {words}, $", required=False)
            self.fields[f"group_{n}"] = forms.ChoiceField(
                label=f"Group, {words}", choices=Group.choices, required=False
            )
            self.fields[f"carc_{n}"] = forms.ChoiceField(label=f"Reason, {words}", choices=carc_choices, required=False)
            self.fields[f"rarc_{n}"] = forms.ChoiceField(label=f"Remark, {words}", choices=rarc_choices, required=False)

    def rows(self):
        """(line, its four fields) for the page."""
        return [(x, [self[f"{name}_{x.number}"] for name in ("approved", "group", "carc", "rarc")]) for x in self.lines]

    def decided(self):
        """{line number: cents}, {line number: Cuts}: what is not approved is cut for the line's reason."""
        given, approved, cuts = self.cleaned_data, {}, {}
        for line in self.lines:
            n = line.number
            sum_ = given.get(f"approved_{n}")
            approved[n] = line.charge_cents if sum_ is None else sum_
            if rest := line.charge_cents - approved[n]:
                cut = Cut(
                    group=given[f"group_{n}"] or "CO", carc=given[f"carc_{n}"], rarc=given[f"rarc_{n}"], cents=rest
                )
                cuts[n] = (cut,)
        return approved, cuts
