"""What the other pages of the demo's pharmacy show: a refrigerator, blood pressures, counselling, facts and tries."""

from datetime import date, timedelta

from patients.care import actions as care
from patients.care.actions import everyday, outreach, plan, stock
from patients.care.place import today_at
from patients.flags.models import Flag
from pharmacies.models import Pharmacy

LOTS = [
    ("135", "High-dose influenza, syringe", "HD4711", 200, 20),
    ("216", "Pneumococcal 20-valent, syringe", "PC20A7", 400, 6),
    ("187", "Zoster, vial and diluent", "ZX88", 20, 4),
]
"""(CVX, product, lot, days until it expires, doses): invented."""
OLD = 65
PRESSURE = {"rested": "yes", "arm": "left", "cuff": "adult"}
READINGS = [("152", "94"), ("146", "90"), ("144", "88")]
FOOD = {
    "minutes": "32",
    "agreed": "yes",
    "topics": ["salt", "labels"],
    "materials": ["salt_sheet"],
    "goal_1": "No canned soup on weekdays",
    "goal_2": "Walk to the mailbox and back after supper",
    "confidence": "8",
}
SHOT = {
    "screened": "yes",
    "agreed": "yes",
    "vis_edition_on": "2025-01-31",
    "site": "left_arm",
    "route": "im",
}


def show(alice):
    """One of everything, by Alice, for the patients of OLD or more whose flags stand first on her list: the vaccine is theirs."""
    pharmacy = Pharmacy.objects.get(pk=alice.membership.organisation_id)
    lots = [
        stock.receive(
            pharmacy=pharmacy,
            cvx=cvx,
            product=product,
            lot=lot,
            expires_on=today_at(pharmacy) + timedelta(days=left),
            doses=doses,
            by=alice,
        )
        for cvx, product, lot, left, doses in LOTS
    ]
    born_by = date(today_at(pharmacy).year - OLD - 1, 12, 31)
    flags = list(
        Flag.objects.visible_to(alice)
        .filter(status=Flag.Status.OPEN, patient__born_on__lte=born_by)
        .select_related("patient", "pharmacy")
        .order_by("-rank", "id")[:3]
    )
    for flag, deed in zip(flags, (_care_for, _feed, _try_to_reach), strict=False):
        deed(flag, lots, alice)


def _care_for(flag, lots, by):
    """A blood pressure, a vaccine, a goal, and how to reach the patient."""
    about = {"patient": flag.patient, "pharmacy": flag.pharmacy, "by": by}
    numbers = {}
    for n, (upper, lower) in enumerate(READINGS, start=1):
        numbers |= {f"systolic_{n}": upper, f"diastolic_{n}": lower} | ({f"minutes_{n}": "2"} if n > 1 else {})
    _visit("bp_check", PRESSURE | numbers, **about)
    _visit("vaccination", SHOT | {"lot_ref": str(lots[0].public_id)}, **about)
    until = today_at(flag.pharmacy) + timedelta(days=90)
    plan.set_goal(kind="blood_pressure", words="Below 130 at home", systolic=130, diastolic=80, due_on=until, **about)
    everyday.record_fact(kind="interpreter", details={"language": "Spanish", "interpreter_id": "4711"}, **about)
    everyday.record_fact(kind="best_time", details={"times": ["morning"], "words": "not on Tuesdays"}, **about)
    everyday.record_fact(kind="allergy", details={"substance": "Penicillin", "severity": "severe"}, **about)
    care.record_consent(kind="voicemail", is_given=False, since=today_at(flag.pharmacy), **about)


def _feed(flag, lots, by):
    about = {"patient": flag.patient, "pharmacy": flag.pharmacy, "by": by}
    again = today_at(flag.pharmacy) + timedelta(days=28)
    _visit("nutrition_counselling", FOOD | {"follow_up_on": again.isoformat()}, **about)


def _try_to_reach(flag, lots, by):
    outreach.log_try(flag=flag, channel="phone", outcome="no_answer", anyway=True, note="Rang ten times", by=by)


def _visit(protocol, answers, *, by, **about):
    """From start to claim."""
    visit = care.start(protocol=protocol, by=by, **about)
    visit = care.save(encounter=visit, answers=visit.answers | answers, revision=visit.revision, by=by)
    care.complete(encounter=visit, by=by)
