"""What kinds that begin with a fill share: the treatment period (period.sql), its parameters, and how a text is put together."""

from functools import cache
from pathlib import Path
from typing import Any

from carecoord.kernel.periods import day_number, year_of_days
from patients.models import Coverage

from ..code_lists import in_sql
from ..measure import Measure, Scope
from . import exclusions

OPEN_DAY = 2_000_000  # a day that never comes, for spans without an end


def text(file: str, measure: Measure, scope: Scope, *, drug_sets: tuple[str, ...]) -> str:
    """The SELECT of a kind from its SQL file, for the patients of the scope; `drug_sets` begin the treatment period."""
    people = _people(scope)
    return _template(file).format(
        period=_template("period.sql").format(drug_sets=in_sql(drug_sets), **people),
        exclusions=exclusions.selects(measure.exclude, people),
        exclusion_codes=exclusions.names(measure.exclude),
        **people,
    )


def parameters(measure: Measure, scope: Scope) -> dict[str, Any]:
    """The values that period.sql and the exclusions ask for."""
    first_day, last_day = year_of_days(scope.year)
    as_of_day = day_number(scope.as_of)
    people = {} if scope.patient_ids is None else {"patient_ids": list(scope.patient_ids)}
    return people | {
        "payer_id": scope.payer_id,
        "first_day": first_day,
        "last_day": last_day,
        "as_of_day": as_of_day,
        "known_day": min(last_day, as_of_day),
        "open_day": OPEN_DAY,
        "plan_without_drugs": Coverage.WITHOUT_DRUGS,
        "born_by": measure.ages.born_by(scope.year),
        "born_after": measure.ages.born_after(scope.year),
        "enrolment_gap_days": measure.rules(scope.year).enrolment_gap_days,
    }


@cache
def _template(file: str) -> str:
    return Path(__file__).with_name(file).read_text(encoding="utf-8")


def _people(scope: Scope) -> dict[str, str]:
    """The condition on the patients of every table, by alias; empty for all patients of the payer."""
    condition = "" if scope.patient_ids is None else "AND {alias}.patient_id = ANY(%(patient_ids)s)"
    return {f"people_{alias}": condition.format(alias=alias) for alias in "fcsdv"}
