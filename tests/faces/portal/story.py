"""A patient with a history, judged by the real measures and flagged by the real rules: Pat of payer A, on 21 November 2026.

Lisinopril since January with an early refill, a hospital stay, and a gap since August; atorvastatin filled on time. Everything
is written as the owner, then evaluated as the worker.
"""

from datetime import date
from itertools import count

from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, Product
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.care.models import Encounter, Goal, Intervention, OutreachTry, PlanChange, Problem, Snooze
from patients.claims.models import Diagnosis, DoseGiven, Fill, Immunization, Observation, Reading, Stay
from patients.flags import actions as flags
from patients.flags.models import Flag
from patients.measures import actions as measures
from patients.measures.models import MeasureResult, PatientCondition
from patients.models import DeathChange, DeathReport, EverydayFact
from pharmacies.billing.models import ReceivedClaim, ServiceClaim, ServiceLine
from pharmacies.models import Fee

NOW = "2026-11-21T15:00:00+00:00"
TODAY = date(2026, 11, 21)
DRUGS = [
    ("99999000101", "Lisinopril 20 mg", "lisinopril", "ras_antagonists"),
    ("99999000202", "Atorvastatin 40 mg", "atorvastatin", "statins"),
]
LISINOPRIL = [((2026, 1, 12), 90), ((2026, 3, 30), 90), ((2026, 7, 10), 30), ((2026, 10, 6), 40)]
ATORVASTATIN = [((2026, 1, 5), 90), ((2026, 4, 3), 90), ((2026, 7, 1), 90), ((2026, 9, 28), 90)]


def tell(cast, as_owner):
    """Writes the history, evaluates it, raises flags. Returns the flags of Alice's pharmacy, most urgent first."""
    with as_owner():
        _clear(cast)
        _write(cast, count(7_000_000))
    with context.acting_as(context.worker_for(cast.a.payer.pk)):
        measures.evaluate(payer=cast.a.payer, year=2026, as_of=TODAY, cause="command")
        flags.raise_and_close(payer=cast.a.payer, as_of=TODAY)
    with as_owner():
        return list(Flag.objects.filter(pharmacy=cast.a.pharmacy, status="open").order_by("-rank"))


def _clear(cast):
    """The cast's own care would be a second story about the same patient."""
    made_here = (ServiceLine, ServiceClaim, Reading, DoseGiven, PlanChange, Intervention, Goal, Problem)
    known_here = (OutreachTry, Snooze, DeathChange, DeathReport, EverydayFact)
    ReceivedClaim.objects.filter(pharmacy=cast.a.pharmacy).delete()
    for model in (*made_here, *known_here, Encounter, Flag, MeasureResult, PatientCondition, Fill):
        model.objects.filter(payer=cast.a.payer).delete()
    cast.a.patient.first_name, cast.a.patient.last_name = "Ngozi", "Okafor"
    cast.a.patient.search_name, cast.a.patient.phone = "okafor ngozi", "512-555-0142"
    cast.a.patient.save()


def _write(cast, ids):
    mine = {"payer": cast.a.payer, "patient": cast.a.patient}
    for code, label, cents in [
        ("G0008", "Influenza vaccine given", 2700),
        ("G0009", "Pneumococcal vaccine given", 2700),
        ("G0010", "Hepatitis B vaccine given", 2000),
    ]:
        Fee.objects.create(contract=cast.contract, code=code, label=label, amount_cents=cents, since=date(2020, 1, 1))
    for ndc, name, ingredient, drugs in DRUGS:
        product = Product.objects.create(
            ndc11=ndc, name=name, ingredients=[ingredient], source="made for this test", version="1"
        )
        one, _ = Ingredient.objects.get_or_create(name=ingredient)
        DrugSetMember.objects.create(
            set_code=drugs, product=product, ndc11=ndc, ingredient_name=ingredient, ingredient=one
        )
    for ndc, fills in [(DRUGS[0][0], LISINOPRIL), (DRUGS[1][0], ATORVASTATIN)]:
        for on, days in fills:
            Fill.objects.create(
                event_id=next(ids), day=day_number(date(*on)), days_supply=days, ndc=ndc, pharmacy=cast.a.pharmacy,
                pharmacy_ref=cast.a.pharmacy.npi, **mine,
            )  # fmt: skip
    Stay.objects.create(
        event_id=next(ids), from_day=day_number(date(2026, 11, 6)), to_day=day_number(date(2026, 11, 12)),
        kind="inpatient", **mine,
    )  # fmt: skip
    for on in [(2026, 2, 3), (2026, 9, 2)]:
        Diagnosis.objects.create(event_id=next(ids), day=day_number(date(*on)), code="I10", setting="carrier", **mine)
    readings = [((2026, 2, 3), 158, 94, "8.4"), ((2026, 6, 20), 146, 88, "7.9"), ((2026, 11, 13), 134, 79, "7.2")]
    for on, upper, lower, a1c in readings:
        for code, result in [("8480-6", upper), ("8462-4", lower), ("4548-4", a1c)]:
            Observation.objects.create(
                event_id=next(ids), day=day_number(date(*on)), code_type="loinc", code=code, result=str(result),
                kind="lab_result" if code == "4548-4" else "observation", **mine,
            )  # fmt: skip
    Immunization.objects.create(
        event_id=next(ids), day=day_number(date(2025, 10, 2)), code_type="cvx", code="135", lot="U7781A", **mine
    )
