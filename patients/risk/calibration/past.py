"""People as they were known on a day in the past, and what happened to them in the days after it.

The two never meet: `known_on` reads facts up to the day (risk/read.py, measures and conditions judged as of that day) and
`happened_after` reads facts of the days after it, and nothing else does either.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from carecoord.kernel.codes import rurality
from carecoord.kernel.periods import day_number
from patients.claims.models import Service, Stay
from patients.measures import definitions
from patients.measures import queries as measures
from patients.measures.code_lists import emergency_services
from patients.measures.conditions import definitions as conditions
from patients.measures.kinds.pdc import Pdc
from patients.models import Coverage, Member, Patient

from .. import points, raf, read

BATCH = 1_000


@dataclass(frozen=True)
class Outcome:
    """A hospital stay that begins, or `emergency_visits` days with an emergency visit, in the `days` after the index day."""

    days: int
    emergency_visits: int


@dataclass(frozen=True)
class Case:
    """One person on one index day. `groups`: what errors are looked at by, such as ("age", "75-84")."""

    patient_id: int
    index_day: date
    inputs: points.Inputs
    groups: tuple[tuple[str, str], ...]
    event: int


def cases(*, payer, index_day: date, outcome: Outcome, most: int) -> Iterator[Case]:
    """Everybody covered on the index day and to the end of the outcome's days (or until death), at most `most`, spread evenly."""
    people = _cohort(payer, index_day, outcome.days, most)
    common = read.known(payer=payer, as_of=index_day)
    found = measures.conditions_found(payer_id=payer.pk, as_of=index_day, codes=list(conditions.every()))
    ids = sorted(people)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        inputs = known_on(payer=payer, patient_ids=batch, day=index_day, common=common, found=found)
        events = happened_after(payer=payer, patient_ids=batch, day=index_day, outcome=outcome)
        for one in batch:
            yield Case(one, index_day, inputs[one], people[one], int(one in events))


def known_on(*, payer, patient_ids: Sequence[int], day: date, common=None, found=None) -> dict[int, points.Inputs]:
    """The inputs of these people as of a day, judged now from facts up to it; nothing is kept."""
    common = common or read.known(payer=payer, as_of=day)
    if found is None:
        found = measures.conditions_found(payer_id=payer.pk, as_of=day, codes=list(conditions.every()))
    rows = raf.rows(payer=payer, patient_ids=patient_ids, as_of=day)
    rafs = raf.shared(rows, payment_year=day.year) if common.has_medical else {}
    judged = read.read(
        payer=payer,
        patient_ids=patient_ids,
        as_of=day,
        common=common,
        rafs=rafs,
        found_conditions={one: dict.fromkeys(found.get(one, {}), ()) for one in patient_ids},
        adherence=_adherence(payer, patient_ids, day),
    )
    return {patient_id: one.inputs for patient_id, one in judged.items()}


def _adherence(payer, patient_ids, day: date) -> dict[int, read.Adherence]:
    low, computed = defaultdict(list), defaultdict(bool)
    for code, measure in definitions.every().items():
        if isinstance(measure.kind, Pdc):
            for row in measures.judged(payer_id=payer.pk, measure=code, as_of=day, patient_ids=patient_ids):
                computed[row.patient_id] |= not row.not_computed
                if (
                    row.denominator
                    and not row.not_computed
                    and row.covered_days * 10_000 < row.threshold_bp * row.period_days
                ):
                    low[row.patient_id].append(code)
    return {one: read.Adherence(tuple(low[one]), not is_computed) for one, is_computed in computed.items()}


def happened_after(*, payer, patient_ids: Sequence[int], day: date, outcome: Outcome) -> set[int]:
    """Who had the outcome in the days after the index day, the last one included."""
    first, last = day_number(day) + 1, day_number(day) + outcome.days
    stays = Stay.objects.filter(payer=payer, patient__in=patient_ids, kind="inpatient", from_day__range=(first, last))
    answer = set(stays.values_list("patient_id", flat=True))
    visits = Service.objects.filter(payer=payer, patient__in=patient_ids, code__in=emergency_services())
    days: dict[int, set[int]] = defaultdict(set)
    for patient_id, number in visits.filter(day__range=(first, last)).values_list("patient_id", "day"):
        days[patient_id].add(number)
    return answer | {one for one, seen in days.items() if len(seen) >= outcome.emergency_visits}


def _cohort(payer, index_day: date, days: int, most: int) -> dict[int, tuple]:
    """patient -> groups."""
    last = index_day + timedelta(days=days)
    spans = Coverage.objects.filter(payer=payer)
    begun = spans.filter(Q(ends_on=None) | Q(ends_on__gte=index_day), starts_on__lte=index_day)
    dual = dict(begun.order_by("starts_on").values_list("patient_id", "dual_status"))
    still = set(
        spans.filter(Q(ends_on=None) | Q(ends_on__gte=last), starts_on__lte=last).values_list("patient_id", flat=True)
    )
    former = set(Member.objects.filter(payer=payer).exclude(merged_into=None).values_list("patient_id", flat=True))
    people = Patient.objects.filter(members__payer=payer).exclude(died_on__lte=index_day).order_by("pk")
    asked = people.values_list("pk", "born_on", "sex", "zip", "died_on")
    found = {
        pk: _groups(born_on, sex, zip_code, dual[pk], index_day)
        for pk, born_on, sex, zip_code, died_on in asked
        if pk in dual and pk not in former and (pk in still or (died_on and died_on <= last))
    }
    step = max(1, -(-len(found) // most))
    return {pk: found[pk] for place, pk in enumerate(sorted(found)) if place % step == 0}


def _groups(born_on, sex: str, zip_code: str, dual: str, day: date) -> tuple[tuple[str, str], ...]:
    groups = [("sex", sex), ("dual", "yes" if dual and dual not in {"00", "09"} else "no")]
    if born_on:
        age = day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
        tops = ((64, "under 65"), (74, "65-74"), (84, "75-84"))
        groups.append(("age", next((words for top, words in tops if age <= top), "85 and over")))
    ruca = rurality.ruca_of(zip_code) if zip_code else None
    if ruca is not None and ruca != 99:
        groups.append(("place", "rural" if ruca >= rurality.RURAL_FROM_RUCA else "urban"))
    return tuple(sorted(groups))
