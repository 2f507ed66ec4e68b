"""Finding a patient, and the chart."""

from uuid import UUID

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carecoord.faces.components.tables import Column, Page, headings
from carecoord.faces.components.words import language_words
from carecoord.kernel.accounts.permissions import Permission
from patients.care import actions as care
from patients.care import chart, everyday, gaps, protocols, timeline, worklist
from patients.care.blood_pressure import target_of
from patients.care.models import Encounter
from patients.care.plan import plan_of
from patients.flags.models import Flag
from patients.risk import shown as risk
from pharmacies.billing import queries as billing

from ..forms import ConsentForm, DeathForm, LeaveForm, StartForm
from ..page import portal_page, show, visible_patient
from ..rows import row_of
from ..strips import a1c, blood_pressure, days_left, strip_of
from .billing import claim_rows

COLUMNS = (Column("Patient"), Column("Born"), Column("Age", css="num"), Column("Plan"), Column("Phone"))
TIMELINE, WHOLE_TIMELINE = 25, 1000
LINKS = {"encounter": "portal:encounter", "flag": "portal:flag"}


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.PATIENT_VIEW)
def search(request):
    """All patients by name; a search comes by POST, because names and dates of birth do not belong into addresses."""
    text = request.POST.get("q", "")[:100]
    found, after = worklist.find_patients(request.user, text=text, after=_key(request.GET.get("after")))
    today = timezone.localdate()
    rows = [{"patient": each, "age": each.age_on(today), "plan": _plan(each)} for each in found]
    page = Page(f"{len(rows)} shown", next_href=f"?after={after}" if after and not text else "")
    if after and text:
        page = Page(f"The first {len(rows)}; type more letters to see fewer")
    columns = headings(COLUMNS, query=request.GET)
    return show(request, "portal/patients/page.html", "patients", rows=rows, headings=columns, page=page, text=text)


@require_safe
@portal_page(Permission.PATIENT_VIEW)
def patient(request, public_id):
    found = visible_patient(request, public_id)
    if found.public_id != public_id:
        return redirect("portal:patient", public_id=found.public_id)
    return show_chart(request, found, new_consent())


def new_consent():
    return ConsentForm(initial={"since": timezone.localdate(), "is_given": "yes"})


def show_chart(request, found, consent_form, *, death_form=None, leave_form=None):
    """The chart of a patient that the person may see."""
    deaths = {do: DeathForm(do=do) for do in DeathForm.ASKS} | ({death_form.do: death_form} if death_form else {})
    who, today = request.user, timezone.localdate()
    medicines, consents = chart.medicine_classes(who, patient=found), chart.consents(who, patient=found)
    limit = WHOLE_TIMELINE if request.GET.get("timeline") == "all" else TIMELINE
    events, has_more = timeline.of(who, patient=found, limit=limit)
    flags = Flag.objects.visible_to(who).filter(patient__in=found.records, status=Flag.Status.OPEN)
    flags = (
        flags.select_related("patient", "assigned_to").prefetch_related("patient__coverages").order_by("-rank", "id")
    )
    drafts = Encounter.objects.visible_to(who).filter(patient__in=found.records, status=Encounter.Status.DRAFT)
    return show(
        request,
        "portal/patient/page.html",
        "patients",
        patient=found,
        header=_header(who, found, consents, today),
        flags=[row_of(flag, today=today) for flag in flags],
        medicines=[{"it": each, "strip": strip_of(each), "left": days_left(each)} for each in medicines],
        risks=risk.scores(patient=found, who=who),
        gaps=_gaps(who, found),
        charts=list(
            filter(None, [blood_pressure(who, found, target_of(who, patient=found, day=today)), a1c(who, found)])
        ),
        plan=[part for part in plan_of(who, patient=found) if part.problem is None or part.problem.is_open],
        today=today,
        facts=everyday.facts_of(who, patient=found),
        death=everyday.death_of(who, patient=found),
        conditions=chart.conditions_of(who, patient=found),
        immunizations=chart.immunizations(who, patient=found),
        consents=consents,
        consent_form=consent_form,
        leave_form=leave_form or LeaveForm(user=who, patient=found, store=request.store),
        death_forms=deaths,
        death_trouble=death_form.non_field_errors() if death_form else (),
        events=[_entry(event) for event in events],
        has_more=has_more,
        claims=claim_rows(request, billing.claims_of(who, patient_ref=found.public_id, limit=20)),
        protocols=protocols.every().values(),
        drafts=[
            (draft.public_id, protocols.title(draft.protocol), found.former_ids.get(draft.patient_id, ""))
            for draft in drafts.order_by("-id")
        ],
    )


def _gaps(who, found):
    """Open, met, and not counted."""
    ones = gaps.gaps(who, patient=found)
    return {
        "open": [one for one in ones if one.is_open],
        "met": [one for one in ones if one.is_met],
        "others": [one for one in ones if not one.is_open and not one.is_met],
    }


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def start(request, public_id):
    """A draft of the protocol, new or the one that is open; then its form."""
    found = visible_patient(request, public_id)
    form = StartForm(request.POST)
    if not form.is_valid() or form.cleaned_data["protocol"] not in protocols.every():
        messages.error(request, "Choose what to start.")
        return redirect("portal:patient", public_id=found.public_id)
    key = form.cleaned_data["flag"]
    flag = (
        get_object_or_404(Flag.objects.visible_to(request.user), public_id=key, patient__in=found.records)
        if key
        else None
    )
    try:
        encounter = care.start(
            patient=found, pharmacy=request.store, protocol=form.cleaned_data["protocol"], flag=flag, by=request.user
        )
    except care.CannotDocument as why:
        messages.error(request, str(why))
        return redirect("portal:patient", public_id=found.public_id)
    return redirect("portal:encounter", public_id=encounter.public_id)


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def consent(request, public_id):
    found = visible_patient(request, public_id)
    form = ConsentForm(request.POST)
    if form.is_valid():
        try:
            care.record_consent(patient=found, pharmacy=request.store, by=request.user, **form.cleaned_data)
        except care.CannotDocument as why:
            form.add_error("since", str(why))
        else:
            messages.success(request, "Consent recorded.")
            return redirect("portal:patient", public_id=found.public_id)
    return show_chart(request, found, form)


def _header(who, found, consents, today):
    """What `patient_header` shows."""
    coverage = chart.current_coverage(who, patient=found, today=today)
    access = chart.access_of(who, patient=found, today=today)
    said = [f"{c.get_kind_display()}: {'yes' if c.is_given else 'no'}" for c in consents]
    age = found.age_on(today)
    return {
        "name": found.name,
        "age": f"{age} years" if age is not None else "age not known",
        "sex": found.get_sex_display().lower(),
        "born_on": found.born_on,
        "phone": found.phone,
        "language": language_words(found.language),
        "plan": _cover(coverage) if coverage else "No cover known",
        "consent": "; ".join(said) or "Not asked yet",
        "attributed_since": access.since if access else None,
        "attributed_because": access.sentence if access else "",
        "chips": [("urgent", f"Died {found.died_on:%-d %b %Y}")] if found.died_on else [],
    }


def _cover(coverage):
    parts = [coverage.payer.name, coverage.plan, coverage.get_line_of_business_display()]
    if coverage.client:
        parts.append(f"for {coverage.client.name}")
    return ", ".join(filter(None, parts))


def _plan(found):
    newest = max(found.coverages.all(), key=lambda span: span.starts_on, default=None)
    return ", ".join(filter(None, [newest.payer.name, newest.plan])) if newest else ""


def _entry(event):
    href = reverse(LINKS[event.kind], args=[event.ref]) if event.kind in LINKS and event.ref else ""
    return {
        "on": event.on,
        "title": event.title,
        "text": event.text,
        "who": ", ".join(filter(None, [event.who, event.under and f"under the id {event.under}"])),
        "icon": event.icon,
        "tone": event.tone,
        "href": href,
    }


def _key(text):
    try:
        return UUID(text or "")
    except ValueError:
        return None
