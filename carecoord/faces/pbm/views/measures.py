"""What the measures ask, how many meet them, and everything behind one member's result."""

from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.evidence import tables
from carecoord.faces.components.tables import Column, headings
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.audit.actions import record
from carecoord.kernel.periods import date_of
from patients.claims import substance_use
from patients.measures import definitions, pharmacy_level, plain, queries
from patients.measures.reasons import why_not
from patients.models import Patient

from ..paging import page_of
from ..site import render_page, tabs

COLUMNS = (
    Column("Measure"), Column("Members", css="num"), Column("As they should be", css="num"), Column("Share", css="num"),
    Column("Left out", css="num low"), Column("Not computed", css="num low"),
)  # fmt: skip
RATES = (
    Column("Pharmacy", "name"), Column("Payer", css="low"), Column("Members", "members", "num"),
    Column("As they should be", css="num"), Column("Share", "share", "num"), Column("As of", css="low"),
)  # fmt: skip
BY = {"name": "pharmacy__name", "members": "denominator", "share": "share_bp"}
RESULTS = (Column("Measure"), Column("Result"), Column("Value"), Column("Act by"), Column("As of", css="low"))


@require_safe
@requires(P.NETWORK_VIEW)
def measures(request):
    """By family, with the numbers of each payer's newest whole run, for those who may see programmes."""
    counts = queries.newest_counts(request.user) if request.user.may(P.PROGRAM_VIEW) else []
    shown = {
        "families": plain.families(),
        "payers": [
            (run, [(definitions.find(code), row) for code, row in rows.items() if code in definitions.every()])
            for run, rows in counts
        ],
        "columns": headings(COLUMNS, query=request.GET),
        "section": "measures",
        "tabs": tabs("measures", "pbm:measures"),
    }
    return render_page(request, "pbm/measures.html", shown)


@require_safe
@requires(P.NETWORK_VIEW)
def measure(request, code):
    found, given = _measure(code), request.GET.get("year", "")
    year = int(given) if given.isdecimal() and len(given) == 4 else timezone.localdate().year
    try:
        words = plain.plain(found, year)
    except plain.NoSuchYear:
        raise Http404 from None
    shown = {"measure": found, "plain": words, "section": "measures", "tabs": tabs("measures", "")}
    if found in pharmacy_level.measures() and request.user.may(P.PROGRAM_VIEW):
        shown |= _by_pharmacy(request, code, year)
    return render_page(request, "pbm/measure.html", shown)


def _by_pharmacy(request, code, year):
    """The rates of pharmacies in a measure and year, a page of them."""
    rates = queries.rates_by_pharmacy(request.user, measure=code, year=year)
    rates = rates.annotate(share_bp=F("numerator") * 10_000 / F("denominator"))
    rows, page = page_of(
        rates, request.GET, sorts=BY, default="-members", noun="pharmacy and payer", several="pharmacies and payers"
    )
    columns = headings(RATES, query=request.GET, default="-members")
    return {"rates": rows, "rates_page": page, "rates_columns": columns, "is_by_pharmacy": True}


@require_safe
@requires(P.ROSTER_VIEW)
def results(request, public_id):
    """All newest results of a member: open, met, and why the others do not count."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), public_id=public_id)
    if patient.person is not patient:
        return redirect("pbm:member_results", public_id=patient.person.public_id)
    rows = queries.newest_results(patient_id=patient.pk, who=request.user, measures=list(definitions.every()))
    record(event="results.read", by=request.user, target=patient, patients=[patient.pk], count=len(rows))
    shown = {
        "patient": patient,
        "rows": [_line(row) for row in rows],
        "columns": headings(RESULTS, query=request.GET),
        "section": "roster",
        "tabs": tabs("roster", ""),
    }
    return render_page(request, "pbm/member_results.html", shown)


@require_safe
@requires(P.ROSTER_VIEW)
def result(request, public_id, code):
    patient = get_object_or_404(Patient.objects.visible_to(request.user), public_id=public_id)
    if patient.person is not patient:
        return redirect("pbm:member_result", public_id=patient.person.public_id, code=code)
    found = _measure(code)
    rows = queries.newest_results(patient_id=patient.pk, who=request.user, measures=[code])
    if not rows:
        raise Http404
    record(event="result.explained", by=request.user, target=patient, patients=[patient.pk], detail={"measure": code})
    asked = {"patient_id": patient.pk, "measure": code}
    shown = {
        "patient": patient,
        "measure": found,
        "shown": [
            (
                row,
                tables(
                    _for_eyes(request.user, queries.explain(payer=row.payer, as_of=row.as_of, year=row.year, **asked))
                ),
            )
            for row in rows
        ],
        "note": plain.NOT_CERTIFIED,
        "section": "roster",
        "tabs": tabs("roster", ""),
    }
    return render_page(request, "pbm/member_result.html", shown)


def _for_eyes(user, evidence):
    return evidence if substance_use.may_see(user) else queries.without_private_lists(evidence)


def _line(row):
    """What the list says of a result."""
    one = definitions.find(row.measure)
    return {
        "row": row,
        "measure": one,
        "is_good": one.is_good(row),
        "why": why_not(row),
        "value": one.value_words(row),
        "last_day": date_of(row.last_day),
    }


def _measure(code):
    try:
        return definitions.find(code)
    except definitions.UnknownMeasure:
        raise Http404 from None
