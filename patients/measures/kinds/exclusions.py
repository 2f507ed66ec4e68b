"""The SELECTs that find excluded patients: for every exclusion of a measure, each kind of evidence that it accepts.

Codes, settings and flags come from definitions and code lists in this package, never from a request; they are checked
against a narrow alphabet before they stand in the SQL, which keeps the text portable between engines (no arrays).
"""

from collections.abc import Iterator
from pathlib import Path

from ..code_lists import in_sql, read
from ..measure import Exclusion

_CODES = Path(__file__).parent / "codes"

_FILL = """    SELECT f.patient_id, {rank} AS rank, f.day, f.event_id
    FROM claims_fill f
    JOIN drugs_drugsetmember m ON m.ndc11 = f.ndc AND m.set_code IN ({words})
    WHERE f.payer_id = %(payer_id)s AND f.day >= %(first_day)s AND f.day <= %(known_day)s {people_f}"""
_CLAIM = """    SELECT {alias}.patient_id, {rank} AS rank, {alias}.day, {alias}.event_id
    FROM {table} {alias}
    WHERE {alias}.payer_id = %(payer_id)s AND {alias}.day >= %(first_day)s AND {alias}.day <= %(known_day)s
        AND {alias}.{column} IN ({words}) {people}"""
_STAY = """    SELECT s.patient_id, {rank} AS rank, s.from_day, NULL
    FROM claims_stay s
    WHERE s.payer_id = %(payer_id)s AND s.from_day <= %(known_day)s AND s.to_day >= %(first_day)s
        AND s.kind IN ({words}) {people_s}"""
_COVERAGE = """    SELECT c.patient_id, {rank} AS rank, c.starts_on - DATE '1970-01-01', NULL
    FROM patients_coverage c
    WHERE c.payer_id = %(payer_id)s AND c.{flag} {people_c}
        AND c.starts_on - DATE '1970-01-01' <= %(known_day)s
        AND coalesce(c.ends_on - DATE '1970-01-01', %(open_day)s) >= %(first_day)s"""
_NOTHING = "    SELECT f.patient_id, 0 AS rank, f.day, f.event_id FROM claims_fill f WHERE 1 = 0"


def selects(exclusions: tuple[Exclusion, ...], people: dict[str, str]) -> str:
    """UNION ALL of (patient_id, rank, day, event_id): everybody whom an exclusion takes out; rank counts from 0."""
    parts = [part for rank, exclusion in enumerate(exclusions) for part in _parts(rank, exclusion, people)]
    return "\n    UNION ALL\n".join(parts) or _NOTHING


def evidence(exclusions: tuple[Exclusion, ...]) -> str:
    """(rank, day, event_id) of everything that takes one patient, %(patient_id)s, out; a stay or span has no event."""
    people = {f"people_{alias}": f"AND {alias}.patient_id = %(patient_id)s" for alias in "fcsdv"}
    columns = "found (patient_id, rank, day, event_id)"
    return f"WITH {columns} AS (\n{selects(exclusions, people)}\n) SELECT rank, day, event_id FROM found"  # noqa: S608


def names(exclusions: tuple[Exclusion, ...]) -> str:
    """WHEN clauses that turn exclusion_rank into the code of the exclusion."""
    whens = (f"WHEN exclusion_rank = {rank} THEN {in_sql((one.code,))}" for rank, one in enumerate(exclusions))
    return " ".join(whens) or "WHEN 1 = 0 THEN ''"


def _parts(rank: int, exclusion: Exclusion, people: dict[str, str]) -> Iterator[str]:
    if exclusion.drugs:
        yield _FILL.format(rank=rank, words=in_sql((exclusion.drugs,)), **people)
    if exclusion.diagnoses:
        words = in_sql(_codes(exclusion.diagnoses))
        yield _claim(rank, "claims_diagnosis", "d", "code", words, people)
    if exclusion.services:
        yield _claim(rank, "claims_service", "v", "code", in_sql(_codes(exclusion.services)), people)
    if exclusion.settings:
        words = in_sql(exclusion.settings)
        yield _claim(rank, "claims_diagnosis", "d", "setting", words, people)
        yield _claim(rank, "claims_service", "v", "setting", words, people)
    if exclusion.stays:
        yield _STAY.format(rank=rank, words=in_sql(exclusion.stays), **people)
    if exclusion.coverage_flag:
        yield _COVERAGE.format(rank=rank, flag=in_sql((exclusion.coverage_flag,)).strip("'"), **people)


def _claim(rank: int, table: str, alias: str, column: str, words: str, people: dict[str, str]) -> str:
    return _CLAIM.format(
        rank=rank, table=table, alias=alias, column=column, words=words, people=people[f"people_{alias}"]
    )


def _codes(name: str) -> tuple[str, ...]:
    return read(_CODES / f"{name}.csv")
