"""Who is enrolled where, and why; as a page, by name, and as a file."""

from dataclasses import replace

from django.views.decorators.http import require_POST, require_safe

from carecoord.faces.components.tables import Column, Page, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record

from .. import exports
from ..paging import page_of
from ..roster import LETTERS, RosterFilter, SearchForm, not_enrolled, roster_of, with_people
from ..site import csv_response, render_page, tabs

PAGE = 50
COLUMNS = (
    Column("Member", "member"), Column("Member id"), Column("Programme", "programme", css="low"), Column("Pharmacy", "pharmacy"),
    Column("Since", "since"), Column("Until"), Column("Letter"), Column("Why", css="lower"),
)  # fmt: skip
NAMED = [replace(column, sort="") for column in COLUMNS]
SORTS = {
    "member": "patient__search_name",
    "programme": "program__title",
    "pharmacy": "pharmacy__name",
    "since": "days__startswith",
}
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
    "letter",
    "address",
    "reason",
)


@require_safe
@requires(P.ROSTER_VIEW)
def roster(request):
    form = RosterFilter(request.GET or None, user=request.user)
    given = form.cleaned_data if form.is_valid() else {}
    found = roster_of(request.user, **given)
    rows, page = page_of(found, request.GET, sorts=SORTS, default="member", noun="enrolment", size=PAGE)
    return _render(request, form, with_people(rows), page)


@require_POST
@requires(P.ROSTER_VIEW)
def search(request):
    form, words = RosterFilter(None, user=request.user), SearchForm(request.POST)
    q = words.cleaned_data["q"] if words.is_valid() else ""
    rows = with_people(list(roster_of(request.user, q=q)[:PAGE])) if q.strip() else []
    others = not_enrolled(request.user, q, limit=PAGE) if q.strip() else []
    record(event="roster.searched", by=request.user, count=len(rows) + len(others))
    shown = f"{len(rows)} found" + (
        f"; the first {PAGE} are shown, write more of the name" if PAGE in (len(rows), len(others)) else ""
    )
    return _render(request, form, rows, Page(shown=shown), q=q, others=others)


@require_POST
@requires(P.ROSTER_EXPORT)
def export(request):
    form = RosterFilter(request.POST, user=request.user)
    if not form.is_valid():
        return _render(request, form, [], Page(shown="Nothing was exported"), status=422)
    rows = with_people(list(roster_of(request.user, **form.cleaned_data)))
    chosen = {name: str(getattr(value, "pk", value)) for name, value in form.cleaned_data.items() if value}
    patients = [row.patient_id for row in rows]
    record(event="roster.exported", by=request.user, count=len(rows), patients=patients, detail={"filter": chosen})
    return csv_response("roster.csv", exports.lines(HEADER, map(_cells, rows)))


def _cells(row):
    patient, pharmacy = row.patient, row.pharmacy
    who = (patient.public_id, row.member_id, patient.last_name, patient.first_name, patient.born_on)
    mail = (LETTERS[row.letter], "bad address" if row.bad_address else "")
    return (*who, row.program.code, pharmacy.npi, pharmacy.name, row.days.lower, row.days.upper, *mail, row.reason)


def _render(request, form, rows, page, *, q="", others=(), status=200):
    found = {
        "section": "roster",
        "tabs": tabs("roster", "pbm:roster"),
        "form": form,
        "q": q,
        "others": others,
        "letters": LETTERS,
        "columns": headings(COLUMNS, query=request.GET, default="member")
        if not q
        else headings(NAMED, query=request.GET),
        "rows": rows,
        "page": page,
        "may_export": request.user.may(P.ROSTER_EXPORT),
        "chosen": [(name, form.data.get(name, "")) for name in form.fields if form.data.get(name)],
    }
    return render_page(request, "pbm/roster.html", found, status=status)
