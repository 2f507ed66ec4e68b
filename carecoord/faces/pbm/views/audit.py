"""The trail, for auditors: who, when, what, from where. Filters go by POST, since one of them names a member."""

from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.views.decorators.http import require_http_methods, require_POST

from carecoord.faces.components.tables import Column, Page, counted, headings
from carecoord.faces.fields import DayField
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.models import User
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record, saw
from carecoord.kernel.audit.models import AuditEvent
from patients.models import Member, Patient

from .. import exports
from ..site import csv_response, render_page

PAGE = 100
MOST_ROWS = 100_000
MOST_MEMBERS = 20
BIGGEST_KEY = 2**62
COLUMNS = (
    Column("When (UTC)"), Column("Who"), Column("Event"), Column("What"), Column("Rows", css="num"), Column("Patients"),
    Column("From", css="low"), Column("Login", css="lower"), Column("Details", css="low"),
)  # fmt: skip
HEADER = (
    "id",
    "at",
    "user_id",
    "user",
    "organisation_id",
    "event",
    "table",
    "row_ids",
    "rows",
    "patient_ids",
    "ip",
    "login",
    "request_id",
    "detail",
)


class TrailFilter(forms.Form):
    """All optional. A person is named by e-mail address; a member by id, by the beginning of 'last, first', or by number."""

    person = forms.EmailField(required=False, label="Person (e-mail)")
    event = forms.CharField(max_length=60, required=False, label="Event begins with")
    member = forms.CharField(max_length=100, required=False, label="Member (id, name or number)")
    since = DayField(label="From day", required=False)
    until = DayField(label="To day", required=False)
    before = forms.IntegerField(min_value=1, max_value=BIGGEST_KEY, required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.AUDIT_VIEW)
def events(request):
    form = TrailFilter(request.POST or None)
    given = form.cleaned_data if form.is_valid() else {}
    members = _members(request.user, given.get("member", ""))
    found = (
        _trail(request.user, members, **given) if form.is_valid() or not form.is_bound else AuditEvent.objects.none()
    )
    rows = list(found[: PAGE + 1])
    event = "audit.searched" if request.method == "POST" else "audit.viewed"
    _record_reading(request.user, event, given, members, rows[:PAGE])
    context = {
        "section": "audit",
        "form": form,
        "columns": headings(COLUMNS, query=request.GET),
        "rows": _named(rows[:PAGE]),
        "page": Page(shown=f"{counted(len(rows[:PAGE]), 'event')}, newest first"),
        "members": list((members or {}).items())[:MOST_MEMBERS],
        "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "kept": [(name, form.data.get(name, "")) for name in form.fields if name != "before"],
    }
    return render_page(request, "pbm/audit.html", context)


@require_POST
@requires(P.AUDIT_VIEW)
def export(request):
    form = TrailFilter(request.POST)
    if not form.is_valid():
        return events(request)
    given = form.cleaned_data | {"before": None}
    members = _members(request.user, given["member"])
    rows = list(_trail(request.user, members, **given)[:MOST_ROWS])
    _record_reading(request.user, "audit.exported", given, members, rows)
    return csv_response("audit.csv", exports.lines(HEADER, map(_cells, _named(rows))))


def _members(user, text):
    """Patient number -> who that is, of the members meant; None when nobody is asked for. A number may be nobody's to see."""
    text = text.strip()
    if not text:
        return None
    name = " ".join(text.replace(",", " ").lower().split())
    ids = Member.objects.visible_to(user).filter(member_id__iexact=text)
    match = Q(search_name__gte=name, search_name__lt=name + "\U0010ffff") | Q(pk__in=ids.values("patient"))
    found = {}
    if text.isascii() and text.isdecimal() and len(text) < len(str(BIGGEST_KEY)):
        found, match = {int(text): ""}, match | Q(pk=int(text))
    people = Patient.objects.visible_to(user).filter(match).order_by("search_name", "pk")
    for pk, last, first in people.values_list("pk", "last_name", "first_name")[:MOST_MEMBERS]:
        found[pk] = ", ".join(filter(None, (last, first)))
    return found | _their_others(user, found)


def _their_others(user, found):
    """Patient number -> the id, of the other records of these people: what was done under any of their ids is about them."""
    members = Member.objects.visible_to(user)
    holders = set(members.filter(patient__in=found).values_list(Coalesce("merged_into_id", "patient_id"), flat=True))
    united = members.filter(Q(patient__in=holders) | Q(merged_into__in=holders)).exclude(patient__in=found)
    return {
        patient_id: f"known as {member_id}" for patient_id, member_id in united.values_list("patient_id", "member_id")
    }


def _trail(user, members=None, *, person="", event="", member="", since=None, until=None, before=None):
    """Newest first, by key. Days are UTC days, both included. `members`: patient numbers, of which an event names one."""
    found = AuditEvent.objects.visible_to(user).order_by("-pk")
    if person:
        found = found.filter(user_id__in=User.objects.filter(email__iexact=person).values("pk"))
    if event:
        found = found.filter(event__startswith=event)
    if members is not None:
        found = found.filter(patient_ids__overlap=list(members))
    if since:
        found = found.filter(at__gte=datetime.combine(since, time(), UTC))
    if until and until < date.max:  # the calendar's last day has none after it
        found = found.filter(at__lt=datetime.combine(until + timedelta(days=1), time(), UTC))
    if before:
        found = found.filter(pk__lt=before)
    return found


def _named(rows):
    """The rows, each with `who`: the person's name, or the role that worked by itself."""
    people = dict(User.objects.filter(pk__in={row.user_id for row in rows if row.user_id}).values_list("pk", "name"))
    for row in rows:
        row.who = people.get(row.user_id) or row.login.removeprefix("carecoord_")
    return rows


def _cells(row):
    ids = " ".join(map(str, row.row_ids)), " ".join(map(str, row.patient_ids))
    who = (row.pk, row.at.isoformat(), row.user_id, row.who, row.organisation_id, row.event, row.table_name)
    return (*who, ids[0], row.row_count, ids[1], row.ip, row.login, row.request_id, row.detail)


def _record_reading(user, event, given, members, rows):
    """Whoever looks into the trail leaves a trace in it: the filters, how many events came, and whom they name."""
    chosen = {name: str(value) for name, value in given.items() if value and name != "member"}
    saw(*{pk for row in rows for pk in row.patient_ids}, *(pk for pk, name in (members or {}).items() if name))
    record(event=event, by=user, count=len(rows), patients=members or (), detail={"filter": chosen})
