"""The care plan of a patient: read, printed, added to, moved along."""

from uuid import UUID

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from carecoord.kernel.accounts.permissions import Permission
from patients.care import chart
from patients.care import plan as plans
from patients.care.actions import plan as planning
from patients.care.models import Encounter, Problem
from patients.care.place import CannotDocument
from patients.flags.models import Flag
from patients.models import Patient

from ..page import portal_page, show, visible_patient
from ..plan_forms import FORMS, MoveForm

DEEDS = {"problem": planning.open_problem, "goal": planning.set_goal, "intervention": planning.plan_intervention}
SAID = {"problem": "Problem opened.", "goal": "Goal set.", "intervention": "Intervention planned."}


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page(Permission.ENCOUNTER_WRITE)
def plan(request, public_id):
    """The whole plan with its history. `flag` or `encounter` name what a problem is opened from."""
    return show_plan(request, visible_patient(request, public_id))


def show_plan(request, patient, *, moving=None):
    """The page; `moving` is a MoveForm that was refused, shown again where it was filled in."""
    asked = request.POST.get("add", "")
    origin = _origin(request, patient)
    forms = _forms(request, patient, asked, origin)
    if asked in forms and forms[asked].is_valid():
        about = {"patient": patient, "pharmacy": request.store, "by": request.user, **forms[asked].cleaned_data}
        about |= {key: value for key, value in origin.items() if asked == "problem" or key == "encounter"}
        try:
            DEEDS[asked](**about)
        except (planning.CannotPlan, CannotDocument) as why:
            forms[asked].add_error(None, str(why))
        else:
            messages.success(request, SAID[asked])
            return redirect("portal:plan", public_id=patient.public_id)
    return show(
        request,
        "portal/plan/page.html",
        "patients",
        patient=patient,
        coverage=chart.current_coverage(request.user, patient=patient, today=timezone.localdate()),
        age=patient.age_on(timezone.localdate()),
        parts=plans.plan_of(request.user, patient=patient),
        history=plans.history_of(request.user, patient=patient),
        forms=[
            (what, TITLES[what], form, what == asked or (what == "problem" and bool(origin)))
            for what, form in forms.items()
        ],
        moving=moving,
        origin={key: str(value.public_id) for key, value in origin.items()},
        today=timezone.localdate(),
    )


TITLES = {"problem": "Open a problem", "goal": "Set a goal", "intervention": "Plan an intervention"}


@require_POST
@portal_page(Permission.ENCOUNTER_WRITE)
def move(request, public_id, what):
    """To another status, with what came of it."""
    found = get_object_or_404(plans.KINDS[what].objects.visible_to(request.user), public_id=public_id)
    form = MoveForm(request.POST, about=found)
    if form.is_valid():
        try:
            planning.move(thing=found, by=request.user, **form.cleaned_data)
        except planning.CannotPlan as why:
            form.add_error("why", str(why))
        else:
            messages.success(request, "Noted.")
    patient = Patient.objects.visible_to(request.user).filter(pk=found.patient_id).first()
    if patient is None:
        return redirect("portal:patients")
    patient = patient.person
    return show_plan(request, patient, moving=form) if form.errors else redirect("portal:plan", patient.public_id)


def _forms(request, patient, asked, origin):
    """name -> form, the one that was sent bound."""
    problems = list(
        Problem.objects.visible_to(request.user)
        .filter(patient__in=patient.records, status=Problem.Status.OPEN)
        .order_by("-id")
    )
    flag, initial = origin.get("flag"), {}
    if flag is not None:
        initial = {"kind": Problem.Kind.ADHERENCE, "words": flag.headline}
    made = {}
    for what, form in FORMS.items():
        data = request.POST if what == asked else None
        more = {} if what == "problem" else {"problems": problems}
        made[what] = form(data, prefix=what, initial=initial if what == "problem" else None, **more)
    return made


def _origin(request, patient):
    """{"flag": Flag} or {"encounter": Encounter} that the address or the form names, of this patient alone."""
    named = request.POST if request.method == "POST" else request.GET
    found = {}
    for name, model in (("flag", Flag), ("encounter", Encounter)):
        key = _key(named.get(name))
        row = (
            model.objects.visible_to(request.user).filter(public_id=key, patient__in=patient.records).first()
            if key
            else None
        )
        if row is not None:
            found[name] = row
    return found


def _key(text):
    try:
        return UUID(text or "")
    except ValueError:
        return None
