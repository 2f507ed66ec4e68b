"""What stands behind one result of a patient, and what the measures ask."""

from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.evidence import tables
from carecoord.faces.components.tables import Column, headings
from carecoord.kernel.accounts.permissions import Permission
from patients.care import chart
from patients.measures import definitions, plain, queries

from ..page import portal_page, show, visible_patient
from ..strips import strip_of

RATES = (
    Column("Measure"), Column("Payer", css="low"), Column("Members", css="num"), Column("At their goal", css="num"),
    Column("Share", css="num"), Column("As of", css="low"),
)  # fmt: skip


@require_safe
@portal_page(Permission.PATIENT_VIEW)
def result(request, public_id, code):
    """Every number, limit and claim of the newest result in a measure, of each payer that has one. 404 without a result."""
    found = visible_patient(request, public_id)
    if found.public_id != public_id:
        return redirect("portal:result", public_id=found.public_id, code=code)
    measure = _measure(code)
    rows = queries.newest_results(patient_id=found.pk, who=request.user, measures=[code])
    if not rows:
        raise Http404
    asked = [
        queries.explain(payer=row.payer, patient_id=found.pk, measure=code, as_of=row.as_of, year=row.year)
        for row in rows
    ]
    medicines = {
        row.payer_id: chart.medicine_class(request.user, patient=found, measure=code, payer_id=row.payer_id)
        for row in rows
    }
    return show(
        request,
        "portal/patient/result.html",
        "patients",
        patient=found,
        measure=measure,
        shown=[
            {
                "row": row,
                "evidence": tables(each),
                "strip": strip_of(medicines[row.payer_id]) if medicines[row.payer_id] else None,
            }
            for row, each in zip(rows, asked, strict=True)
        ],
        plain=plain.plain(measure, rows[0].year),
    )


@require_safe
@portal_page(Permission.WORKLIST_VIEW)
def measures(request):
    """All measures by what they are about, and the pharmacy's own rates."""
    year = timezone.localdate().year
    rates = queries.rates_of_pharmacy(request.user, pharmacy_id=request.store.pk)
    shown = {
        "rates": [(definitions.find(rate.measure), rate) for rate in rates],
        "columns": headings(RATES, query=request.GET),
    }
    return show(request, "portal/measures/page.html", "measures", families=plain.families(), year=year, **shown)


@require_safe
@portal_page(Permission.WORKLIST_VIEW)
def measure(request, code):
    """One measure in plain language, for the year asked for, or this one."""
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and len(given) == 4 else timezone.localdate().year
    found = _measure(code)
    try:
        return show(request, "portal/measures/measure.html", "measures", plain=plain.plain(found, year), measure=found)
    except plain.NoSuchYear:
        raise Http404 from None


def _measure(code):
    try:
        return definitions.find(code)
    except definitions.UnknownMeasure:
        raise Http404 from None
