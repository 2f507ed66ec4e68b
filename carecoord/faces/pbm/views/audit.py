"""The trail, for auditors: who, when, what, from where. Filters go by POST, since one of them names a patient."""

from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.views.decorators.http import require_http_methods, require_POST

from carecoord.faces.components.tables import Column, Page, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.models import User
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from carecoord.kernel.audit.models import AuditEvent

from .. import exports
from ..site import csv_response, render_page

PAGE = 100
MOST_ROWS = 100_000
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
DAY = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), "required": False}


class TrailFilter(forms.Form):
    """All optional. A person is named by e-mail address, a patient by the number that the trail shows."""

    person = forms.EmailField(required=False, label="Person (e-mail)")
    event = forms.CharField(max_length=60, required=False, label="Event begins with")
    patient = forms.IntegerField(min_value=1, max_value=2**62, required=False, label="Patient number")
    since = forms.DateField(label="From day", **DAY)
    until = forms.DateField(label="To day", **DAY)
    before = forms.IntegerField(min_value=1, max_value=2**62, required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.AUDIT_VIEW)
def events(request):
    form = TrailFilter(request.POST or None)
    given = form.cleaned_data if form.is_valid() else {}
    found = _trail(request.user, **given) if form.is_valid() or not form.is_bound else AuditEvent.objects.none()
    rows = list(found[: PAGE + 1])
    if request.method == "POST":
        _record_reading(request.user, "audit.searched", given, len(rows[:PAGE]))
    context = {
        "section": "audit",
        "form": form,
        "columns": headings(COLUMNS, query=request.GET),
        "rows": _named(rows[:PAGE]),
        "page": Page(shown=f"{len(rows[:PAGE])} events, newest first"),
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
    rows = list(_trail(request.user, **given)[:MOST_ROWS])
    _record_reading(request.user, "audit.exported", given, len(rows))
    return csv_response("audit.csv", exports.lines(HEADER, map(_cells, _named(rows))))


def _trail(user, *, person="", event="", patient=None, since=None, until=None, before=None):
    """Newest first, by key. Days are UTC days, both included."""
    found = AuditEvent.objects.visible_to(user).order_by("-pk")
    if person:
        found = found.filter(user_id__in=User.objects.filter(email__iexact=person).values("pk"))
    if event:
        found = found.filter(event__startswith=event)
    if patient:
        found = found.filter(patient_ids__contains=[patient])
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


def _record_reading(user, event, given, count):
    """Whoever looks into the trail leaves a trace in it: the filters, and how many events came."""
    chosen = {name: str(value) for name, value in given.items() if value and name != "patient"}
    patients = [given["patient"]] if given.get("patient") else []
    record(event=event, by=user, count=count, patients=patients, detail={"filter": chosen})
