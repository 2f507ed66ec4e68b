"""What stands beside the worklist: one flag, with its evidence and what can be done."""

from datetime import date

from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.accounts.models import User
from carecoord.kernel.accounts.permissions import Permission
from patients.care import chart, everyday, gaps, outreach, protocols, worklist
from patients.care.models import OutreachTry
from patients.flags.models import Flag
from patients.flags.rules import every as rules

from .rows import act_words
from .strips import strip_of

WHAT = {
    "hospital": "in hospital, or in a nursing facility after it",
    "facility": "in a nursing facility",
    "emergency": "in an emergency department",
    "opioid": "supply of an opioid",
    "benzodiazepine": "supply of a benzodiazepine",
}


def panel_of(request, flag):
    """The context of `portal/today/_panel.html`."""
    today = timezone.localdate()
    patient = flag.patient.person
    medicine = gap = None
    if flag.measure:
        about = {"patient": patient, "measure": flag.measure, "payer_id": flag.payer_id}
        medicine, gap = chart.medicine_class(request.user, **about), gaps.gap(request.user, **about)
    age = patient.age_on(today)
    rule = rules().get(flag.rule)
    return {
        "flag": flag,
        "panel_template": "portal/today/_panel.html",
        "patient_href": reverse("portal:patient", args=[patient.public_id]),
        "subtitle": ", ".join(filter(None, [str(age) if age is not None else "", patient.phone, flag.payer.name])),
        "medicine": medicine,
        "strip": strip_of(medicine) if medicine else None,
        "talking": chart.talking_points(medicine, today=today) if medicine else (),
        "act_words": act_words(flag.due_on, today),
        "gap": gap,
        "segment_words": [worklist.SEGMENTS[code] for code in flag.segments],
        "happened": [_claim(one) for one in flag.evidence.get("claims", ())],
        "protocol": protocols.find(rule.protocol if rule else "adherence_call"),
        **reach_of(request, patient, flag),
        "is_snoozed": flag.snoozes.filter(ended_at=None, until__gt=today).exists(),
        "is_on_list": flag.status == Flag.Status.OPEN,
        "colleagues": colleagues(request) if request.user.may(Permission.FLAG_ASSIGN) else (),
    }


def _claim(one):
    """A claim of a flag's evidence: its days and its words."""
    first, last = date.fromisoformat(one["first_on"]), date.fromisoformat(one["last_on"])
    what = WHAT.get(one["what"], one["what"])
    by = f", prescriber {one['by']}" if one.get("by") else ""
    return {"first_on": first, "last_on": last if last != first else None, "what": what + by}


def reach_of(request, patient, flag=None):
    """What one has to know before a call, and the tries so far (see `portal/today/_reach.html`)."""
    who, store = request.user, request.store
    now = timezone.now()
    limits = outreach.limits_on(timezone.localdate())
    rows = OutreachTry.objects.visible_to(who).filter(flag=flag).select_related("by").order_by("number") if flag else ()
    tries = list(rows)
    return {
        "before_call": everyday.before_a_call(
            everyday.facts_of(who, patient=patient), chart.consents(who, patient=patient)
        ),
        "quiet_words": outreach.quiet(now, state=patient.state, fallback=store.time_zone, limits=limits),
        "tries": [
            {
                "on": each.at,
                "words": outreach.words(each, store.time_zone),
                "by": each.by.name,
                "counts": each.counts,
                "is_in_vain": each.outcome in outreach.IN_VAIN,
                "note": each.note,
            }
            for each in reversed(tries)
        ],
        "reach_state": outreach.state_of(tries).label,
        "tries_counted": sum(each.counts for each in outreach.the_round(tries)),
        "tries_needed": limits.tries,
        "next_try_on": tries[-1].next_on if tries else None,
    }


def colleagues(request):
    """Who works at this pharmacy today, by name."""
    today = timezone.localdate()
    people = (
        User.objects.filter(memberships__organisation_id=request.store.pk, is_active=True).distinct().order_by("name")
    )
    return [each for each in people.prefetch_related("memberships") if _works_here(each, request.store.pk, today)]


def _works_here(person, organisation_id, today):
    return any(
        m.organisation_id == organisation_id and m.since <= today and (m.until is None or m.until >= today)
        for m in person.memberships.all()
    )
