"""Engines beside PostgreSQL that evaluate the same texts over the Parquet lake. Each is an optional dependency."""

from importlib import import_module

BUCKETS_AT_ONCE = {"duckdb": 4, "spark": None}
"""How many of the lake's buckets (each 50,000 patient ids) an engine is given at once; None: all, since it spreads them itself."""

_EXTRA = {"duckdb": "lake", "spark": "spark"}


class NotInstalled(Exception):
    """An engine's package, or the Java that it needs, is absent; the text says what to install."""


def opened(name: str, files: dict[str, list[str]]):
    """An open session of the engine that sees each table's Parquet files under its name; a context manager.

    Its methods: prepare(name, select) keeps a SELECT as a table; batches(select) gives rows as lists of tuples. Both take
    PostgreSQL's SQL without parameters. Raises NotInstalled.
    """
    try:
        engine = import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        raise NotInstalled(f"{error.name} is not installed: pip install 'carecoord[{_EXTRA[name]}]'.") from None
    return engine.opened(files)
