"""Parquet files out of PostgreSQL: COPY in batches through pyarrow, in little memory. Extra `lake`."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from pyarrow import csv, parquet

BLOCK_BYTES = 4 << 20
_TYPES = (
    (models.BooleanField, lambda field: pyarrow.bool_()),
    (models.DateField, lambda field: pyarrow.date32()),
    (models.DecimalField, lambda field: pyarrow.decimal128(field.max_digits, field.decimal_places)),
    (models.SmallIntegerField, lambda field: pyarrow.int16()),
    (models.BigIntegerField, lambda field: pyarrow.int64()),
    (models.AutoField, lambda field: pyarrow.int32()),
    (models.IntegerField, lambda field: pyarrow.int32()),
    ((models.CharField, models.TextField), lambda field: pyarrow.string()),
)
"""The first that fits; BigAutoField is a BigIntegerField here, and SmallIntegerField comes before IntegerField."""


def columns(model, names: tuple[str, ...] = ()) -> dict[str, pyarrow.DataType]:
    """Column -> Arrow type of those named, or of all that engines can take: no arrays, and no key of facts."""
    found = {}
    for one in model._meta.concrete_fields:
        field = one
        while field.is_relation:
            field = field.target_field
        if isinstance(one, ArrayField) or (names and one.column not in names) or (not names and one.primary_key):
            continue
        found[one.column] = next(make(field) for kinds, make in _TYPES if isinstance(field, kinds))
    return found


def write(path: Path, select: str, values: dict, types: dict[str, pyarrow.DataType]) -> int:
    """The rows of `select` as one file, complete and on disk or not there at all. Returns how many there are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made, rows = path.with_name(f"{path.name}.part"), 0
    schema = pyarrow.schema(list(types.items()))
    with made.open("wb") as out:
        with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
            for batch in _batches(select, values, types):
                writer.write_batch(batch)
                rows += batch.num_rows
        out.flush()
        os.fsync(out.fileno())
    made.replace(path)
    return rows


def _batches(select: str, values: dict, types: dict[str, pyarrow.DataType]) -> Iterator[pyarrow.RecordBatch]:
    with connection.cursor() as cursor, cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT csv)", values) as copy:
        stream = _Stream(copy)
        if not stream.peek():
            return
        yield from csv.open_csv(
            pyarrow.PythonFile(stream, mode="r"),
            read_options=csv.ReadOptions(column_names=list(types), block_size=BLOCK_BYTES, use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=types, true_values=["t"], false_values=["f"], null_values=[""],
                strings_can_be_null=True, quoted_strings_can_be_null=False,
            ),
        )  # fmt: skip


class _Stream(io.RawIOBase):
    """A COPY as a file that pyarrow reads."""

    def __init__(self, copy):
        self._copy, self._left = copy, b""

    def peek(self) -> bytes:
        """What comes next, without taking it; empty at the end."""
        while not self._left and (block := self._copy.read()):
            self._left = bytes(block)
        return self._left

    def readable(self):
        return True

    def read(self, size=-1):
        parts, wanted = [], BLOCK_BYTES if size is None or size < 0 else size
        while wanted and (block := self.peek()[:wanted]):
            self._left = self._left[len(block) :]
            wanted -= len(block)
            parts.append(block)
        return b"".join(parts)
