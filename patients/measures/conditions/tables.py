"""Codes and rules as narrow tables of the session, for the one pass of pass.sql.

Small integers stand for conditions and ways. Codes of drug sets are packages of the drug reference.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from carecoord.kernel.periods import day_number

from ..code_lists import emergency_services
from .condition import Condition
from .details import RANKS

DAYS_OF_A_YEAR = 365
SOURCES = {
    "icd10cm": "diagnosis",
    "icd10pcs": "service",
    "hcpcs": "service",
    "drg": "service",
    "ndc": "fill",
    "drug_set": "fill",
    "entitlement": "coverage",
}
"""Code system -> the facts that carry its codes."""
NOT_READ = ("not_in_claims", "beside_diagnosis")
EMERGENCY = 0
COLUMNS = {
    "condition_code": "source text, code text, condition int, kind text, detail text, detail_rank int",
    "condition_way": "condition int, way int, kind text, setting text, is_full int",
    "condition_basis": "condition int, way int, claims int, before_day int, span_days int",
    "condition_rule": "condition int, code text, version text, sensitivity int, detail text, before_day int, is_asked int",
    "condition_void": "condition int, way int, other int, voids int",
}
_OF_SET = """
insert into condition_code
select 'fill', m.ndc11, %s, %s, %s, %s from drugs_drugsetmember m where m.set_code = %s group by m.ndc11
"""


def needed(asked: Iterable[Condition], every: dict[str, Condition]) -> list[Condition]:
    """Those asked for and those on which their ways depend, by number."""
    found = {condition.code: condition for condition in asked}
    for condition in list(found.values()):
        for way in condition.ways:
            found |= {code: every[code] for code in (*way.void_if, *way.void_unless)}
    return sorted(found.values(), key=lambda condition: condition.number)


def make(cursor, *, asked: Iterable[Condition], every: dict[str, Condition], as_of: date) -> None:
    """Makes the five tables for these conditions and this day; they end with the transaction, or with the next call."""
    asked = list(asked)
    wanted = needed(asked, every)
    cursor.execute("drop table if exists " + ", ".join(f"pg_temp.{name}" for name in COLUMNS))
    rows = {
        "condition_code": [row for row in code_rows(wanted) if row[0] != "drug_set"],
        "condition_way": list(way_rows(wanted)),
        "condition_basis": list(basis_rows(wanted, as_of)),
        "condition_rule": list(rule_rows(wanted, asked, as_of)),
        "condition_void": list(void_rows(wanted, every)),
    }
    for name, columns in COLUMNS.items():
        cursor.execute(f"create temporary table {name} ({columns}) on commit drop")
        _fill(cursor, name, columns, rows[name])
    for _, set_code, number, kind, detail, rank in [row for row in code_rows(wanted) if row[0] == "drug_set"]:
        cursor.execute(_OF_SET, [number, kind, detail, rank, set_code])
    for name in COLUMNS:
        cursor.execute(f"analyze {name}")


def code_rows(conditions: Iterable[Condition]) -> Iterator[tuple]:
    """Rows of condition_code; a drug set is one row with the source 'drug_set', to be resolved to packages."""
    for condition in conditions:
        for c in condition.codes:
            if c.group in NOT_READ:
                continue
            code = f"DRG{c.code}" if c.system == "drg" else c.code
            source = c.system if c.system == "drug_set" else SOURCES[c.system]
            yield source, code, condition.number, c.group, c.detail, RANKS.get(c.detail, 0)
        if any("coverage" in way.settings for way in condition.ways):
            yield "coverage", "ESRD", condition.number, "entitlement", "", 0
    for code in emergency_services():
        yield "service", code, EMERGENCY, "emergency", "", 0


def way_rows(conditions: Iterable[Condition]) -> Iterator[tuple]:
    """Rows of condition_way: one a way, group of codes and setting."""
    for condition in conditions:
        for way in condition.ways:
            for setting in way.settings:
                yield from ((condition.number, way.number, group, setting, 1) for group in way.groups)
                yield from ((condition.number, way.number, group, setting, 0) for group in way.lesser_groups)


def basis_rows(conditions: Iterable[Condition], as_of: date) -> Iterator[tuple]:
    """Rows of condition_basis: how many days a way asks for, and the day before its look-back."""
    for condition in conditions:
        before = day_number(condition.first_day(as_of)) - 1
        for way in condition.ways:
            yield condition.number, way.number, way.claims, before, condition.look_back_years * DAYS_OF_A_YEAR


def rule_rows(conditions: Iterable[Condition], asked: list[Condition], as_of: date) -> Iterator[tuple]:
    """Rows of condition_rule."""
    for one in conditions:
        before = day_number(one.first_day(as_of)) - 1
        yield one.number, one.code, one.version, one.sensitivity, one.detail, before, int(one in asked)


def void_rows(conditions: Iterable[Condition], every: dict[str, Condition]) -> Iterator[tuple]:
    """Rows of condition_void: voids 1 for a condition that makes the way void, 0 for one that keeps it."""
    for condition in conditions:
        for way in condition.ways:
            for codes, voids in ((way.void_if, 1), (way.void_unless, 0)):
                yield from ((condition.number, way.number, every[code].number, voids) for code in codes)


def _fill(cursor, name: str, columns: str, rows: list[tuple]) -> None:
    if rows:
        types = [column.split()[1] for column in columns.split(", ")]
        arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
        text = f"insert into {name} select * from unnest({arrays})"  # noqa: S608 - names of this module
        cursor.execute(text, [list(part) for part in zip(*rows, strict=True)])
