"""The refrigerator: lots on the shelf, what came and went, and who got a dose of a lot."""

from uuid import UUID

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, Page, counted, headings
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.audit import actions as audit
from patients.care import shelf, vaccines
from patients.care.actions import stock
from patients.care.models import VaccineLot
from patients.models import Patient

from ..page import portal_page, show
from ..sheet import sheet
from ..stock import ChangeForm, RecallSearchForm, ReceiveForm, row_of

COLUMNS = (
    Column("Vaccine"),
    Column("Lot"),
    Column("Expires"),
    Column("Left", css="num"),
    Column("Received", css="num low"),
    Column("State"),
)
WORDS = {"usable": "Usable", "soon": "Expires soon", "recalled": "Recalled", "all": "All"}
CSV_COLUMNS = ("vaccine", "cvx", "ndc", "product", "lot", "expires_on", "left", "received", "recalled")


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.ENCOUNTER_WRITE)
def refrigerator(request):
    """The list, and a delivery."""
    form = ReceiveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            lot = stock.receive(pharmacy=request.store, by=request.user, **form.cleaned_data)
        except stock.CannotChangeStock as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, f"{lot}: {counted(lot.doses_left, 'dose')} in the refrigerator now.")
            return redirect("portal:vaccines")
    chosen = request.GET.get("show", "usable")
    chosen = chosen if chosen in WORDS else "usable"
    today = timezone.localdate()
    lots, following = shelf.page(request.user, show=chosen, after=_key(request.GET.get("after")), today=today)
    soon_days = shelf.SOON_DAYS.on(today)
    here = reverse("portal:vaccines")
    return show(
        request,
        "portal/vaccines/page.html",
        "vaccines",
        rows=[row_of(lot, today=today, soon_days=soon_days) for lot in lots],
        headings=headings(COLUMNS, query=request.GET),
        page=Page(f"{len(lots)} shown", next_href=f"?show={chosen}&after={following}" if following else ""),
        filters=[
            {"label": word, "href": f"{here}?show={name}", "current": name == chosen} for name, word in WORDS.items()
        ],
        chosen=chosen,
        form=form,
    )


@require_safe
@portal_page(Permission.ENCOUNTER_WRITE)
def export(request):
    """Every lot as CSV."""
    rows = [
        (
            vaccines.every()[lot.cvx].label if lot.cvx in vaccines.every() else "",
            lot.cvx,
            lot.ndc,
            lot.product,
            lot.lot,
            lot.expires_on,
            lot.doses_left,
            lot.doses_received,
            "yes" if lot.is_recalled else "no",
        )
        for lot in VaccineLot.objects.visible_to(request.user).order_by("expires_on", "id")
    ]
    return sheet(f"vaccine-lots-{timezone.localdate():%Y-%m-%d}", CSV_COLUMNS, rows)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.ENCOUNTER_WRITE)
def lot(request, public_id):
    """One lot: what came and went, and what can be done with it."""
    found = get_object_or_404(VaccineLot.objects.visible_to(request.user), public_id=public_id)
    forms = {do: ChangeForm(do=do, left=found.doses_left if do == "count" else None) for do in ChangeForm.ASKS}
    trouble = ""
    if request.method == "POST" and (do := request.POST.get("do")) in forms:
        form = forms[do] = ChangeForm(request.POST, do=do)
        trouble = _change(request, found, form) if form.is_valid() else "See what is said beside the fields."
        if not trouble:
            return redirect("portal:lot", public_id=found.public_id)
    elif request.method == "POST":
        trouble = "Choose what to do."
    return show(
        request,
        "portal/vaccines/lot.html",
        "vaccines",
        row=row_of(found, today=timezone.localdate()),
        lot=found,
        changes=found.changes.select_related("by").order_by("-at", "-id")[:100],
        trouble=trouble,
        forms=forms,
    )


def _change(request, found, form):
    """Does it, or returns the sentence why not."""
    given, person = form.cleaned_data, request.user
    number, why = given.get("number"), given["why"]
    try:
        match given["do"]:
            case "recall":
                stock.recall(lot=found, why=why, by=person)
            case "clear":
                stock.clear(lot=found, why=why, by=person)
            case "waste":
                stock.waste(lot=found, doses=number, why=why, by=person)
            case "count":
                stock.count(lot=found, left=number, why=why, by=person)
    except stock.CannotChangeStock as trouble:
        return str(trouble)
    messages.success(request, "Noted.")
    return ""


GIVEN_COLUMNS = (
    Column("Patient"),
    Column("Born"),
    Column("Phone"),
    Column("Given on"),
    Column("Vaccine"),
    Column("Given by", css="low"),
)
GIVEN_CSV = ("patient", "born_on", "phone", "given_on", "cvx", "product", "ndc", "lot", "expires_on", "given_by")


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.PATIENT_VIEW)
def given(request):
    """Who got a dose of a lot. By POST, since a lot with its people is no address; `as` csv gives the file."""
    form = RecallSearchForm(request.POST if request.method == "POST" else None)
    doses = ()
    if form.is_valid():
        doses = list(shelf.who_received(request.user, **form.cleaned_data))
        audit.saw(*{dose.patient_id for dose in doses})
        if request.POST.get("as") == "csv":
            audit.record(event="doses.exported", by=request.user, count=len(doses))
            return sheet("doses-given", GIVEN_CSV, map(_line, doses))
    return show(
        request,
        "portal/vaccines/given.html",
        "vaccines",
        form=form,
        is_asked=form.is_bound and form.is_valid(),
        rows=_rows(request.user, doses),
        headings=headings(GIVEN_COLUMNS, query=request.GET),
    )


def _rows(who, doses):
    """A dose with the chart's address, where the patient is still with the pharmacy."""
    people = {dose.patient_id for dose in doses}
    still_here = dict(Patient.objects.visible_to(who).filter(pk__in=people).values_list("pk", "public_id"))
    known = vaccines.every()
    return [
        {
            "it": dose,
            "vaccine": known[dose.cvx].label if dose.cvx in known else f"CVX {dose.cvx}",
            "href": reverse("portal:patient", args=[still_here[dose.patient_id]])
            if dose.patient_id in still_here
            else "",
        }
        for dose in doses
    ]


def _line(dose):
    return (
        dose.patient_name,
        dose.born_on,
        dose.phone,
        dose.given_on,
        dose.cvx,
        dose.product,
        dose.ndc,
        dose.lot,
        dose.expires_on,
        dose.given_by,
    )


def _key(text):
    try:
        return UUID(text or "")
    except ValueError:
        return None
