"""The visit: a protocol's form, saved as it is typed, completed by a pharmacist."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.money import dollars
from patients.care import actions as care
from patients.care import bill, chart, everyday, protocols
from patients.care.answers import UnknownAnswer
from patients.care.blood_pressure import target_of
from patients.care.models import Encounter
from patients.care.protocol import day as day_in
from patients.care.protocols.vaccination import why_not
from patients.care.shelf import setting_of
from pharmacies.billing import queries as billing
from pharmacies.billing.actions import CannotBill

from ..forms import VisitForm, answers_in
from ..page import is_fragment, portal_page, show
from ..panel import reach_of
from ..strips import blood_pressure, strip_of

Status = Encounter.Status


def _visible(request, public_id):
    rows = Encounter.objects.visible_to(request.user)
    rows = rows.select_related("patient", "pharmacy", "flag", "started_by", "completed_by")
    return get_object_or_404(rows, public_id=public_id)


@require_safe
@portal_page(Permission.ENCOUNTER_WRITE)
def encounter(request, public_id):
    return show_visit(request, _visible(request, public_id))


def show_visit(request, found, *, answers=None, missing=(), trouble=""):
    """The form of a draft, or the summary of what is completed or discarded. `trouble`: why something could not be done."""
    protocol = protocols.find(found.protocol)
    shown = found.answers if answers is None else answers
    setting, patient = setting_of(found, request.user), found.patient.person
    context = _state(found, protocol, shown, setting) | {
        "patient": patient,
        "under": patient.former_ids.get(found.patient_id, ""),
        "age": patient.age_on(timezone.localdate()),
        "protocol": protocol,
        "form": VisitForm(
            protocol, shown, missing, lots=lots_to_choose(setting, shown) if "lot_ref" in protocol.by_name else ()
        ),
        "missing": missing,
        "trouble": trouble,
        "may_complete": request.user.may(Permission.ENCOUNTER_COMPLETE),
    }
    if found.status == Status.DRAFT:
        context |= _evidence(request, found)
    else:
        context |= {"said": _said(protocol, found.answers), "claim": _claim(request, found)}
    return show(request, "portal/encounter/page.html", "patients", **context)


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def save(request, public_id):
    """Keeps the draft. htmx gets how it stands; a stale form is answered with 409 and changes nothing."""
    found = _visible(request, public_id)
    protocol = protocols.find(found.protocol)
    typed = answers_in(protocol, request.POST)
    try:
        found = care.save(
            encounter=found,
            answers=typed,
            revision=_revision(request),
            by=request.user,
        )
    except (care.CannotDocument, UnknownAnswer) as why:
        return _refused(request, found, why)
    if is_fragment(request):
        setting = setting_of(found, request.user)
        state = _state(found, protocol, found.answers, setting) | {"is_saved": True}
        answer = render(request, "portal/encounter/_state.html", state)
        filled = {name: found.answers.get(name, "") for name in FILLED if name in typed}
        if filled := {name: value for name, value in filled.items() if value != typed[name].strip()}:
            trigger_client_event(answer, "visit:filled", filled)  # by a chosen lot or a scanned code
        return answer
    messages.success(request, f"Saved {timezone.localtime(found.saved_at):%-I:%M %p}.")
    return redirect("portal:encounter", public_id=found.public_id)


@require_POST
@portal_page(Permission.ENCOUNTER_COMPLETE)
def complete(request, public_id):
    """Saves what the form holds, then completes. What is missing is said beside its field, and the draft is kept."""
    found = _visible(request, public_id)
    answers = answers_in(protocols.find(found.protocol), request.POST)
    try:
        if found.status == Status.DRAFT:
            found = care.save(encounter=found, answers=answers, revision=_revision(request), by=request.user)
        found = care.complete(encounter=found, by=request.user)
    except care.NotComplete as why:
        return show_visit(request, found, missing=why.missing)
    except CannotBill as why:
        return show_visit(request, found, trouble=str(why))
    except (care.CannotDocument, UnknownAnswer) as why:
        return _refused(request, found, why)
    return redirect("portal:encounter", public_id=found.public_id)


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def discard(request, public_id):
    return _move(request, care.discard, _visible(request, public_id))


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def restore(request, public_id):
    return _move(request, care.restore, _visible(request, public_id))


def _move(request, action, found):
    try:
        action(encounter=found, by=request.user)
    except care.CannotDocument as why:
        messages.error(request, str(why))
    return redirect("portal:encounter", public_id=found.public_id)


def _refused(request, found, why):
    """409: what was typed is shown again where the page is whole, and nothing was saved."""
    if is_fragment(request):
        return render(request, "portal/encounter/_refused.html", {"why": str(why), "encounter": found}, status=409)
    typed = None
    if found.status == Status.DRAFT:
        typed = answers_in(protocols.find(found.protocol), request.POST)
        found.revision = _revision(request)  # as old as it was: saved once more, it is refused once more
    answer = show_visit(request, found, answers=typed, trouble=str(why))
    answer.status_code = 409
    return answer


def _revision(request):
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


FILLED = ("cvx", "product", "lot", "expires_on", "ndc", "serial", "lot_ref")


def lots_to_choose(setting, answers):
    """(public id, words) of the lots that may be used on the day, the first to expire first."""
    service_on = day_in(answers.get("service_on")) or timezone.localdate()
    usable = [lot for lot in setting.lots() if not why_not(lot, service_on) or lot.ref == answers.get("lot_ref")]
    return [
        (lot.ref, f"{lot.product}, lot {lot.lot}, expires {lot.expires_on:%-d %b %Y}, {lot.left} left")
        for lot in usable
    ]


def _state(found, protocol, answers, setting):
    """How the draft stands: its revision, when it was saved, what is still to do."""
    if found.status != Status.DRAFT:
        return {"encounter": found}
    service_on = day_in(answers.get("service_on"))
    return {
        "encounter": found,
        "to_do": protocol.missing(answers, today=timezone.localdate(), setting=setting),
        "notes": protocol.notes(answers, service_on, setting) if service_on else (),
    }


def _evidence(request, found):
    """What claims say beside the form: the class that the flag is about, or earlier vaccines."""
    flag, medicine, patient = found.flag, None, found.patient.person
    if flag is not None and flag.measure:
        medicine = chart.medicine_class(request.user, patient=patient, measure=flag.measure, payer_id=flag.payer_id)
    is_vaccination = found.protocol == "vaccination"
    return {
        "strip": strip_of(medicine) if medicine else None,
        "talking": chart.talking_points(medicine, today=timezone.localdate()) if medicine else (),
        "immunizations": chart.immunizations(request.user, patient=patient) if is_vaccination else (),
        "is_vaccination": is_vaccination,
        "allergies": [
            each.words for each in everyday.facts_of(request.user, patient=patient) if each.it.kind == "allergy"
        ],
        **(reach_of(request, patient, flag) if found.protocol == "adherence_call" else {}),
        "pressures": blood_pressure(
            request.user, patient, target_of(request.user, patient=patient, day=timezone.localdate())
        )
        if found.protocol == "bp_check"
        else None,
    }


def _said(protocol, answers):
    """group -> (label, answer in words) of every answer, in the order of the form; a chosen lot is named by what it filled in."""
    said = {}
    for each in protocol.fields:
        if answers.get(each.name) and each.name != "lot_ref":
            said.setdefault(each.group, []).append((each.label, _words(each, answers[each.name])))
    return said


def _words(field, value):
    if field.kind == "yes":
        return "Yes"
    words = dict(field.choices)
    if isinstance(value, list):
        return ", ".join(words.get(each, each) for each in value)
    if field.kind == "day":
        on = day_in(value)
        return f"{on:%-d %b %Y}" if on else value
    return words.get(value, value)


def _claim(request, found):
    """The BilledClaim of a completed visit, with its address; None when it bills nothing."""
    claim = bill.claim_of(request.user, found)
    if claim is None:
        return None
    return {
        "it": billing.claim_of(request.user, claim.public_id),
        "charged": dollars(claim.charge_cents),
        "href": reverse("portal:claim", args=[claim.public_id]),
    }
