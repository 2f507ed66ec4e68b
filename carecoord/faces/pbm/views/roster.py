"""Who is enrolled where, and why; as a page, by name, and as a file."""

from django import forms
from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components.tables import Column, Page, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record

from .. import exports
from ..roster import RosterFilter, SearchForm, roster_of
from ..site import csv_response, render_page, tabs

PAGE = 50
COLUMNS = (
    Column("Member"), Column("Member id"), Column("Programme", css="low"), Column("Pharmacy"), Column("Since"), Column("Until"),
    Column("Why", css="lower"),
)  # fmt: skip
HEADER = (
    "patient_id",
    "member_id",
    "last_name",
    "first_name",
    "born_on",
    "program",
    "pharmacy_npi",
    "pharmacy",
    "since",
    "until",
    "reason",
)


@require_safe
@requires(P.ROSTER_VIEW)
def roster(request):
    form = RosterFilter(request.GET or None, user=request.user)
    given = form.cleaned_data if form.is_valid() else {}
    found = roster_of(request.user, **given)
    after = _key(request.GET.get("after"))
    rows = list((found.filter(pk__gt=after) if after else found)[: PAGE + 1])
    query = request.GET.copy()
    first = query.pop("after", None) and f"?{query.urlencode()}"
    if len(rows) > PAGE:
        query["after"] = rows[PAGE - 1].pk
    more = f"?{query.urlencode()}" if len(rows) > PAGE else ""
    page = Page(shown=f"{len(rows[:PAGE])} of {found.count():,} enrolments", next_href=more, previous_href=first or "")
    return _render(request, form, rows[:PAGE], page)


@require_POST
@requires(P.ROSTER_VIEW)
def search(request):
    form, words = RosterFilter(None, user=request.user), SearchForm(request.POST)
    q = words.cleaned_data["q"] if words.is_valid() else ""
    rows = list(roster_of(request.user, q=q)[:PAGE]) if q.strip() else []
    record(event="roster.searched", by=request.user, count=len(rows))
    shown = f"{len(rows)} found" + (
        f"; the first {PAGE} are shown, write more of the name" if len(rows) == PAGE else ""
    )
    return _render(request, form, rows, Page(shown=shown), q=q)


@require_POST
@requires(P.ROSTER_EXPORT)
def export(request):
    form = RosterFilter(request.POST, user=request.user)
    if not form.is_valid():
        return _render(request, form, [], Page(shown="Nothing was exported"), status=422)
    rows = list(roster_of(request.user, **form.cleaned_data))
    chosen = {name: str(getattr(value, "pk", value)) for name, value in form.cleaned_data.items() if value}
    patients = [row.patient_id for row in rows]
    record(event="roster.exported", by=request.user, count=len(rows), patients=patients, detail={"filter": chosen})
    return csv_response("roster.csv", exports.lines(HEADER, map(_cells, rows)))


def _cells(row):
    patient, pharmacy = row.patient, row.pharmacy
    who = (patient.public_id, row.member_id, patient.last_name, patient.first_name, patient.born_on)
    return (*who, row.program.code, pharmacy.npi, pharmacy.name, row.days.lower, row.days.upper, row.reason)


def _render(request, form, rows, page, *, q="", status=200):
    found = {
        "section": "roster",
        "tabs": tabs("roster", "pbm:roster"),
        "form": form,
        "q": q,
        "columns": headings(COLUMNS, query=request.GET),
        "rows": rows,
        "page": page,
        "may_export": request.user.may(P.ROSTER_EXPORT),
        "chosen": [(name, form.data.get(name, "")) for name in form.fields if form.data.get(name)],
    }
    return render_page(request, "pbm/roster.html", found, status=status)


def _key(text):
    """The key after which a page begins; nonsense begins at the first page."""
    try:
        return forms.IntegerField(min_value=1, max_value=2**62).clean(text)
    except forms.ValidationError:
        return None
