"""Measures at the pharmacy level: to which pharmacy each member counts, and what that makes of each pharmacy's rate.

A member's result is one and the same; only the pharmacy is added (kinds/pdc_pharmacy.py). Rates are counted after each run over
all of a payer's members, apart from it: a pharmacy's page then costs a few rows, and it learns numbers, not members.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import reduce
from operator import or_

from django.db import connection

from carecoord.kernel.audit import actions as audit
from carecoord.kernel.audit.actions import audited

from . import definitions, results_sql, shards
from .kinds import pdc_pharmacy, sources, text
from .kinds.pdc import Pdc
from .kinds.pdc_pharmacy import CountsTo
from .measure import Measure, Scope
from .models import MeasureResult, PharmacyRate, Run
from .turns import take_turn


def measures() -> list[Measure]:
    """Those that have a pharmacy level, by code."""
    every = map(definitions.find, definitions.of_kind(Pdc))
    return [measure for measure in every if measure.kind.pharmacy_share_bp]


def counts_to(*, payer_id: int, year: int, as_of: date) -> Iterator[tuple[str, CountsTo]]:
    """(measure, CountsTo) of all of a payer's members, by the claims known now of the days up to `as_of`, range by range."""
    for first_id, last_id in shards.cut(payer_id=payer_id):
        yield from _of_range(Scope(payer_id, year, as_of, None, (first_id, last_id)))


@audited
def count_rates(*, run: Run, by=None) -> int:
    """Makes the payer's PharmacyRate rows of the run's year those of this run; returns how many there are.

    Does nothing when there are rates of that year as of a later day. Done again, it changes nothing.
    """
    take_turn(payer_id=run.payer_id, work="rates")
    known = PharmacyRate.objects.filter(payer=run.payer_id, year=run.year)
    if known.filter(as_of__gt=run.as_of).exists():
        audit.record(event="rates.kept", by=by, target=run, count=0)
        return 0
    asked = {"payer_id": run.payer_id, "year": run.year, "as_of": run.as_of}
    rates = _rates(**asked)
    known.delete()
    PharmacyRate.objects.bulk_create(
        PharmacyRate(measure=code, pharmacy_id=pharmacy_id, denominator=members, numerator=met, **asked)
        for (code, pharmacy_id), (members, met) in sorted(rates.items())
    )
    detail = {"year": run.year, "as_of": run.as_of.isoformat()}
    audit.record(event="rates.counted", by=by, target=run, count=len(rates), detail=detail)
    return len(rates)


def _rates(*, payer_id: int, year: int, as_of: date) -> dict[tuple[str, int], tuple[int, int]]:
    """(measure, pharmacy id) -> (members in the denominator, in the numerator), of pharmacies in the directory."""
    members, met = Counter(), Counter()
    for first_id, last_id in shards.cut(payer_id=payer_id):
        scope = Scope(payer_id, year, as_of, None, (first_id, last_id))
        results = _numerators(scope)
        for code, one in _of_range(scope):
            numerator = results.get((code, one.patient_id))
            if one.pharmacy_id is not None and numerator is not None:
                members[code, one.pharmacy_id] += 1
                met[code, one.pharmacy_id] += numerator
    return {place: (number, met[place]) for place, number in members.items()}


def _numerators(scope: Scope) -> dict[tuple[str, int], bool]:
    """(measure, patient id) -> whether they meet it, of those in the denominator."""
    first_id, last_id = scope.patient_range
    found = MeasureResult.objects.filter(
        payer=scope.payer_id, year=scope.year, as_of=scope.as_of, denominator=True,
        patient__gte=first_id, patient__lte=last_id, measure__in=[measure.code for measure in measures()],
    )  # fmt: skip
    return {(code, patient_id): met for code, patient_id, met in found.values_list("measure", "patient", "numerator")}


def _of_range(scope: Scope) -> list[tuple[str, CountsTo]]:
    asked = reduce(or_, (text.reads(measure, scope.year) for measure in measures()), sources.Reads())
    with connection.cursor() as cursor:
        results_sql.plan_for(cursor, are_many=True)
        with sources.prepared(cursor, asked, scope, are_many=True):
            found = [
                (measure.code, one)
                for measure in measures()
                for one in pdc_pharmacy.rows(cursor, measure, scope, is_prepared=True)
            ]
        results_sql.leave_planning(cursor)
    return found
