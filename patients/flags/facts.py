"""What the pass needs to know, read set-based: results of enrolled members, at the pharmacy where they are enrolled."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import Max, Q

from carecoord.kernel.periods import date_of
from patients.claims.models import ServiceGiven
from patients.measures import definitions
from patients.measures.kinds.pdc import Pdc
from patients.measures.measure import Measure
from patients.measures.models import MeasureResult, PatientCondition
from patients.models import Coverage, DeathReport, Patient, all_records, records_now
from patients.programs import queries as programs
from patients.programs.facts import refusals

from . import happened
from .case import Adherence, Case, FirstFill, Gap, Limits, Whole

ONE_FILL = "one_fill"


def cases(*, payer, as_of: date, places: Mapping[int, Mapping[int, int]], limits: Limits) -> list[Case]:
    """For each person and pharmacy of `places` (see `enrolled`): a case a measure whose denominator they are in, and one a
    kind of event."""
    about: dict[int, list] = defaultdict(list)
    for patient_id, kind, given in (
        *_results(payer, as_of, places),
        *happened.events(payer, as_of, places, limits),
    ):
        about[patient_id].append((kind, given))
    people = set(about)
    records = all_records(people, payer=payer)
    died = _reported_dead(payer, records) | dict(
        Patient.objects.filter(pk__in=people).exclude(died_on=None).values_list("pk", "died_on")
    )
    hospice, declined = _in_hospice(payer, as_of, people), refusals(payer, as_of, records)
    contacts = _contacts(payer, records)
    conditions, own = _conditions(payer, people), _limits_of_programs(as_of)
    wholes = {one: Whole(conditions=conditions.get(one, {})) for one in people}
    found = [
        kind(
            payer_id=payer.pk,
            patient_id=patient_id,
            pharmacy_id=pharmacy_id,
            program_id=program_id,
            year=as_of.year,
            as_of=as_of,
            limits=own[program_id],
            died_on=died.get(patient_id),
            in_hospice=patient_id in hospice,
            has_declined=patient_id in declined,
            contacts=contacts.get(patient_id, {}),
            whole=wholes[patient_id],
            **given,
        )
        for patient_id in sorted(about)
        for kind, given in about[patient_id]
        for pharmacy_id, program_id in sorted(places[patient_id].items())
    ]
    for case in found:
        wholes[case.patient_id].cases.append(case)
    return found


Found = tuple[int, type[Case], dict[str, Any]]
"""A patient, the kind of case, and what belongs to that kind alone."""


def _results(payer, as_of: date, enrolled) -> Iterator[Found]:
    """By patient and measure; only results that count, and those of a class that was filled once."""
    known, pdc = definitions.every(), definitions.of_kind(Pdc)
    once = Q(measure__in=pdc, not_in_denominator=ONE_FILL, exclusion="", not_computed="")
    rows = MeasureResult.objects.filter(Q(denominator=True) | once, payer=payer, year=as_of.year, as_of=as_of)
    for row in rows.filter(patient__in=list(enrolled)).order_by("patient_id", "measure"):
        if measure := known.get(row.measure):
            given = {
                "measure": row.measure,
                "measure_title": measure.title,
                "version": row.version,
                "is_about_substance_use": measure.is_about_substance_use,
            }
            if not row.denominator:
                yield row.patient_id, FirstFill, given | _first_fill(row)
            elif isinstance(measure.kind, Pdc):
                yield row.patient_id, Adherence, given | {"in_denominator": True} | _adherence(row)
            else:
                yield row.patient_id, Gap, given | {"in_denominator": True} | _gap(row, measure)


def _first_fill(result: MeasureResult) -> dict[str, Any]:
    return {
        "index_on": date_of(result.index_day),
        "period_ends_on": date_of(result.period_end_day),
        "supply_ends_on": date_of(result.supply_ends_day),
        "fills": result.fills,
    }


def _adherence(result: MeasureResult) -> dict[str, Any]:
    return {
        "covered_days": result.covered_days,
        "period_days": result.period_days,
        "threshold_bp": result.threshold_bp,
        "days_left": result.days_left,
        "last_day": date_of(result.last_day),
        "index_on": date_of(result.index_day),
        "period_ends_on": date_of(result.period_end_day),
        "supply_ends_on": date_of(result.supply_ends_day),
        "fills": result.fills,
    }


def _gap(result: MeasureResult, measure: Measure) -> dict[str, Any]:
    return {
        "is_met": not measure.is_open(result),
        "short": measure.short,
        "value": measure.value_words(result),
        "closes": measure.closes_words(result),
        "is_inverse": measure.lower_is_better,
        "unit": measure.unit,
        "value_milli": result.value_milli,
        "second_milli": result.second_milli,
        "limit_milli": result.limit_milli,
        "value_on": date_of(result.value_day),
        "last_day": date_of(result.last_day),
        "index_on": date_of(result.index_day),
        "period_ends_on": date_of(result.period_end_day),
        "fills": result.fills,
    }


def enrolled(payer, patient_ids=None) -> dict[int, dict[int, int]]:
    """person -> {pharmacy: the first programme that enrolled them there}. Until a programme decides anew about ids that were
    united, it goes by the enrolment of the record that holds the person, else by that of a former one that began last: one
    pharmacy is asked. Of ids that were parted it goes by what held before."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    rows, now = programs.standing(payer=payer).order_by("program_id", "pk"), records_now(payer=payer)
    if patient_ids is not None:
        rows = rows.filter(patient__in=patient_ids)
    stands: dict[tuple[int, int], tuple] = {}
    for record, pharmacy_id, program_id, days in rows.values_list("patient_id", "pharmacy_id", "program_id", "days"):
        key, place = (now.get(record, record), program_id), (record not in now, days.lower, record)
        if key not in stands or stands[key][0] < place:
            stands[key] = (place, pharmacy_id)
    for (patient_id, program_id), (_, pharmacy_id) in stands.items():
        found[patient_id].setdefault(pharmacy_id, program_id)
    return found


def _limits_of_programs(as_of: date) -> dict[int, Limits]:
    """Programme -> the parameters of its network, which may weigh things its own way."""
    networks: dict[int, Limits] = {}
    of_program = dict(programs.networks())
    return {one: networks.setdefault(network, Limits(as_of, network)) for one, network in of_program.items()}


def _conditions(payer, people: set[int]) -> dict[int, dict[str, date]]:
    """person -> {condition: when it was last seen in claims}."""
    found: dict[int, dict[str, date]] = defaultdict(dict)
    rows = PatientCondition.objects.filter(payer=payer, patient__in=people)
    for patient_id, code, day in rows.values_list("patient_id", "condition", "last_seen_day"):
        found[patient_id][code] = date_of(day)
    return found


def _reported_dead(payer, records: set[int]) -> dict[int, date]:
    """Whom a pharmacy says to be dead, confirmed or not: the day of death, else the day of the report."""
    reports = DeathReport.objects.filter(payer=payer, patient__in=records)
    reports = reports.exclude(status=DeathReport.Status.WITHDRAWN)
    now = records_now(payer=payer)
    return {now.get(one.patient_id, one.patient_id): one.died_on or one.reported_at.date() for one in reports}


def _in_hospice(payer, as_of: date, people: set[int]) -> set[int]:
    spans = Coverage.objects.filter(Q(ends_on=None) | Q(ends_on__gte=as_of), payer=payer, starts_on__lte=as_of)
    return set(spans.filter(patient__in=people, is_hospice=True).values_list("patient_id", flat=True))


def _contacts(payer, records: set[int]) -> dict[int, dict[str, date]]:
    given = ServiceGiven.objects.filter(payer=payer, patient__in=records)
    newest = given.values_list("patient_id", "protocol").order_by().annotate(Max("given_on"))
    found: dict[int, dict[str, date]] = defaultdict(dict)
    now = records_now(payer=payer)
    for record_id, protocol, given_on in newest:
        patient_id = now.get(record_id, record_id)
        found[patient_id][protocol] = max(given_on, found[patient_id].get(protocol, given_on))
    return found
