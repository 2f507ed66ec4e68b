"""Scoring: a payer's members, or those that a delivery touched, as of a day; and putting a model in force."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from django.db.models import F

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.audit.actions import audited
from patients.measures import definitions
from patients.measures.kinds.pdc import Pdc
from patients.measures.models import MeasureResult, PatientCondition
from patients.measures.turns import take_turn
from patients.models import Member

from . import points, raf, read
from .calibration.calibrate import Calibrated
from .models import RafScore, RiskModel, RiskScore

BATCH = 1_000
"""Members at a time: what bounds memory, whatever the payer's size."""
SAID = ("version", "points", "chance_ppm", "tier", "unknown", "lines", "inputs", "limits", "model", "evidence")
RAF_SAID = (
    "as_of",
    "version",
    "is_projected",
    "blended_milli",
    "rx_milli",
    "not_computed",
    "inputs",
    "answer",
)


class CannotPromote(Exception):
    """The model is worse than the champion; the text says by which rules."""


@audited
def evaluate(*, payer, as_of: date, patient_ids: Sequence[int] | None = None, by=None) -> int:
    """Scores everybody, or those asked for, as of a day; returns how many risk scores are new or changed.

    Measures and conditions are taken as they were judged for the same day (measures.evaluate comes first). A score that says
    the same as the one that stands is not written again.
    """
    take_turn(payer_id=payer.pk, work="risk")
    common, limits = read.known(payer=payer, as_of=as_of), points.limits_on(as_of)
    model = model_in_force(payer=payer, day=as_of)
    people = changed = 0
    for batch in _batches(payer, patient_ids):
        rafs = _score_rafs(payer, batch, as_of, common)
        found = read.read(
            payer=payer,
            patient_ids=batch,
            as_of=as_of,
            common=common,
            rafs=rafs,
            found_conditions=_conditions(payer, batch),
            adherence=adherence(payer, batch, as_of),
        )
        people += len(batch)
        changed += _write(payer, as_of, found, limits, model)
    detail = {"as_of": as_of.isoformat(), "people": people}
    audit.record(event="risk.scored", by=by, target=payer, count=changed, detail=detail)
    return changed


@audited
def keep_model(*, payer, found: Calibrated, as_of: date, by=None) -> RiskModel:
    """Keeps a challenger as the payer's next version; it decides nothing yet."""
    take_turn(payer_id=payer.pk, work="risk_model")
    number = RiskModel.objects.filter(payer=payer).count() + 1
    model = RiskModel.objects.create(
        payer=payer,
        version=f"logistic.{number}",
        coefficients=found.coefficients,
        inputs_version=points.VERSION,
        outcome=found.outcome,
        report=found.report,
        report_text=found.text,
        as_of=as_of,
    )
    audit.record(event="risk.model_fitted", by=by, target=model, detail={"as_of": as_of.isoformat()})
    return model


@audited
def put_in_force(*, model: RiskModel, since: date, by=None) -> RiskModel:
    """From a day on, tiers follow this model's chance. Raises CannotPromote for one that its own report says is worse."""
    if why_not := model.report.get("why_not"):
        raise CannotPromote(" ".join(why_not))
    model.since = since
    model.save(update_fields=["since"])
    audit.record(event="risk.model_in_force", by=by, target=model, detail={"since": since.isoformat()})
    return model


def model_in_force(*, payer, day: date) -> RiskModel | None:
    """The newest model that is in force on a day; None: points decide."""
    return RiskModel.objects.filter(payer=payer, since__lte=day).order_by("-since", "-pk").first()


def _batches(payer, patient_ids) -> Iterator[list[int]]:
    """Ids of the payer's members who are nobody else's former record, in order."""
    people = Member.objects.filter(payer=payer, merged_into=None).order_by("patient_id")
    if patient_ids is not None:
        people = people.filter(patient__in=sorted(set(patient_ids)))
    last = 0
    while batch := list(people.filter(patient_id__gt=last).values_list("patient_id", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]


def _score_rafs(payer, batch: list[int], as_of: date, common: read.Known) -> dict[int, int | None]:
    """Writes the factors of both payment years; returns patient -> what points may know of the one that is being paid."""
    standing = RafScore.objects.filter(payer=payer, patient__in=batch)
    known = {raf.key(row): row for row in standing}
    rows = list(raf.rows(payer=payer, patient_ids=batch, as_of=as_of, known=known))
    years, told = {one.year for one in raf.years_of(as_of)}, {raf.key(row) for row in rows}
    gone = [row.pk for one, row in known.items() if one not in told and row.payment_year in years]
    RafScore.objects.filter(pk__in=gone).delete()
    RafScore.objects.bulk_create(
        [row for row in rows if row.pk is None],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["payer", "patient", "payment_year", "sensitivity"],
        update_fields=RAF_SAID,
    )
    return raf.shared(rows, payment_year=as_of.year) if common.has_medical else {}


def _conditions(payer, batch: list[int]) -> dict[int, dict[str, list]]:
    found: dict[int, dict[str, list]] = {}
    rows = PatientCondition.objects.filter(payer=payer, patient__in=batch, sensitivity=0)
    for patient_id, code, evidence in rows.values_list("patient_id", "condition", "evidence"):
        found.setdefault(patient_id, {})[code] = evidence
    return found


def adherence(payer, batch: list[int], as_of: date) -> dict[int, read.Adherence]:
    """By the results that count as of that day. Unknown only where every class that was filled cannot be computed."""
    codes = [code for code, measure in definitions.every().items() if isinstance(measure.kind, Pdc)]
    results = MeasureResult.objects.filter(
        payer=payer, patient__in=batch, measure__in=codes, as_of=as_of, year=as_of.year
    )
    low: dict[int, list[str]] = {}
    computed: dict[int, bool] = {}
    asked = results.annotate(goal=F("threshold_bp")).order_by("patient_id", "measure")
    columns = ("patient_id", "measure", "denominator", "not_computed", "covered_days", "period_days", "goal")
    for patient_id, measure, counts, not_computed, covered, period, goal in asked.values_list(*columns):
        computed[patient_id] = computed.get(patient_id, False) or not not_computed
        if counts and not not_computed and covered is not None and covered * 10_000 < goal * period:
            low.setdefault(patient_id, []).append(measure)
    return {one: read.Adherence(tuple(low.get(one, ())), not computed[one]) for one in computed}


def _write(payer, as_of: date, found: Mapping[int, read.Found], limits, model: RiskModel | None) -> int:
    coefficients = model.coefficients if model else {}
    version = model.version if model else points.VERSION
    standing = RiskScore.objects.filter(payer=payer, patient__in=list(found), since__lte=as_of)
    known = {row.patient_id: row for row in standing.order_by("patient_id", "-since").distinct("patient_id")}
    rows = []
    for patient_id, one in found.items():
        result = points.score(one.inputs, limits, coefficients)
        row = RiskScore(
            payer=payer,
            patient_id=patient_id,
            since=as_of,
            version=version,
            points=result.points,
            chance_ppm=result.chance_ppm,
            tier=result.tier,
            unknown=result.unknown,
            lines=points.stored(result),
            inputs=vars(one.inputs),
            limits=limits,
            model=coefficients,
            evidence=one.evidence,
        )
        before = known.get(patient_id)
        if before is None or any(getattr(before, name) != getattr(row, name) for name in SAID):
            rows.append(row)
    RiskScore.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["payer", "patient", "since"],
        update_fields=SAID,
    )
    return len(rows)
