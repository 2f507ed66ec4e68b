"""What a pharmacist sees of a patient: cover, consent, medicines by class, conditions with their claims, measurements."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q

from carecoord.kernel.drugs import sets
from carecoord.kernel.drugs.models import DrugSetMember, Product
from carecoord.kernel.periods import date_of, day_number
from patients.claims import substance_use
from patients.claims.models import DoseGiven, Fill, Immunization, Observation, Reading
from patients.measures import definitions as measures
from patients.measures import queries as results
from patients.measures.conditions import definitions as conditions
from patients.measures.conditions.details import WORDS
from patients.measures.kinds.pdc import Pdc
from patients.measures.models import MeasureResult, PatientCondition
from patients.measures.reasons import why_not
from patients.models import Consent, Coverage, PatientAccess

from . import vaccines
from .blood_pressure import DIASTOLIC, SYSTOLIC
from .protocol import ChartFacts

BLOOD_PRESSURE = {SYSTOLIC: "Systolic", DIASTOLIC: "Diastolic"}
A1C = {"4548-4": "A1c", "17856-6": "A1c"}
"""LOINC numbers, with our own short labels."""
RECENT_STAY_DAYS = 60
SETTINGS = {
    "inpatient": "a hospital claim",
    "snf": "a nursing facility claim",
    "hha": "a home health claim",
    "outpatient": "an outpatient claim",
    "carrier": "a claim of a doctor's office",
    "dme": "an equipment claim",
    "hospice": "a hospice claim",
}


@dataclass(frozen=True, kw_only=True)
class MedicineClass:
    """One therapeutic class of one payer's member, with the evidence behind its number (see measures.queries.explain).

    `why_not` is the sentence for a result that does not count, or ''. `percent` is cut off, never rounded up; None when not computed.
    """

    result: MeasureResult
    title: str
    why_not: str
    percent: int | None
    threshold_percent: int
    last_day: date | None
    supply_ends_on: date | None
    explained: dict[str, Any] = field(repr=False)

    @property
    def is_secured(self):
        """Whether the goal is reached even if nothing more is filled in the treatment period."""
        ends = date.fromisoformat(self.explained["result"]["period_end_day"])
        return not self.why_not and self.last_day is not None and self.last_day > ends

    @property
    def medicines(self):
        """Names on the label, newest fill first, each once."""
        return tuple(dict.fromkeys(fill["product"] for fill in reversed(self.explained["fills"])))

    @property
    def last_fill_on(self):
        days = [date.fromisoformat(fill["day"]) for fill in self.explained["fills"]]
        return max(days, default=None)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One claim that proves a condition."""

    on: date
    code: str
    setting: str
    is_diagnosis: bool = True

    @property
    def words(self):
        """'diagnosis E11.65 on an outpatient claim'; what is no diagnosis says so."""
        if self.setting == "coverage":
            return "entitled to Medicare by ESRD"
        if self.setting == "pharmacy":
            return f"filled {self.code}"
        kind = "diagnosis" if self.is_diagnosis else "code"
        code = f"{self.code[:3]}.{self.code[3:]}" if self.is_diagnosis and len(self.code) > 3 else self.code
        return f"{kind} {code} on {SETTINGS.get(self.setting, 'a claim')}"


@dataclass(frozen=True, kw_only=True)
class Condition:
    title: str
    since: date
    last_seen_on: date
    proofs: tuple[Proof, ...]


def medicine_classes(who, *, patient):
    """A MedicineClass for every measure of every payer with a result for this patient, by measure."""
    found = []
    for result in results.newest_results(patient_id=patient.pk, who=who, measures=measures.of_kind(Pdc)):
        explained = results.explain(
            payer=result.payer, patient_id=patient.pk, measure=result.measure, as_of=result.as_of, year=result.year
        )
        if explained["result"] is not None:
            found.append(_class_of(result, explained))
    return tuple(found)


def medicine_class(who, *, patient, measure, payer_id):
    """The MedicineClass of one measure, or None."""
    for result in results.newest_results(patient_id=patient.pk, who=who, measures=measures.of_kind(Pdc)):
        if (result.measure, result.payer_id) == (measure, payer_id):
            explained = results.explain(
                payer=result.payer, patient_id=patient.pk, measure=measure, as_of=result.as_of, year=result.year
            )
            return _class_of(result, explained) if explained["result"] is not None else None
    return None


def _class_of(result, explained):
    known = result.covered_days is not None and result.period_days
    return MedicineClass(
        result=result,
        title=measures.find(result.measure).title,
        why_not=why_not(result),
        percent=result.covered_days * 100 // result.period_days if known else None,
        threshold_percent=result.threshold_bp // 100,
        last_day=date_of(result.last_day),
        supply_ends_on=date_of(result.supply_ends_day),
        explained=explained,
    )


def talking_points(medicine, *, today):
    """What to say, from what claims show: sentences for the person at the telephone."""
    said = []
    names = " and ".join(medicine.medicines[:2]) or "your medicine"
    ends = medicine.supply_ends_on
    if ends and ends < today:
        said.append(
            f"By our records your {names} ran out on {ends:%-d %b}. Do you have any left? Shall we have it ready?"
        )
    elif ends:
        said.append(f"Your {names} lasts until {ends:%-d %b}. Shall we have the next fill ready before that?")
    for stay in medicine.explained["stays"]:
        home = date.fromisoformat(stay["discharged_on"])
        if today - timedelta(days=RECENT_STAY_DAYS) <= home <= today:
            said.append(f"You came home on {home:%-d %b}. Has anybody changed your medicines since?")
    said.append("What makes it hard to take it every day: the cost, how you feel on it, remembering it, getting here?")
    said.append("We can bring it to you, or fill all your medicines on one day.")
    return tuple(said)


def chart_facts(who, *, patient, payer_id, flag, today):
    """ChartFacts for filling a form in: from the class that the flag is about, else the newest fill of any class that everybody may
    see: a visit has no label, and technicians and the payer's people read it, too."""
    medicine = flag and flag.measure and medicine_class(who, patient=patient, measure=flag.measure, payer_id=payer_id)
    coverage = current_coverage(who, patient=patient, today=today, payer_id=payer_id)
    newest = None if medicine else _newest_fill(who, patient, payer_id, today)
    return ChartFacts(
        today=today,
        person=getattr(who, "name", ""),
        line_of_business=coverage.line_of_business if coverage else "",
        medicines=_recent(medicine) if medicine else tuple(filter(None, [newest and newest[0]])),
        last_fill_on=medicine.last_fill_on if medicine else newest and newest[1],
        supply_ends_on=medicine.supply_ends_on if medicine else newest and newest[2],
    )


def _recent(medicine):
    """The product of the newest fill day: what the patient takes now."""
    newest = medicine.last_fill_on.isoformat()
    return tuple(dict.fromkeys(fill["product"] for fill in medicine.explained["fills"] if fill["day"] == newest))


def _newest_fill(who, patient, payer_id, today):
    """(product or '', day, last day of its own supply or None) of the newest fill of a measured class, no vaccine, or None."""
    measured = DrugSetMember.objects.exclude(set_code__in=sets.vaccines()).values("ndc11")
    fills = Fill.objects.visible_to(who).filter(
        payer_id=payer_id, patient=patient, day__lte=day_number(today), ndc__in=measured
    )
    fill = substance_use.fills_for_everybody(fills).order_by("-day", "-event_id").first()
    if fill is None:
        return None
    product = Product.objects.filter(ndc11=fill.ndc).first()
    on = date_of(fill.day)
    ends = on + timedelta(days=fill.days_supply - 1) if fill.days_supply else None
    return (product.written if product else "", on, ends)


def current_coverage(who, *, patient, today, payer_id=None):
    """The span in force today, else the newest; with its payer and client. None without any."""
    spans = Coverage.objects.visible_to(who).filter(patient=patient).select_related("payer", "client")
    if payer_id:
        spans = spans.filter(payer_id=payer_id)
    in_force = spans.filter(Q(ends_on=None) | Q(ends_on__gte=today), starts_on__lte=today)
    return in_force.order_by("-starts_on", "-id").first() or spans.order_by("-starts_on", "-id").first()


def access_of(who, *, patient, today):
    """Why the pharmacy sees this patient today: the oldest open PatientAccess."""
    rows = PatientAccess.objects.visible_to(who).filter(Q(until=None) | Q(until__gte=today), patient=patient)
    return rows.order_by("since", "id").first()


def consents(who, *, patient):
    """The newest answer of each kind, as Consent rows."""
    rows = Consent.objects.visible_to(who).filter(patient__in=patient.records, until=None).select_related("recorded_by")
    return tuple(rows.order_by("kind", "-since", "-id").distinct("kind"))


def conditions_of(who, *, patient):
    """Conditions found in claims, each with the claims that prove it; the same one told by two payers stands twice."""
    rows = PatientCondition.objects.visible_to(who).filter(patient=patient).order_by("condition", "payer_id")
    return tuple(map(_condition, rows))


def _condition(row):
    known = conditions.every().get(row.condition)
    title, detail = known.title if known else row.condition, WORDS.get(row.detail, "")
    diagnoses = {code.code for code in known.codes if code.system == "icd10cm"} if known else set()
    return Condition(
        title=f"{title}, {detail}" if detail else title,
        since=date_of(row.first_met_day),
        last_seen_on=date_of(row.last_seen_day),
        proofs=tuple(
            Proof(
                on=date_of(claim["day"]),
                code=claim["code"],
                setting=claim["setting"],
                is_diagnosis=claim["code"] in diagnoses,
            )
            for claim in row.evidence
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value of a day. `is_ours`: measured at this pharmacy, where others come with the payers' files."""

    on: date
    value: Decimal
    is_ours: bool = False


def measurements(who, *, patient, codes):
    """label -> Values in order of days, for LOINC `codes`; the last one of a day, and what the pharmacy's own visits came to.

    What is no number is left out.
    """
    rows = Observation.objects.visible_to(who).filter(patient=patient, code__in=codes).order_by("day", "event_id")
    found = {}
    for row in rows:
        value = _decimal(row.result)
        if value is not None:
            found.setdefault(codes[row.code], {})[date_of(row.day), False] = value
    ours = Reading.objects.visible_to(who).filter(patient__in=patient.records, code__in=codes, number=0)
    for row in ours.order_by("measured_on", "id"):
        found.setdefault(codes[row.code], {})[row.measured_on, True] = row.value
    return {
        label: tuple(Value(on=on, value=value, is_ours=is_ours) for (on, is_ours), value in sorted(points.items()))
        for label, points in found.items()
    }


def immunizations(who, *, patient, limit=20):
    """(day, label, lot, whether it was given here), newest first: as feeds tell them, as pharmacies billed them, and as this one
    gave them."""
    known = vaccines.every()
    told = Immunization.objects.visible_to(who).filter(patient=patient).order_by("-day", "-event_id")[:limit]
    found = [
        (
            date_of(row.day),
            known[row.code].label if row.code in known else f"{row.code_type.upper()} {row.code}",
            row.lot,
            False,
        )
        for row in told
    ]
    given = DoseGiven.objects.visible_to(who).filter(patient__in=patient.records).order_by("-given_on", "-id")[:limit]
    found += [(row.given_on, known[row.cvx].label if row.cvx in known else row.product, row.lot, True) for row in given]
    found += _vaccines_filled(who, patient, limit)
    return tuple(sorted(found, key=lambda each: each[0], reverse=True)[:limit])


def _vaccines_filled(who, patient, limit):
    packages = DrugSetMember.objects.filter(set_code__in=sets.vaccines()).values("ndc11")
    fills = list(
        Fill.objects.visible_to(who).filter(patient=patient, ndc__in=packages).order_by("-day", "-event_id")[:limit]
    )
    products = {one.ndc11: one for one in Product.objects.filter(ndc11__in={fill.ndc for fill in fills})}
    return [(date_of(fill.day), products[fill.ndc].written, "", False) for fill in fills]


def _decimal(text):
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10_000 else None
