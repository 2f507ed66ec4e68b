"""Facts of everyday use on a patient, and a death that somebody tells of."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from carecoord.kernel.accounts.permissions import Permission
from patients.care import everyday
from patients.care.actions import everyday as deeds
from patients.care.answers import UnknownAnswer
from patients.care.place import CannotDocument
from patients.models import EverydayFact, Patient

from ..forms import DeathForm, FactForm, answers_in
from ..page import portal_page, show, visible_patient
from .patients import new_consent, show_chart


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.ENCOUNTER_WRITE)
def facts(request, public_id):
    """Every fact with who said it and when; `kind` names the form that is open, `replaces` the fact that it corrects."""
    patient = visible_patient(request, public_id)
    asked = request.POST if request.method == "POST" else request.GET
    kind, replaces = everyday.KINDS.get(asked.get("kind", "")), _replaced(request, patient, asked)
    form = FactForm(kind, replaces.details if replaces and replaces.kind == kind.code else {}) if kind else None
    trouble = ""
    if request.method == "POST" and kind:
        details = answers_in(kind, request.POST)
        try:
            deeds.record_fact(
                patient=patient,
                pharmacy=request.store,
                kind=kind.code,
                details=details,
                replaces=replaces,
                by=request.user,
            )
        except deeds.Incomplete as why:
            form = FactForm(kind, details, why.missing)
        except (deeds.CannotRecord, CannotDocument, UnknownAnswer) as why:
            form, trouble = FactForm(kind, details), str(why)
        else:
            messages.success(request, f"{kind.title}: recorded.")
            return redirect("portal:patient", public_id=patient.public_id)
    elif request.method == "POST":
        trouble = "Choose what to record."
    return show(
        request,
        "portal/patient/facts.html",
        "patients",
        patient=patient,
        facts=everyday.facts_of(request.user, patient=patient),
        past=EverydayFact.objects.visible_to(request.user)
        .filter(patient__in=patient.records)
        .exclude(ended_at=None)
        .select_related("recorded_by", "ended_by")
        .order_by("-ended_at")[:50],
        kinds=everyday.KINDS.values(),
        kind=kind,
        form=form,
        replaces=replaces,
        trouble=trouble,
    )


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def end(request, public_id):
    """It holds no more."""
    fact = get_object_or_404(EverydayFact.objects.visible_to(request.user), public_id=public_id)
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=fact.patient_id).person
    deeds.end_fact(fact=fact, by=request.user)
    messages.success(request, f"{fact.get_kind_display()}: taken off; it stays in the history.")
    return redirect("portal:facts", public_id=patient.public_id)


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def death(request, public_id):
    """Reported by anybody at the counter; confirmed by a pharmacist; taken back by whoever finds the mistake."""
    patient = visible_patient(request, public_id)
    do = request.POST.get("do")
    form = DeathForm(request.POST, do=do if do in DeathForm.ASKS else "report")
    if do != form.do:
        form.add_error(None, "Choose what to record.")
    if form.is_valid():
        try:
            messages.success(request, _tell(request, patient, form.cleaned_data))
        except (deeds.CannotRecord, CannotDocument) as why:
            form.add_error(None, str(why))
        else:
            return redirect("portal:patient", public_id=patient.public_id)
    return show_chart(request, patient, new_consent(), death_form=form)


def _tell(request, patient, given):
    """Does it; returns the sentence."""
    if given["do"] == "report":
        deeds.report_death(
            patient=patient, pharmacy=request.store, told_by=given["words"], died_on=given["died_on"], by=request.user
        )
        return "Noted. Nobody calls any more, and the flags are off the list."
    report = everyday.death_of(request.user, patient=patient)
    if report is None:
        raise deeds.CannotRecord("No death is reported.")
    if given["do"] == "withdraw":
        deeds.withdraw_death(report=report, why=given["words"], by=request.user)
        return "Taken back. The flags are on the list again."
    if not request.user.may(Permission.ENCOUNTER_COMPLETE):
        raise PermissionDenied
    deeds.confirm_death(report=report, how=given["words"], by=request.user)
    return "Confirmed."


def _replaced(request, patient, asked):
    try:
        key = UUID(asked.get("replaces", ""))
    except ValueError:
        return None
    facts = EverydayFact.objects.visible_to(request.user).filter(patient__in=patient.records, ended_at=None)
    return facts.filter(public_id=key).first()
