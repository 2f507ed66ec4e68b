"""What measures read, gathered from facts: fills of drug sets, claims of code lists, merged spans of cover.

Each source is one portable SELECT. For few patients it stands in a measure's text as a common table expression (`inline`); a
run over many makes it once, as a temporary table for all measures (`prepared`). The texts of kinds name the sources and do
not know which of the two they read.

class_fill    set_code, patient_id, day, days_supply, quantity, ndc, ingredient_id, event_id, pharmacy_id, pharmacy_ref,
              prescriber_ref; a combination has a row for each ingredient that the set names. A set that counts an ingredient
              from some daily dose has the fills that reach it; a fill whose dose is not known (no days of supply) does not. Since
              `since_day`; of the sets of `ever` at any time
coded         list_code, patient_id, day, code, setting, event_id, is_principal (1: a claim's first diagnosis): diagnoses and
              services of a code list; and every claim of a setting, under '@' and the setting's name
observed      list_code, patient_id, day, code, milli, bound, units, result, event_id: results of a LOINC list (milli: the result as
              a number, in thousandths), and what a pharmacy measured itself
vaccinated    list_code, patient_id, day, code, event_id: doses of a CVX list, at any time, and those that a pharmacy gave itself
given         protocol, patient_id, day: services that a pharmacy documented
drug_use      patient_id, drug, fills, first_day, last_day, days_supply, paid_cents: every medicine of the last `use_days` days up to
              the as-of day, by its generic name (where the reference does not know it: by labeler and product of the NDC)
covered_span  benefit ('drugs' or 'any'), gap_days, patient_id, from_day, last_day: spans of cover that overlap, touch or leave
              no more than gap_days between them are one span
year_cover    patient_id, last_day, gaps, longest: of everybody with cover of any kind in the measurement year, as far as it is known:
              its last day, how many gaps there are, the days of the longest
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from carecoord.kernel.periods import day_number, year_of_days
from patients.models import Coverage

from ..code_lists import in_sql, read
from ..measure import Scope
from . import prepare

OPEN_DAY = 2_000_000  # a day that never comes, for spans without an end
_CODES = Path(__file__).parent / "codes"


@dataclass(frozen=True)
class Reads:
    """What a measure looks at. spans: (benefit, allowed gap). years_back: whole years before the measurement year.

    observations, vaccines: lists of LOINC and of CVX. ever: lists among diagnoses and services, and drug sets, without a first day.
    protocols: of services given. use_days: how far back every medicine is looked at; 0: not at all.
    """

    drug_sets: frozenset[str] = frozenset()
    diagnoses: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    spans: frozenset[tuple[str, int]] = frozenset()
    observations: frozenset[str] = frozenset()
    vaccines: frozenset[str] = frozenset()
    ever: frozenset[str] = frozenset()
    protocols: frozenset[str] = frozenset()
    years_back: int = 0
    use_days: int = 0

    def __or__(self, other: "Reads") -> "Reads":
        pairs = {f.name: (getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        return Reads(**{name: max(a, b) if isinstance(a, int) else a | b for name, (a, b) in pairs.items()})


_CLASS_FILL = """
    SELECT m.set_code, f.patient_id, f.day, f.days_supply, f.quantity, f.ndc, m.ingredient_id, f.event_id,
        f.pharmacy_id, f.pharmacy_ref, f.prescriber_ref
    FROM claims_fill f
    JOIN drugs_drugsetmember m ON m.ndc11 = f.ndc AND m.set_code IN ({drug_sets})
        AND (m.least_daily_ng IS NULL
            OR (f.days_supply > 0 AND m.strength_ng * f.quantity >= m.least_daily_ng * f.days_supply))
    WHERE f.payer_id = %(payer_id)s AND {days} {people_f}"""
# Two scans, so that only the few sets of `ever` are looked for among older fills.
_OF_THE_YEARS = "f.day >= %(since_day)s AND f.day <= %(known_day)s"
_BEFORE = "f.day < %(since_day)s AND f.day <= %(known_day)s"
_NO_FILL = """
    SELECT m.set_code, f.patient_id, f.day, f.days_supply, f.quantity, f.ndc, m.ingredient_id, f.event_id,
        f.pharmacy_id, f.pharmacy_ref, f.prescriber_ref
    FROM claims_fill f JOIN drugs_drugsetmember m ON 1 = 0"""
_CODED = """
    SELECT l.list_code, {alias}.patient_id, {alias}.day, {alias}.code, {alias}.setting, {alias}.event_id,
        {principal} AS is_principal
    FROM {table} {alias}
    JOIN (VALUES {codes}) AS l (list_code, code) ON l.code = {alias}.code
    WHERE {alias}.payer_id = %(payer_id)s AND ({alias}.day >= %(since_day)s{or_ever})
        AND {alias}.day <= %(known_day)s {people}"""
_OF_SETTING = """
    SELECT '@' || {alias}.setting AS list_code, {alias}.patient_id, {alias}.day, {alias}.code, {alias}.setting, {alias}.event_id,
        {principal} AS is_principal
    FROM {table} {alias}
    WHERE {alias}.payer_id = %(payer_id)s AND {alias}.day >= %(since_day)s AND {alias}.day <= %(known_day)s
        AND {alias}.setting IN ({settings}) {people}"""
_NOTHING_CODED = """
    SELECT '' AS list_code, d.patient_id, d.day, d.code, d.setting, d.event_id, 0 AS is_principal
    FROM claims_diagnosis d WHERE 1 = 0"""
_OBSERVED = """
    SELECT l.list_code, o.patient_id, o.day, o.code, o.milli, o.bound, o.units, o.result, o.event_id
    FROM claims_observation o
    JOIN (VALUES {codes}) AS l (list_code, code) ON l.code = o.code
    WHERE o.payer_id = %(payer_id)s AND o.day >= %(since_day)s AND o.day <= %(known_day)s {people_o}
    UNION ALL
    SELECT l.list_code, r.patient_id, r.measured_on - DATE '1970-01-01' AS day, r.code,
        CAST(round(r.value * 1000) AS int) AS milli, '' AS bound, r.unit AS units, CAST(r.value AS varchar(20)) AS result,
        CAST(NULL AS bigint) AS event_id
    FROM claims_reading r
    JOIN (VALUES {codes}) AS l (list_code, code) ON l.code = r.code
    WHERE r.payer_id = %(payer_id)s AND r.number = 0 AND r.measured_on - DATE '1970-01-01' >= %(since_day)s
        AND r.measured_on - DATE '1970-01-01' <= %(known_day)s {people_r}"""
_VACCINATED = """
    SELECT l.list_code, i.patient_id, i.day, i.code, i.event_id
    FROM claims_immunization i
    JOIN (VALUES {codes}) AS l (list_code, code)
        ON l.code = CASE WHEN length(i.code) = 1 THEN '0' || i.code ELSE i.code END
    WHERE i.payer_id = %(payer_id)s AND i.day <= %(known_day)s AND lower(i.code_type) = 'cvx' {people_i}
    UNION ALL
    SELECT l.list_code, g.patient_id, g.given_on - DATE '1970-01-01' AS day, g.cvx AS code, CAST(NULL AS bigint) AS event_id
    FROM claims_dosegiven g
    JOIN (VALUES {codes}) AS l (list_code, code)
        ON l.code = CASE WHEN length(g.cvx) = 1 THEN '0' || g.cvx ELSE g.cvx END
    WHERE g.payer_id = %(payer_id)s AND g.given_on - DATE '1970-01-01' <= %(known_day)s {people_g}"""
_GIVEN = """
    SELECT g.protocol, g.patient_id, g.given_on - DATE '1970-01-01' AS day
    FROM claims_servicegiven g
    WHERE g.payer_id = %(payer_id)s AND g.protocol IN ({protocols}) AND g.given_on - DATE '1970-01-01' >= %(first_day)s
        AND g.given_on - DATE '1970-01-01' <= %(known_day)s {people_g}"""
_DRUG_USE = """
    SELECT u.patient_id, CASE WHEN p.generic_name <> '' THEN lower(p.generic_name) ELSE substr(u.ndc, 1, 9) END AS drug,
        CAST(sum(u.fills) AS bigint) AS fills, min(u.first_day) AS first_day, max(u.last_day) AS last_day,
        CAST(sum(u.days_supply) AS bigint) AS days_supply, CAST(sum(u.paid_cents) AS bigint) AS paid_cents
    FROM (
        SELECT f.patient_id, f.ndc, count(*) AS fills, min(f.day) AS first_day, max(f.day) AS last_day,
            sum(coalesce(f.days_supply, 0)) AS days_supply, sum(f.paid_cents) AS paid_cents
        FROM claims_fill f
        WHERE f.payer_id = %(payer_id)s AND f.day > %(known_day)s - {use_days} AND f.day <= %(known_day)s {people_f}
        GROUP BY f.patient_id, f.ndc
    ) AS u
    LEFT JOIN drugs_product p ON p.ndc11 = u.ndc
    GROUP BY u.patient_id, CASE WHEN p.generic_name <> '' THEN lower(p.generic_name) ELSE substr(u.ndc, 1, 9) END"""
# A span begins where cover follows nothing, or a gap longer than allowed; it ends with the last cover before the next one begins.
_COVERED_SPAN = """
    SELECT benefit, gap_days, patient_id, from_day,
        coalesce(lead(last_day_before) OVER (PARTITION BY benefit, gap_days, patient_id ORDER BY from_day), newest_day) AS last_day
    FROM (
        SELECT r.benefit, r.gap_days, b.patient_id, b.from_day, b.last_day_before, b.newest_day
        FROM (
            SELECT patient_id, benefit, from_day,
                max(last_day) OVER (PARTITION BY patient_id, benefit) AS newest_day,
                max(last_day) OVER (
                    PARTITION BY patient_id, benefit ORDER BY from_day, last_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS last_day_before
            FROM (
                SELECT c.patient_id, w.benefit, c.starts_on - DATE '1970-01-01' AS from_day,
                    coalesce(c.ends_on - DATE '1970-01-01', %(open_day)s) AS last_day
                FROM patients_coverage c
                JOIN (VALUES {benefits}) AS w (benefit) ON w.benefit = 'any' OR c.plan <> %(plan_without_drugs)s
                WHERE c.payer_id = %(payer_id)s {people_c}
            ) AS cover
        ) AS b
        JOIN (VALUES {spans}) AS r (benefit, gap_days) ON r.benefit = b.benefit
        WHERE b.last_day_before IS NULL OR b.from_day > b.last_day_before + 1 + r.gap_days
    ) AS begun"""

# Cover inside the year as far as it is known; gaps are what lies before, between and after the spans.
_YEAR_COVER = """
    SELECT patient_id, max(last_day) AS last_day,
        sum(CASE WHEN gap > 0 THEN 1 ELSE 0 END) + CASE WHEN max(last_day) < %(known_day)s THEN 1 ELSE 0 END AS gaps,
        greatest(max(gap), %(known_day)s - max(last_day)) AS longest
    FROM (
        SELECT patient_id, last_day, from_day - coalesce(
            lag(last_day) OVER (PARTITION BY patient_id ORDER BY from_day) + 1, %(first_day)s
        ) AS gap
        FROM (
            SELECT s.patient_id, greatest(s.from_day, %(first_day)s) AS from_day, least(s.last_day, %(known_day)s) AS last_day
            FROM covered_span s
            WHERE s.benefit = 'any' AND s.gap_days = 0 AND s.from_day <= %(known_day)s AND s.last_day >= %(first_day)s
        ) AS span
    ) AS gapped
    GROUP BY patient_id"""


def inline(reads: Reads, scope: Scope) -> str:
    """The sources as common table expressions, each with its comma: what comes after WITH in a measure's text."""
    return "".join(f"{name} AS ({select}\n),\n" for name, select in selects(reads, scope))


def gathered(cursor, scope: Scope) -> AbstractContextManager[None]:
    """Within it, facts of the scope's patients are read once, however many sources and conditions ask for them."""
    return prepare.gathered(cursor, people(scope), parameters(scope, Reads()))


@contextmanager
def prepared(cursor, reads: Reads, scope: Scope, *, are_many: bool) -> Iterator[None]:
    """Within it, the sources are temporary tables that hold all that `reads` names for the patients of the scope.

    For many patients those that are asked for by a set or list are cut into parts; for few that would only be work and locks.
    """
    values, made = parameters(scope, reads), []
    cut = _cut(reads) if are_many else {}
    for name, select in selects(reads, scope):
        by, parts = cut.get(name, ("", ()))
        with prepare.planning(cursor, loops=not are_many and name in _LOOKED_UP):
            prepare.table(cursor, name, select, values, by=by, parts=parts)
        made.append(name)
    made += prepare.narrow(cursor, people(scope), values)
    yield
    cursor.execute(f"DROP TABLE {', '.join(f'pg_temp.{name}' for name in made)}")


_LOOKED_UP = frozenset({"class_fill", "drug_use"})
"""Sources whose reference is a table with an index: for few patients the lines of their fills are looked up in it."""


def _cut(reads: Reads) -> dict[str, tuple[str, Collection]]:
    """Source -> the column by which it is cut into parts, and its values."""
    settings = {f"@{one}" for one in reads.settings}
    return {
        "class_fill": ("set_code", reads.drug_sets),
        "coded": ("list_code", reads.diagnoses | reads.services | settings),
        "covered_span": ("gap_days", {gap for _, gap in reads.spans}),
        "observed": ("list_code", reads.observations),
        "vaccinated": ("list_code", reads.vaccines),
    }


def selects(reads: Reads, scope: Scope) -> Iterator[tuple[str, str]]:
    """(name, SELECT) of every source, with `parameters` to be filled in."""
    whom = people(scope)
    yield "class_fill", "\n    UNION ALL".join(_filled(reads, whom)) or _NO_FILL
    yield "coded", "\n    UNION ALL".join(_coded(reads, whom)) or _NOTHING_CODED
    spans = ", ".join(f"({in_sql([benefit])}, {int(gap)})" for benefit, gap in sorted(reads.spans))
    benefits = ", ".join(f"({in_sql([benefit])})" for benefit in sorted({benefit for benefit, _ in reads.spans}))
    yield "covered_span", _COVERED_SPAN.format(spans=spans or "('', 0)", benefits=benefits or "('')", **whom)
    yield "year_cover", _YEAR_COVER
    yield "observed", _OBSERVED.format(codes=", ".join(_pairs(reads.observations)) or "('', '')", **whom)
    yield "given", _GIVEN.format(protocols=in_sql(sorted(reads.protocols)) or "''", **whom)
    yield "drug_use", _DRUG_USE.format(use_days=int(reads.use_days), **whom)
    yield "vaccinated", _VACCINATED.format(codes=", ".join(_pairs(reads.vaccines)) or "('', '')", **whom)


def _filled(reads: Reads, whom: dict[str, str]) -> Iterator[str]:
    for drug_sets, days in ((reads.drug_sets, _OF_THE_YEARS), (reads.drug_sets & reads.ever, _BEFORE)):
        if drug_sets:
            yield _CLASS_FILL.format(drug_sets=in_sql(sorted(drug_sets)), days=days, **whom)


def _coded(reads: Reads, whom: dict[str, str]) -> Iterator[str]:
    for table, alias, lists in (("claims_diagnosis", "d", reads.diagnoses), ("claims_service", "v", reads.services)):
        principal = "CASE WHEN d.is_principal THEN 1 ELSE 0 END" if alias == "d" else "0"
        into = {"table": table, "alias": alias, "people": whom[f"people_{alias}"], "principal": principal}
        if lists:
            ever = in_sql(sorted(lists & reads.ever))
            or_ever = f" OR l.list_code IN ({ever})" if ever else ""
            yield _CODED.format(codes=", ".join(_pairs(lists)), or_ever=or_ever, **into)
        if reads.settings:
            yield _OF_SETTING.format(settings=in_sql(sorted(reads.settings)), **into)


def _pairs(lists: Iterable[str]) -> Iterator[str]:
    for name in sorted(lists):
        (literal,) = (in_sql([name]),)
        yield from (f"({literal}, {in_sql([code])})" for code in codes(name))


def codes(name: str) -> tuple[str, ...]:
    """The codes of a list in kinds/codes."""
    return read(path(name))


def path(name: str) -> Path:
    """The file of a list."""
    return _CODES / f"{name}.csv"


def people(scope: Scope) -> dict[str, str]:
    """The condition on the patients of every table, by alias (p: the patients themselves); empty for all patients of the payer."""
    condition = ""
    if scope.patient_ids is not None:
        condition = "AND {column} = ANY(CAST(%(patient_ids)s AS bigint[]))"
    elif scope.patient_range is not None:
        condition = "AND {column} BETWEEN %(first_patient)s AND %(last_patient)s"
    columns = {alias: f"{alias}.patient_id" for alias in "fcsdvorig"} | {"p": "p.id"}
    return {f"people_{alias}": condition.format(column=column) for alias, column in columns.items()}


def parameters(scope: Scope, reads: Reads) -> dict[str, Any]:
    """The values that the sources and every kind ask for. first_day .. last_day is the measurement year."""
    first_day, last_day = year_of_days(scope.year)
    as_of_day = day_number(scope.as_of)
    whom = {} if scope.patient_ids is None else {"patient_ids": list(scope.patient_ids)}
    if scope.patient_range is not None:
        whom = dict(zip(("first_patient", "last_patient"), scope.patient_range, strict=True))
    return whom | {
        "payer_id": scope.payer_id,
        "since_day": year_of_days(scope.year - reads.years_back)[0],
        "tenth_year_day": year_of_days(scope.year - 9)[0],
        "first_day": first_day,
        "last_day": last_day,
        "as_of_day": as_of_day,
        "known_day": min(last_day, as_of_day),
        "open_day": OPEN_DAY,
        "plan_without_drugs": Coverage.WITHOUT_DRUGS,
    }
