"""The SELECTs that find excluded patients: for every exclusion of a measure, each kind of evidence that it accepts.

Codes, settings and flags come from definitions and code lists in this package, never from a request; they are checked
against a narrow alphabet before they stand in the SQL, which keeps the text portable between engines (no arrays).
"""

from collections.abc import Iterator
from datetime import date

from carecoord.kernel.periods import year_of_days

from ..code_lists import in_sql
from ..measure import Exclusion, Scope
from . import sources

_FILL = """    SELECT f.patient_id, {rank} AS rank, f.day, f.event_id
    FROM class_fill f
    WHERE f.set_code IN ({words}) AND f.day >= %(first_day)s - {back_days}"""
_CLAIM = """    SELECT d.patient_id, {rank} AS rank, d.day, d.event_id
    FROM coded d
    WHERE d.list_code IN ({words}) AND d.day >= %(first_day)s - {back_days}"""
_STAY = """    SELECT s.patient_id, {rank} AS rank, s.from_day AS day, CAST(NULL AS bigint) AS event_id
    FROM claims_stay s
    WHERE s.payer_id = %(payer_id)s AND s.from_day <= %(known_day)s AND s.to_day >= %(first_day)s - {back_days}
        AND s.kind IN ({words}) {people_s}"""
_COVERAGE = """    SELECT c.patient_id, {rank} AS rank, c.starts_on - DATE '1970-01-01' AS day, CAST(NULL AS bigint) AS event_id
    FROM patients_coverage c
    WHERE c.payer_id = %(payer_id)s AND c.{flag} {people_c}
        AND c.starts_on - DATE '1970-01-01' <= %(known_day)s
        AND coalesce(c.ends_on - DATE '1970-01-01', %(open_day)s) >= %(first_day)s - {back_days}"""
# On so many different days, by people of an age: what is left of the claims of a simpler exclusion.
_ON_DAYS = """    SELECT y.patient_id, y.rank, y.day, y.event_id
    FROM (
        SELECT x.patient_id, x.rank, x.day, x.event_id, max(x.place) OVER (PARTITION BY x.patient_id) AS places
        FROM (
            SELECT a.patient_id, a.rank, a.day, a.event_id,
                dense_rank() OVER (PARTITION BY a.patient_id ORDER BY a.day) AS place
            FROM (
{claims}
            ) AS a
        ) AS x
    ) AS y
    JOIN patients_patient p ON p.id = y.patient_id AND (p.born_on <= DATE '{born_by}' OR {least_age} = 0)
    WHERE y.places >= {least_days}"""
_BOTH = """    SELECT m.patient_id, m.rank, m.day, m.event_id
    FROM (
{these}
    ) AS m
    JOIN (SELECT DISTINCT w.patient_id FROM (
{those}
    ) AS w) AS v ON v.patient_id = m.patient_id"""
_NOTHING = "    SELECT d.patient_id, 0 AS rank, d.day, d.event_id FROM coded d WHERE 1 = 0"


def reads(exclusions: tuple[Exclusion, ...]) -> sources.Reads:
    """What the exclusions look at."""
    every = [*exclusions, *(one for exclusion in exclusions for one in exclusion.also)]
    diagnoses = frozenset(one.diagnoses for one in every if one.diagnoses)
    services = frozenset(one.services for one in every if one.services)
    return sources.Reads(
        drug_sets=frozenset(one.drugs for one in every if one.drugs),
        diagnoses=diagnoses,
        services=services,
        settings=frozenset(setting for one in every for setting in one.settings),
        ever=frozenset(name for one in every if one.is_ever for name in (one.diagnoses, one.services) if name),
        years_back=max((one.years_back for one in every), default=0),
    )


def selects(exclusions: tuple[Exclusion, ...], scope: Scope) -> str:
    """UNION ALL of (patient_id, rank, day, event_id): everybody whom an exclusion takes out; rank counts from 0."""
    return "\n    UNION ALL\n".join(_select(*ranked, scope) for ranked in enumerate(exclusions)) or _NOTHING


def _select(rank: int, exclusion: Exclusion, scope: Scope) -> str:
    own = _of_days(rank, exclusion, scope)
    if not exclusion.also:
        return own
    other = "\n    UNION ALL\n".join(_of_days(rank, one, scope) for one in exclusion.also)
    return "\n    UNION ALL\n".join(_BOTH.format(these=a, those=b) for a, b in ((own, other), (other, own)))


def _of_days(rank: int, exclusion: Exclusion, scope: Scope) -> str:
    claims = "\n    UNION ALL\n".join(_parts(rank, exclusion, scope))
    if exclusion.least_days == 1 and not exclusion.least_age:
        return claims
    return _ON_DAYS.format(
        claims=claims,
        born_by=date(scope.year - exclusion.least_age, 12, 31),
        least_age=exclusion.least_age,
        least_days=exclusion.least_days,
    )


def evidence(exclusions: tuple[Exclusion, ...], scope: Scope) -> str:
    """(rank, day, event_id) of everything that takes the patients of the scope out; a stay or span has no event."""
    inline = sources.inline(reads(exclusions), scope)
    columns = "found (patient_id, rank, day, event_id)"
    return f"WITH {inline}{columns} AS (\n{selects(exclusions, scope)}\n) SELECT rank, day, event_id FROM found"  # noqa: S608


def names(exclusions: tuple[Exclusion, ...]) -> str:
    """WHEN clauses that turn exclusion_rank into the code of the exclusion."""
    whens = (f"WHEN exclusion_rank = {rank} THEN {in_sql((one.code,))}" for rank, one in enumerate(exclusions))
    return " ".join(whens) or "WHEN 1 = 0 THEN ''"


def _parts(rank: int, exclusion: Exclusion, scope: Scope) -> Iterator[str]:
    first_day = year_of_days(scope.year)[0]
    back_days = first_day if exclusion.is_ever else first_day - year_of_days(scope.year - exclusion.years_back)[0]
    common = sources.people(scope) | {"rank": rank, "back_days": back_days}
    if exclusion.drugs:
        yield _FILL.format(words=in_sql((exclusion.drugs,)), **common)
    claims = [name for name in (exclusion.diagnoses, exclusion.services) if name]
    words = [in_sql(claims)] * bool(claims) + [f"'@' || {in_sql([setting])}" for setting in exclusion.settings]
    if words:
        yield _CLAIM.format(words=", ".join(words), **common)
    if exclusion.stays:
        yield _STAY.format(words=in_sql(exclusion.stays), **common)
    if exclusion.coverage_flag:
        yield _COVERAGE.format(flag=in_sql((exclusion.coverage_flag,)).strip("'"), **common)
