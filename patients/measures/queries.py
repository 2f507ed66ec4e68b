"""Reading results, conditions and the evidence behind them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from carecoord.kernel.parameters.parameter import Parameter
from carecoord.kernel.periods import date_of, day_number
from patients.claims.models import Fill
from patients.models import Member
from pharmacies.models import Pharmacy

from . import definitions, evaluate, pharmacy_level, results_sql
from .conditions import definitions as conditions
from .conditions.find import find
from .measure import NoSuchYear
from .models import MeasureResult, PharmacyRate, Run

STALE_FEED_DAYS = Parameter(
    "measures.stale_feed_days",
    default=45,
    unit="days",
    low=7,
    high=365,
    why="Pharmacy claims reach a payer within days and are settled within weeks; after 45 days without one the feed has "
    "stopped, and days since then would be counted as missed though nobody knows.",
)


def judged_on(*, payer, today: date | None = None, decided_for: date | None = None) -> date:
    """The as-of day of automatic runs: today, or the day of the payer's newest fill when its feed has stopped.

    A historical feed (the newest fill lies more than STALE_FEED_DAYS before today) is judged as of its own last day, so
    that its members reach worklists with the numbers that were true then. Without fills: today. Where a programme was
    `decided_for` a day as long before that, it is that day: its members are looked at as they were when they fitted.
    """
    today = today or timezone.localdate()
    stale = STALE_FEED_DAYS.on(today)
    newest = Fill.objects.filter(payer=payer, day__lte=day_number(today)).aggregate(Max("day"))["day__max"]
    day = today if newest is None or (today - date_of(newest)).days <= stale else date_of(newest)
    return decided_for if decided_for and (day - decided_for).days > stale else day


def conditions_found(*, payer_id: int, as_of: date, codes: Sequence[str]) -> dict[int, dict[str, str]]:
    """patient id -> {condition code: title} of what claims show as of a day, judged now; nothing is kept."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    known = conditions.every()
    with connection.cursor() as cursor:
        results_sql.plan_for(cursor, are_many=True)
        for one in find(cursor, conditions=codes, as_of=as_of, payer_id=payer_id):
            found[one.patient_id][one.condition] = known[one.condition].title
        results_sql.leave_planning(cursor)
    return found


def private_conditions() -> frozenset[str]:
    """Codes of the conditions that are for those alone who may see substance use: no sentence for others may name them."""
    return frozenset(code for code, condition in conditions.every().items() if condition.sensitivity)


def explain(*, payer, patient_id: int, measure: str, as_of: date, year: int | None = None) -> dict[str, Any]:
    """The evidence of one member's result, day by day, ready for JSON; "result" is None without a fill of the class.

    Raises UnknownMeasure, NoSuchYear.
    """
    with connection.cursor() as cursor:
        found = evaluate.explain(
            cursor,
            measure=definitions.find(measure),
            year=year or as_of.year,
            as_of=as_of,
            payer_id=payer.pk,
            patient_id=patient_id,
        )
    ids = [place["pharmacy_id"] for place in found.get("pharmacies", ())]
    names = dict(Pharmacy.objects.filter(pk__in=filter(None, ids)).values_list("pk", "name")) if ids else {}
    for place in found.get("pharmacies", ()):
        place["name"] = names.get(place["pharmacy_id"], "")
    return found


def newest_results(*, patient_id: int, who, measures: Sequence[str]) -> list[MeasureResult]:
    """A patient's newest result in each of these measures, of each payer that `who` (a user or Scope) may see, by measure."""
    results = MeasureResult.objects.visible_to(who).filter(patient=patient_id, measure__in=measures)
    return list(results.order_by("measure", "payer_id", "-as_of", "-year").distinct("measure", "payer_id"))


def newest_of_every_measure(*, patient_id: int, who) -> QuerySet[MeasureResult]:
    """The same in every measure that there is, as a queryset with the payer."""
    newest = newest_results(patient_id=patient_id, who=who, measures=list(definitions.every()))
    found = MeasureResult.objects.visible_to(who).filter(pk__in=[row.pk for row in newest])
    return found.select_related("payer")


def without_private_lists(evidence: dict[str, Any]) -> dict[str, Any]:
    """Evidence for whoever may not see the use of substances: without the list of all medicines, whoever it is about."""
    return {name: value for name, value in evidence.items() if name != "medicines"}


def outside_the_pharmacy(evidence: dict[str, Any]) -> dict[str, Any]:
    """Evidence as payers' systems and prescribers are told it: also without what was paid in cash, which the pharmacist alone sees."""
    return {name: value for name, value in without_private_lists(evidence).items() if name != "with_cash"}


OWN_KEYS = frozenset({"payer_id", "patient_id", "pharmacy_id"})


def without_own_keys(evidence: Any) -> Any:
    """Evidence as it may leave the house: without our own numbers of payers, patients and pharmacies."""
    if isinstance(evidence, dict):
        return {name: without_own_keys(value) for name, value in evidence.items() if name not in OWN_KEYS}
    return [without_own_keys(each) for each in evidence] if isinstance(evidence, list) else evidence


def who_meets(*, payer_id: int, measure: str, as_of: date, patient_ids: Sequence[int]) -> dict[int, bool]:
    """patient id -> whether they meet the measure, of those whom it counts; judged now for the year of the day, not kept.

    Nobody for a year in which the measure has no rules.
    """
    asked = {"year": as_of.year, "as_of": as_of, "payer_id": payer_id, "patient_ids": patient_ids}
    try:
        with connection.cursor() as cursor:
            rows = evaluate.rows(cursor, measure=definitions.find(measure), **asked)
            return {row.patient_id: row.numerator for row in rows if row.denominator}
    except NoSuchYear:
        return {}


def judged(*, payer_id: int, measure: str, as_of: date, patient_ids: Sequence[int]) -> list[Any]:
    """The rows of a measure for these people, judged now for the year of the day, not kept; none where it has no rules."""
    asked = {"year": as_of.year, "as_of": as_of, "payer_id": payer_id, "patient_ids": patient_ids}
    try:
        with connection.cursor() as cursor:
            return list(evaluate.rows(cursor, measure=definitions.find(measure), **asked))
    except NoSuchYear:
        return []


def counts(*, payer, year: int, as_of: date) -> dict[str, dict[str, int]]:
    """measure -> how many results, in the denominator, in the numerator, excluded, not computed."""
    grouped = MeasureResult.objects.filter(payer=payer, year=year, as_of=as_of).values("measure").order_by("measure")
    return {
        row.pop("measure"): row
        for row in grouped.annotate(
            results=Count("pk"),
            denominator=Count("pk", filter=Q(denominator=True)),
            numerator=Count("pk", filter=Q(numerator=True)),
            excluded=Count("pk", filter=~Q(exclusion="")),
            not_computed=Count("pk", filter=~Q(not_computed="")),
        )
    }


def newest_counts(who) -> list[tuple[Run, dict[str, dict[str, int]]]]:
    """(run, measure -> counts) of the newest whole run of each payer that `who` may see, by payer. Beside the numbers of `counts`:
    `good` (in the denominator and as they should be) and `percent`, that share cut off to whole percent."""
    runs = Run.objects.visible_to(who).filter(patients=None).exclude(ended_at=None).select_related("payer")
    newest = runs.order_by("payer__name", "-as_of", "-pk").distinct("payer__name")
    found = []
    for run in newest:
        rows = counts(payer=run.payer, year=run.year, as_of=run.as_of)
        for code, row in rows.items():
            is_worse = code in definitions.every() and definitions.find(code).lower_is_better
            row["good"] = row["denominator"] - row["numerator"] if is_worse else row["numerator"]
            row["percent"] = 100 * row["good"] // row["denominator"] if row["denominator"] else None
        found.append((run, rows))
    return found


def rates_of_pharmacy(who, *, pharmacy_id: int) -> list[PharmacyRate]:
    """A pharmacy's own rates of the newest year that each payer has any of, by payer and measure, for those who may see them."""
    mine = PharmacyRate.objects.visible_to(who).filter(pharmacy=pharmacy_id)
    newest = mine.filter(payer=OuterRef("payer")).order_by("-year").values("year")[:1]
    return list(mine.filter(year=Subquery(newest)).select_related("payer").order_by("payer__name", "measure"))


def rates_by_pharmacy(who, *, measure: str, year: int):
    """PharmacyRate rows of a measure and year, of the payers that `who` may see: a QuerySet."""
    return PharmacyRate.objects.visible_to(who).filter(measure=measure, year=year).select_related("payer", "pharmacy")


def was_evaluated(*, payer, year: int, as_of: date, is_full: bool = False) -> bool:
    """Whether some run judged that year as of that day; `is_full` asks for one over all members."""
    runs = Run.objects.filter(payer=payer, year=year, as_of=as_of).exclude(ended_at=None)
    return (runs.filter(patients=None) if is_full else runs).exists()


@dataclass(frozen=True)
class ExportRow:
    """One line of export_results, in the order of its columns; all texts."""

    patient_id: str
    payer: str
    member_id: str
    measure: str
    version: str
    year: str
    as_of: str
    denominator: str
    exclusion: str
    numerator: str
    covered_days: str
    period_days: str
    value: str
    threshold: str
    days_left: str
    last_day: str
    not_computed: str
    not_in_denominator: str
    second_value: str
    limit: str
    unit: str
    value_day: str
    pharmacy: str


NARROW_COLUMNS = 17
"""How many columns of an ExportRow every export has: up to not_computed. The others are asked for."""


def export_rows(*, payer, year: int, as_of: date, is_wide: bool = False) -> Iterator[ExportRow]:
    """The payer's results of a year as of a day, by member id and measure; without `is_wide` nobody's pharmacy is looked for.

    denominator and numerator are true or false; somebody excluded is not in the denominator, and the code says why.
    covered_days of period_days are the days to date (hospital days taken out, years to 2025); value is their quotient to
    six places; all three are given for members outside the denominator too, wherever they can be computed.
    days_left looks at the whole treatment period and may be negative; last_day is empty once nothing can be done.
    not_computed is a code (no_days_supply); the value, covered days, days left and last day are then empty.
    Measures other than adherence have a value in their unit, a limit that it is compared with, and its day; blood pressure
    and shares have a second value. Where the numerator counts what should not happen, true is bad.
    pharmacy, of measures with a pharmacy level: the one to which the member counts, by its NPI where the directory knows it,
    else as the feed names it; empty where no pharmacy dispensed enough of the days' supply.
    """
    member_ids = {one.patient_id: one.id_now for one in Member.objects.filter(payer=payer)}
    found = MeasureResult.objects.filter(payer=payer, year=year, as_of=as_of)
    results = found.annotate(patient_public_id=F("patient__public_id"))
    pharmacies = _pharmacies(payer, year, as_of) if is_wide else {}
    units = {code: measure.unit for code, measure in definitions.every().items()}
    for row in sorted(results, key=lambda r: (member_ids.get(r.patient_id, ""), r.measure)):
        has_value = row.covered_days is not None and bool(row.period_days)
        value = Decimal(row.covered_days) / row.period_days if has_value else None
        yield ExportRow(
            patient_id=str(row.patient_public_id),
            payer=payer.code,
            member_id=member_ids.get(row.patient_id, ""),
            measure=row.measure,
            version=row.version,
            year=str(row.year),
            as_of=row.as_of.isoformat(),
            denominator=str(row.denominator).lower(),
            exclusion=row.exclusion,
            numerator=str(row.numerator).lower(),
            covered_days=_text(row.covered_days),
            period_days=_text(row.period_days),
            value=_thousandths(row.value_milli) if value is None else f"{value:.6f}",
            threshold="" if row.threshold_bp is None else f"{Decimal(row.threshold_bp) / 10_000:.4f}",
            days_left=_text(row.days_left),
            last_day=_text(date_of(row.last_day)),
            not_computed=row.not_computed,
            not_in_denominator=row.not_in_denominator,
            second_value=_thousandths(row.second_milli),
            limit=_thousandths(row.limit_milli),
            unit=units.get(row.measure, ""),
            value_day=_text(date_of(row.value_day)),
            pharmacy=pharmacies.get((row.measure, row.patient_id), ""),
        )


def _pharmacies(payer, year: int, as_of: date) -> dict[tuple[str, int], str]:
    """(measure, patient id) -> the pharmacy to which they count."""
    npis = dict(Pharmacy.objects.values_list("pk", "npi"))
    found = pharmacy_level.counts_to(payer_id=payer.pk, year=year, as_of=as_of)
    return {(code, one.patient_id): npis.get(one.pharmacy_id) or one.pharmacy_ref for code, one in found}


def _thousandths(milli: int | None) -> str:
    return "" if milli is None else f"{Decimal(milli) / 1_000:f}"


def _text(value: object) -> str:
    return "" if value is None else str(value)


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before one. Plain numbers stay as they are:

    payers do have member ids such as -10000010254618, and files are joined on them.
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
