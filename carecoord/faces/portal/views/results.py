"""What stands behind one result of a patient, and what the measures ask."""

from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.evidence import tables
from carecoord.faces.components.tables import Column, headings
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.audit.actions import record
from patients.care import chart, prescriber_letter
from patients.claims import substance_use
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
        (row, queries.explain(payer=row.payer, patient_id=found.pk, measure=code, as_of=row.as_of, year=row.year))
        for row in rows
    ]
    return show(
        request,
        "portal/patient/result.html",
        "patients",
        patient=found,
        measure=measure,
        shown=[_shown(request.user, found, row, explained) for row, explained in asked],
        plain=plain.plain(measure, rows[0].year),
        may_write=request.user.may(Permission.ENCOUNTER_WRITE)
        and any(measure.is_open(row) and prescriber_letter.may_be_told(row) for row in rows),
    )


@require_safe
@portal_page(Permission.ENCOUNTER_WRITE)
def letter(request, public_id, code):
    """The letter to the prescriber about an open gap, with the evidence of the result's page. 404 where none is open."""
    found = visible_patient(request, public_id)
    if found.public_id != public_id:
        return redirect("portal:letter", public_id=found.public_id, code=code)
    measure = _measure(code)
    letters = prescriber_letter.letters(request.user, patient=found, measure=measure)
    if not letters:
        raise Http404
    record(event="prescriber_letter.made", by=request.user, target=found, detail={"measure": code})
    return show(
        request,
        "portal/patient/letter.html",
        "patients",
        patient=found,
        measure=measure,
        store=request.store,
        by=request.user.name,
        shown=[_shown(request.user, found, each.result, each.explained) | {"letter": each} for each in letters],
        plain=plain.plain(measure, letters[0].result.year),
        replies=prescriber_letter.REPLIES,
        today=timezone.localdate(),
    )


def _shown(who, patient, row, explained):
    """One payer's result with its evidence, and the strip of adherence."""
    if not substance_use.may_see(who):
        explained = queries.without_private_lists(explained)
    medicine = chart.medicine_class(who, patient=patient, measure=row.measure, payer_id=row.payer_id)
    return {"row": row, "evidence": tables(explained), "strip": strip_of(medicine) if medicine else None}


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
