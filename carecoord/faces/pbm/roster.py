"""The roster as a question: which enrolments, under which filters, as whom."""

from django import forms
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from carecoord.faces.fields import DayField
from patients.models import Client, Coverage, Member, Patient
from patients.programs import mailing
from patients.programs.facts import out_on
from patients.programs.models import Enrolment, MemberLetter, OptOut, Program
from pharmacies.models import Pharmacy

LETTERS = {"none": "No letter yet", "printed": "Printed", "sent": "Sent", "returned": "Came back"}


def today():
    return timezone.localdate()


class PlaceFilter(forms.Form):
    """Programme, pharmacy and client, all optional. No field can hold a patient's data."""

    program = forms.ModelChoiceField(
        Program.objects.none(), required=False, empty_label="All programmes", label="Programme"
    )
    pharmacy = forms.ModelChoiceField(
        Pharmacy.objects.none(), required=False, empty_label="All pharmacies", to_field_name="npi"
    )
    client = forms.ModelChoiceField(Client.objects.none(), required=False, empty_label="All clients")

    def __init__(self, data, *, user):
        super().__init__(data)
        self.fields["program"].queryset = Program.objects.visible_to(user).order_by("title")
        self.fields["client"].queryset = Client.objects.visible_to(user).order_by("name")
        here = Enrolment.objects.visible_to(user).values("pharmacy")
        self.fields["pharmacy"].queryset = Pharmacy.objects.filter(pk__in=here).order_by("name")


class RosterFilter(PlaceFilter):
    """`on` is the day on which the enrolment is in force; who opted out has none, and is shown with their last."""

    letter = forms.ChoiceField(choices=[("", "Any letter"), *LETTERS.items()], required=False)
    out = forms.ChoiceField(choices=[("", "Taking part"), ("yes", "Opted out on the day")], required=False, label="Who")
    on = DayField(required=False, label="In force on")


class SearchForm(forms.Form):
    """By POST only: what is typed here names a patient."""

    q = forms.CharField(max_length=100, required=False, label="Name or member id")


def enrolled_on(enrolments, day):
    """Those whose days contain the day."""
    return enrolments.filter(days__contains=day)


def roster_of(user, *, program=None, pharmacy=None, client=None, letter="", out="", on=None, q=""):
    """Enrolments with `member_id`, `letter` (one of LETTERS) and `bad_address`. `q` is the beginning of 'last first', or a
    whole member id. Patients are not loaded: whoever shows rows does that, so that the trail names those alone."""
    day = on or today()
    found = Enrolment.objects.visible_to(user)
    found = opted_out_on(user, found, day) if out else enrolled_on(found, day)
    found = at(
        user,
        found.annotate(letter=_letter_state(user), bad_address=Exists(mailing.returned(user))),
        day,
        program,
        pharmacy,
        client,
    )
    if letter:
        found = found.filter(letter=letter)
    members = Member.objects.visible_to(user).filter(payer=OuterRef("payer"), patient=OuterRef("patient"))
    found = found.annotate(
        member_id=Subquery(members.values(now=Coalesce(NullIf("current_id", Value("")), "member_id"))[:1])
    )
    if q.strip():
        found = found.filter(_named(user, q))
    return found.order_by("pk")


def at(user, found, day, program=None, pharmacy=None, client=None):
    """Of enrolments or letters, those of a programme, a pharmacy, and a client on the day."""
    if program:
        found = found.filter(program=program)
    if pharmacy:
        found = found.filter(pharmacy=pharmacy)
    if client:
        found = found.filter(Exists(_covered_by(user, client, day)))
    return found


def opted_out_on(user, enrolments, day):
    """The newest enrolment of those who were out of its programme on the day."""
    same = {"payer": OuterRef("payer"), "program": OuterRef("program"), "patient": OuterRef("patient")}
    gone = OptOut.objects.visible_to(user).filter(*out_on(day), **same)
    newer = Enrolment.objects.visible_to(user).filter(days__startswith__gt=OuterRef("days__startswith"), **same)
    return enrolments.filter(Exists(gone), ~Exists(newer))


def not_enrolled(user, q, *, limit):
    """Members whom `q` names and who are enrolled nowhere today, such as those who opted out."""
    found = Member.objects.visible_to(user).filter(_named(user, q), merged_into=None)
    here = Enrolment.objects.visible_to(user).filter(payer=OuterRef("payer"), patient=OuterRef("patient"))
    found = found.filter(~Exists(enrolled_on(here, today())))
    return list(found.select_related("patient").order_by("patient__search_name", "pk")[:limit])


def with_people(rows):
    """Loads person, programme and pharmacy of the rows of one page, and of no other."""
    people = Patient.objects.in_bulk({row.patient_id for row in rows})
    programs = Program.objects.in_bulk({row.program_id for row in rows})
    places = Pharmacy.objects.in_bulk({row.pharmacy_id for row in rows})
    for row in rows:
        row.patient, row.program, row.pharmacy = (
            people[row.patient_id].person,
            programs[row.program_id],
            places[row.pharmacy_id],
        )
    return rows


def _named(user, q):
    name = " ".join(q.replace(",", " ").lower().split())
    by_id = (
        Member.objects.visible_to(user)
        .filter(member_id=q.strip())
        .values(record=Coalesce("merged_into_id", "patient_id"))
    )
    # two comparisons instead of LIKE: under row-level security only these reach the index
    by_name = Q(patient__search_name__gte=name, patient__search_name__lt=name + "\U0010ffff")
    return by_name | Q(patient__in=by_id)


def _letter_state(user):
    """The state of the newest letter about an enrolment: one of LETTERS."""
    newest = MemberLetter.objects.visible_to(user).filter(enrolment=OuterRef("pk")).order_by("-made_at", "-pk")
    state = Case(
        When(returned_on__isnull=False, then=Value("returned")),
        When(sent_on__isnull=False, then=Value("sent")),
        default=Value("printed"),
    )
    return Coalesce(Subquery(newest.annotate(state=state).values("state")[:1]), Value("none"))


def _covered_by(user, client, day):
    spans = Coverage.objects.visible_to(user).filter(
        Q(ends_on=None) | Q(ends_on__gte=day), client=client, starts_on__lte=day
    )
    return spans.filter(payer=OuterRef("payer"), patient=OuterRef("patient"))
