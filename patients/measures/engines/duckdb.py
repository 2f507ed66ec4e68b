"""DuckDB over the lake, in this process. Extra `lake`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from .dialect import translated

MEMORY = "1GB"
BATCH = 20_000


@dataclass(frozen=True)
class Session:
    connection: duckdb.DuckDBPyConnection

    def prepare(self, name: str, select: str) -> None:
        self.connection.execute(f"CREATE TEMP TABLE {name} AS {translated(select, 'duckdb')}")

    def batches(self, select: str) -> Iterator[list[tuple]]:
        found = self.connection.execute(translated(select, "duckdb"))
        while batch := found.fetchmany(BATCH):
            yield batch


@contextmanager
def opened(files: dict[str, list[str]]) -> Iterator[Session]:
    """See engines.opened."""
    with duckdb.connect(":memory:", config={"memory_limit": MEMORY}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table, paths in files.items():
            named = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet([{named}])")  # noqa: S608
        yield Session(connection)
