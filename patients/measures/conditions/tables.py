"""Codes and rules as narrow tables of the session, for the one pass of pass.sql.

Small integers stand for conditions and ways. Codes of drug sets are packages of the drug reference.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

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
SETTINGS = ("", "inpatient", "snf", "hha", "outpatient", "carrier", "dme", "hospice", "pharmacy", "coverage")
"""A setting's number is its place here."""
MEDICAL = SETTINGS[:8]
EMERGENCY, EXCLUDED, SUPPORT = 9, 8, 7
"""Bases that are no way of a condition, which are 1 to 6. A basis is ten times the condition's number and one of these."""
COLUMNS = {
    "condition_set": "code text, condition int, kind text, detail text, detail_rank int",
    "condition_code": "number int, source text, code text, condition int, kind text, detail text, detail_rank int",
    "condition_way": "condition int, kind text, setting text, setting_number int, basis int, is_full int",
    "condition_basis": "basis int, condition int, way int, role text, tells_detail int, claims int, has_lesser int,"
    " before_day int, span_days int",
    "condition_rule": "condition int, code text, version text, sensitivity int, detail text, before_day int, is_asked int",
    "condition_void": "condition int, way int, other int, voids int",
}
_OF_SET = """
SELECT CAST(50000 + row_number() OVER (ORDER BY s.condition, s.kind, m.ndc11) AS int), 'fill', m.ndc11, s.condition, s.kind,
    s.detail, s.detail_rank
FROM (SELECT DISTINCT set_code, ndc11 FROM drugs_drugsetmember) m JOIN condition_set s ON s.code = m.set_code
"""


def needed(asked: Iterable[Condition], every: dict[str, Condition]) -> list[Condition]:
    """Those asked for and those on which their ways depend, by number."""
    found = {condition.code: condition for condition in asked}
    for condition in list(found.values()):
        for way in condition.ways:
            found |= {code: every[code] for code in (*way.void_if, *way.void_unless)}
    return sorted(found.values(), key=lambda condition: condition.number)


def make(cursor, *, asked: Iterable[Condition], every: dict[str, Condition], as_of: date) -> None:
    """Makes the tables for these conditions and this day; they end with the transaction, or with the next call."""
    cursor.execute("drop table if exists " + ", ".join(f"pg_temp.{name}" for name in COLUMNS))
    for name, rows in _rows(asked, every, as_of).items():
        cursor.execute(f"create temporary table {name} ({COLUMNS[name]}) on commit drop")
        if rows:
            text, parameters = _unnested(name, rows)
            cursor.execute(f"insert into {name} {text}", parameters)  # noqa: S608 - names of this module
    cursor.execute(f"insert into condition_code {_OF_SET}")
    for name in COLUMNS:
        cursor.execute(f"analyze {name}")


def inline(*, asked: Iterable[Condition], every: dict[str, Condition], as_of: date) -> tuple[str, dict[str, Any]]:
    """The same tables as common table expressions with their parameters: for a page, whose role makes no tables."""
    texts, parameters = [], {}
    for name, rows in _rows(asked, every, as_of).items():
        text, of_table = _unnested(name, rows)
        parameters |= of_table
        columns = ", ".join(column.split()[0] for column in COLUMNS[name].split(", "))
        texts.append(f"{name} ({columns}) AS ({text}{f' UNION ALL {_OF_SET}' if name == 'condition_code' else ''})")
    return ",\n".join(texts), parameters


def _rows(asked: Iterable[Condition], every: dict[str, Condition], as_of: date) -> dict[str, list[tuple]]:
    asked = list(asked)
    wanted = needed(asked, every)
    codes = list(code_rows(wanted))
    plain = [row for row in codes if row[0] != "drug_set"]
    return {
        "condition_set": [row[1:] for row in codes if row[0] == "drug_set"],
        "condition_code": [(number, *row) for number, row in enumerate(plain, 1)],
        "condition_way": list(way_rows(wanted)),
        "condition_basis": list(basis_rows(wanted, as_of)),
        "condition_rule": list(rule_rows(wanted, asked, as_of)),
        "condition_void": list(void_rows(wanted, every)),
    }


def code_rows(conditions: Iterable[Condition]) -> Iterator[tuple]:
    """Rows of condition_code but for their number; a drug set is one row with the source 'drug_set', to be resolved to packages.
    Condition 0 are visits to an emergency department."""
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
        yield "service", code, 0, "emergency", "", 0


def way_rows(conditions: Iterable[Condition]) -> Iterator[tuple]:
    """Rows of condition_way: what a code of a group counts for in a setting."""
    for setting in MEDICAL:
        yield 0, "emergency", setting, SETTINGS.index(setting), EMERGENCY, 0
    for condition in conditions:
        basis = condition.number * 10
        for setting in MEDICAL:
            yield condition.number, "excluded", setting, SETTINGS.index(setting), basis + EXCLUDED, 0
        yield condition.number, "support", "pharmacy", SETTINGS.index("pharmacy"), basis + SUPPORT, 0
        for way in condition.ways:
            for setting in MEDICAL if "emergency" in way.settings else way.settings:
                place = SETTINGS.index(setting)
                groups = [*((group, 1) for group in way.groups), *((group, 0) for group in way.lesser_groups)]
                yield from (
                    (condition.number, group, setting, place, basis + way.number, full) for group, full in groups
                )


def basis_rows(conditions: Iterable[Condition], as_of: date) -> Iterator[tuple]:
    """Rows of condition_basis: what a basis is for, how many days a way asks for, and the day before its look-back."""
    yield EMERGENCY, 0, 0, "emergency", 0, 0, 0, 0, 0
    for condition in conditions:
        number, tells = condition.number, int(condition.detail != "")
        days = (day_number(condition.first_day(as_of)) - 1, condition.look_back_years * DAYS_OF_A_YEAR)
        way_role = "way with exclusion" if any(c.group == "excluded" for c in condition.codes) else "way"
        yield number * 10 + EXCLUDED, number, 0, "excluded", 0, 0, 0, *days
        yield number * 10 + SUPPORT, number, 0, "support", tells, 0, 0, *days
        for way in condition.ways:
            role = "way in emergency" if "emergency" in way.settings else way_role
            yield (
                number * 10 + way.number,
                number,
                way.number,
                role,
                tells,
                way.claims,
                int(bool(way.lesser_groups)),
                *days,
            )


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


def _unnested(name: str, rows: list[tuple]) -> tuple[str, dict[str, Any]]:
    """SELECT text of these rows, a list a column, and the lists."""
    columns = COLUMNS[name].split(", ")
    parameters = {f"{name}_{place}": [row[place] for row in rows] for place in range(len(columns))}
    lists = ", ".join(f"%({name}_{place})s::{column.split()[1]}[]" for place, column in enumerate(columns))
    return f"SELECT * FROM unnest({lists})", parameters  # noqa: S608 - types and names of this module
