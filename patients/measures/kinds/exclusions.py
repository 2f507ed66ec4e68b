"""The SELECTs that find excluded patients: for every exclusion of a measure, each kind of evidence that it accepts.

Codes, settings and flags come from definitions and code lists in this package, never from a request; they are checked
against a narrow alphabet before they stand in the SQL, which keeps the text portable between engines (no arrays).
"""

from collections.abc import Iterator

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
_STAY = """    SELECT s.patient_id, {rank} AS rank, s.from_day, NULL
    FROM claims_stay s
    WHERE s.payer_id = %(payer_id)s AND s.from_day <= %(known_day)s AND s.to_day >= %(first_day)s - {back_days}
        AND s.kind IN ({words}) {people_s}"""
_COVERAGE = """    SELECT c.patient_id, {rank} AS rank, c.starts_on - DATE '1970-01-01', NULL
    FROM patients_coverage c
    WHERE c.payer_id = %(payer_id)s AND c.{flag} {people_c}
        AND c.starts_on - DATE '1970-01-01' <= %(known_day)s
        AND coalesce(c.ends_on - DATE '1970-01-01', %(open_day)s) >= %(first_day)s - {back_days}"""
_NOTHING = "    SELECT d.patient_id, 0 AS rank, d.day, d.event_id FROM coded d WHERE 1 = 0"


def reads(exclusions: tuple[Exclusion, ...]) -> sources.Reads:
    """What the exclusions look at."""
    return sources.Reads(
        drug_sets=frozenset(one.drugs for one in exclusions if one.drugs),
        diagnoses=frozenset(one.diagnoses for one in exclusions if one.diagnoses),
        services=frozenset(one.services for one in exclusions if one.services),
        settings=frozenset(setting for one in exclusions for setting in one.settings),
        years_back=max((one.years_back for one in exclusions), default=0),
    )


def selects(exclusions: tuple[Exclusion, ...], scope: Scope) -> str:
    """UNION ALL of (patient_id, rank, day, event_id): everybody whom an exclusion takes out; rank counts from 0."""
    parts = [part for rank, exclusion in enumerate(exclusions) for part in _parts(rank, exclusion, scope)]
    return "\n    UNION ALL\n".join(parts) or _NOTHING


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
    back_days = year_of_days(scope.year)[0] - year_of_days(scope.year - exclusion.years_back)[0]
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
