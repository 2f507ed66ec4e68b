"""Temporary tables of PostgreSQL for a run over many patients: what the sources hold, and who the patients are.

A source that is asked for by a set or list is cut into one part for each, so that a measure reads its own rows and no
index is needed. Every table that a kind reads directly is stood in for by the rows of the run's patients under the same
name, or each measure would scan the whole payer.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

STATISTICS = "10"
"""Of a hundred values kept of each column: enough to tell many rows from few, in a tenth of the sample."""
_STANDS_IN = {
    "claims_stay": ("*", "s", "{alias}.payer_id = %(payer_id)s {people_s}"),
    "patients_coverage": ("*", "c", "{alias}.payer_id = %(payer_id)s {people_c}"),
    "patients_patient": (
        "id, born_on, died_on, sex",
        "p",
        "EXISTS (SELECT 1 FROM patients_member f WHERE f.patient_id = p.id AND f.payer_id = %(payer_id)s {people_f}) {people_p}",
    ),
}


_FACTS = {"claims_fill": "f", "claims_diagnosis": "d", "claims_service": "v"}
"""What measures and conditions both read, and measures more than once; with the alias of sources.people."""


@contextmanager
def gathered(cursor, whom: dict[str, str], values: dict) -> Iterator[None]:
    """Within it the tables of _FACTS are temporary ones with the rows of the run's patients alone.

    A page of facts that is not in memory costs more than its rows: those of a member who is one of a million lie on a page each.
    """
    with planning(cursor, loops=False):
        for name, alias in _FACTS.items():
            where = f"{alias}.payer_id = %(payer_id)s {whom[f'people_{alias}']}"
            _stand_in(cursor, f"{alias}.*", f"{name} {alias}", where, values)
    yield
    cursor.execute(f"DROP TABLE {', '.join(f'pg_temp.{name}' for name in _FACTS)}")


@contextmanager
def planning(cursor, *, loops: bool) -> Iterator[None]:
    """Within it statistics are of small samples, and there are nested loops only where `loops` says so: thousands of codes
    against a member's claims, one by one, took seconds where a hash takes none.
    """
    asked = {"enable_nestloop": "on" if loops else "off", "default_statistics_target": STATISTICS}
    before = {}
    for name, value in asked.items():
        cursor.execute(
            "SELECT current_setting(%(name)s), set_config(%(name)s, %(value)s, true)", {"name": name, "value": value}
        )
        (before[name], _) = cursor.fetchone()
    yield
    for name, value in before.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def table(cursor, name: str, select: str, values: dict, *, by: str, parts: Collection) -> None:
    """The rows of `select` as temporary table `name`; `parts`: the values of its column `by`, each a partition.

    Statistics are of what partitions are joined on.
    """
    if parts:
        cursor.execute(f"CREATE TEMPORARY TABLE {name}_shape ON COMMIT DROP AS {select} LIMIT 0", values)
        cursor.execute(f"CREATE TEMPORARY TABLE {name} (LIKE {name}_shape) PARTITION BY LIST ({by}) ON COMMIT DROP")
        cursor.execute(f"DROP TABLE {name}_shape")
        for place, part in enumerate(sorted(parts)):
            within = f"{name}_{place} PARTITION OF {name} FOR VALUES IN (%s)"
            cursor.execute(f"CREATE TEMPORARY TABLE {within} ON COMMIT DROP", [part])
        cursor.execute(f"INSERT INTO {name} {select}", values)  # noqa: S608 - a text of this package
        keys = "patient_id, ndc" if by == "set_code" else "patient_id"
        cursor.execute(f"ANALYZE {', '.join(f'{name}_{place} ({keys})' for place in range(len(parts)))}")
    else:
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {select}", values)
        cursor.execute(f"ANALYZE {name}")


def narrow(cursor, whom: dict[str, str], values: dict) -> list[str]:
    """Stays, cover and persons of the run's patients, under the names of the tables that hold everybody's."""
    for name, (columns, alias, condition) in _STANDS_IN.items():
        _stand_in(cursor, columns, f"{name} {alias}", condition.format(alias=alias, **whom), values)
    return list(_STANDS_IN)


def _stand_in(cursor, columns: str, table_as: str, where: str, values: dict) -> None:
    """The rows of a table as a temporary one of the same name; `table_as`: its name and alias."""
    name = table_as.split()[0]
    text = f"SELECT {columns} FROM {table_as} WHERE {where}"  # noqa: S608 - texts of this package
    cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {text}", values)
    cursor.execute(f"ANALYZE pg_temp.{name}")
