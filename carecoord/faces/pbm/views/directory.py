"""The directory of pharmacies: searched and filtered, as a file, and from a file."""

from io import BytesIO

from django import forms
from django.contrib import messages
from django.core import signing
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from pharmacies import actions

from .. import exports
from ..directory import DirectoryFilter, pharmacies_of, told_of
from ..paging import page_of
from ..site import csv_response, render_page, tabs

COLUMNS = (
    Column("Pharmacy", "name"), Column("NPI", "npi"), Column("Place", "state"), Column("Area"),
    Column("Networks", css="low"), Column("Ours", css="low"), Column("Papers"),
)  # fmt: skip
SORTS = {"name": "name", "npi": "npi", "state": "state"}
EXPORTED = (*actions.DIRECTORY_COLUMNS, "ruca", "rural", "rucc", "networks", "in_our_network")
FAULT_COLUMNS = (Column("Line", css="num"), Column("Field"), Column("Code"), Column("What is wrong"))
MOST_SHOWN = 200
LARGEST_BYTES = 1_000_000
AN_HOUR = 3600


def directory(request):
    """The changelist of pharmacies; `requires` stands around it in RoomAdmin."""
    form = DirectoryFilter(request.GET, user=request.user)
    if not form.is_valid():
        return _list(request, form, [], None, status=400)
    found = pharmacies_of(request.user, **form.cleaned_data)
    rows, page = page_of(found, request.GET, sorts=SORTS, default="name", noun="pharmacy", several="pharmacies")
    return _list(request, form, told_of(request.user, rows), page)


def _list(request, form, rows, page, *, status=200):
    shown = {
        "section": "network",
        "tabs": tabs("network", "pbm:pharmacies_pharmacy_changelist"),
        "form": form,
        "rows": rows,
        "page": page,
        "columns": headings(COLUMNS, query=request.GET, default="name"),
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "query": request.GET.urlencode(),
        "may_edit": request.user.may(P.NETWORK_EDIT),
    }
    return render_page(request, "pbm/pharmacies.html", shown, status=status)


@require_safe
@requires(P.NETWORK_VIEW)
def export(request):
    form = DirectoryFilter(request.GET, user=request.user)
    if not form.is_valid():
        return _list(request, form, [], None, status=400)
    rows = told_of(request.user, list(pharmacies_of(request.user, **form.cleaned_data).order_by("name", "pk")))
    return csv_response("pharmacies.csv", exports.lines(EXPORTED, map(_cells, rows)))


def _cells(pharmacy):
    own = (getattr(pharmacy, name) for name in actions.DIRECTORY_COLUMNS)
    rural = {True: "yes", False: "no", None: ""}[pharmacy.is_rural]
    return (
        *own,
        pharmacy.ruca,
        rural,
        pharmacy.rucc,
        "; ".join(pharmacy.networks),
        "yes" if pharmacy.is_ours else "no",
    )


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text="With a first line that names its columns. 1 MB at most.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB. Split it, or use load_pharmacies.")
        return file.read()


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def load(request):
    """Upload, then a preview of what would change with every fault, then the confirmation. Nothing is kept in between:
    the file travels in the form, signed."""
    if "confirmed" in request.POST or "faults" in request.POST:
        return _from_preview(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _preview(request, form.cleaned_data["file"])
        except actions.NotADirectory as refusal:
            form.add_error("file", str(refusal))
    return _page(request, "pbm/import.html", {"form": form}, status=422 if form.errors else 200)


def _preview(request, content):
    listed = actions.plan_pharmacies(stream=BytesIO(content), who=request.user)
    shown = {
        "listed": listed,
        "added": listed.added[:MOST_SHOWN],
        "changed": listed.changed[:MOST_SHOWN],
        "problems": listed.problems[:MOST_SHOWN],
        "fault_columns": headings(FAULT_COLUMNS, query=request.GET),
        "sealed": signing.dumps(content.decode("utf-8-sig"), salt=_salt(request), compress=True),
    }
    return _page(request, "pbm/import_preview.html", shown)


def _from_preview(request):
    try:
        sealed = request.POST.get("sealed", "")
        stream = BytesIO(signing.loads(sealed, salt=_salt(request), max_age=AN_HOUR).encode())
    except signing.BadSignature:
        messages.error(request, "The preview is older than an hour, or is another person's. Choose the file again.")
        return redirect("pbm:pharmacies_import")
    if "faults" in request.POST:
        faults = actions.plan_pharmacies(stream=stream, who=request.user).problems
        cells = ((fault.line, fault.field, fault.code, fault.message) for fault in faults)
        return csv_response("faults.csv", exports.lines(("line", "field", "code", "message"), cells))
    try:
        listed = actions.load_pharmacies(stream=stream, by=request.user)
    except actions.CannotChange as refusal:
        messages.error(request, str(refusal))
        return redirect("pbm:pharmacies_import")
    counts = f"{len(listed.added):,} added, {len(listed.changed):,} changed, {listed.unchanged:,} as they were"
    messages.success(request, f"Loaded: {counts}, {listed.rejected:,} lines left out.")
    return redirect("pbm:pharmacies_pharmacy_changelist")


def _salt(request):
    return f"pharmacies-import-{request.user.pk}"


def _page(request, template, context, *, status=200):
    around = {
        "section": "network",
        "tabs": tabs("network", "pbm:pharmacies_import"),
        "known": actions.DIRECTORY_COLUMNS,
    }
    return render_page(request, template, around | context, status=status)
