"""What claims tell of a member, in a line each: fills, diagnoses, cover. Rows go in as the owner (tests/conftest.py)."""

from datetime import date
from itertools import count

from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, Product
from carecoord.kernel.periods import day_number
from patients.claims.models import Diagnosis, Fill
from patients.models import Coverage, Member, Patient

NDC = {"lisinopril": "00000000101", "atorvastatin": "00000000202", "metformin": "00000000303", "insulin": "00000000404"}
SETS = {
    "lisinopril": "ras_antagonists",
    "atorvastatin": "statins",
    "metformin": "diabetes_non_insulin",
    "insulin": "insulins",
}
_events = count(5_000_000)


def drugs():
    """A drug reference that knows one package of each drug in NDC."""
    for name, ndc in NDC.items():
        ingredient = Ingredient.objects.create(name=name)
        product = Product.objects.create(ndc11=ndc, name=name.title(), ingredients=[name], source="test", version="1")
        DrugSetMember.objects.create(
            set_code=SETS[name], product=product, ndc11=ndc, ingredient_name=name, ingredient=ingredient
        )


def fill(
    side, day, days_supply=30, drug="lisinopril", *, pharmacy="own", ref="", channel="retail", by="", patient=None
):
    """One fill of the side's patient, at the side's own pharmacy unless another one, or a feed's `ref`, is named."""
    pharmacy = side.pharmacy if pharmacy == "own" else pharmacy
    return Fill.objects.create(
        payer=side.payer,
        patient=patient or side.patient,
        event_id=next(_events),
        day=day_number(date.fromisoformat(day)),
        days_supply=days_supply,
        ndc=NDC[drug],
        pharmacy=pharmacy,
        pharmacy_ref=ref or (pharmacy.npi if pharmacy else ""),
        channel=channel,
        prescriber_ref=by,
    )


def diagnosis(side, day, code="I10", setting="carrier", *, patient=None):
    return Diagnosis.objects.create(
        payer=side.payer,
        patient=patient or side.patient,
        event_id=next(_events),
        day=day_number(date.fromisoformat(day)),
        code=code,
        setting=setting,
    )


def member(side, member_id, *, client="own", line="medicare", since="2020-01-01", until=None, **person):
    """Another patient of the side's payer, covered unless `since` is None."""
    patient = Patient.objects.create(payer=side.payer, **{"born_on": date(1950, 5, 5), "last_name": member_id} | person)
    Member.objects.create(payer=side.payer, patient=patient, member_id=member_id)
    if since:
        Coverage.objects.create(
            payer=side.payer,
            patient=patient,
            client=side.client if client == "own" else client,
            line_of_business=line,
            starts_on=date.fromisoformat(since),
            ends_on=until and date.fromisoformat(until),
        )
    return patient


def hypertensive(side, *, patient=None):
    """Two visits with the code, on two days: what the CCW rule asks for."""
    diagnosis(side, "2026-03-01", patient=patient)
    diagnosis(side, "2026-06-01", patient=patient)
