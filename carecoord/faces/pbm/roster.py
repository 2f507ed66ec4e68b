"""The roster as a question: which enrolments, under which filters, as whom."""

from django import forms
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from patients.models import Client, Coverage, Member
from patients.programs.models import Enrolment, Program
from pharmacies.models import Pharmacy


def today():
    return timezone.localdate()


class RosterFilter(forms.Form):
    """All optional; `on` is the day on which the enrolment is in force. No field can hold a patient's data."""

    program = forms.ModelChoiceField(
        Program.objects.none(), required=False, empty_label="All programmes", label="Programme"
    )
    pharmacy = forms.ModelChoiceField(
        Pharmacy.objects.none(), required=False, empty_label="All pharmacies", to_field_name="npi"
    )
    client = forms.ModelChoiceField(Client.objects.none(), required=False, empty_label="All clients")
    on = forms.DateField(
        required=False, label="In force on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data, *, user):
        super().__init__(data)
        self.fields["program"].queryset = Program.objects.visible_to(user).order_by("title")
        self.fields["client"].queryset = Client.objects.visible_to(user).order_by("name")
        here = Enrolment.objects.visible_to(user).values("pharmacy")
        self.fields["pharmacy"].queryset = Pharmacy.objects.filter(pk__in=here).order_by("name")


class SearchForm(forms.Form):
    """By POST only: what is typed here names a patient."""

    q = forms.CharField(max_length=100, required=False, label="Name or member id")


def enrolled_on(enrolments, day):
    """Those whose days contain the day."""
    return enrolments.filter(days__contains=day)


def roster_of(user, *, program=None, pharmacy=None, client=None, on=None, q=""):
    """Enrolments in key order, with `member_id`. `q` is the beginning of 'last first', or a whole member id."""
    day = on or today()
    found = enrolled_on(Enrolment.objects.visible_to(user), day).select_related("patient", "program", "pharmacy")
    if program:
        found = found.filter(program=program)
    if pharmacy:
        found = found.filter(pharmacy=pharmacy)
    if client:
        found = found.filter(Exists(_covered_by(user, client, day)))
    members = Member.objects.visible_to(user).filter(payer=OuterRef("payer"), patient=OuterRef("patient"))
    found = found.annotate(member_id=Subquery(members.values("member_id")[:1]))
    if q.strip():
        name = " ".join(q.replace(",", " ").lower().split())
        by_id = Member.objects.visible_to(user).filter(member_id=q.strip()).values("patient")
        # two comparisons instead of LIKE: under row-level security only these reach the index
        by_name = Q(patient__search_name__gte=name, patient__search_name__lt=name + "\U0010ffff")
        found = found.filter(by_name | Q(patient__in=by_id))
    return found.order_by("pk")


def _covered_by(user, client, day):
    spans = Coverage.objects.visible_to(user).filter(
        Q(ends_on=None) | Q(ends_on__gte=day), client=client, starts_on__lte=day
    )
    return spans.filter(payer=OuterRef("payer"), patient=OuterRef("patient"))
