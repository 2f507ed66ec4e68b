"""Log lines: JSON for machines, or words for people, with who asked for what and how it went. Never a patient's data.

What a library says in its own words is not repeated, since it may quote what it was given: the line names the library
and the place. Exceptions are described by faults.py.
"""

import json
from datetime import UTC, datetime

import structlog

from .faults import described, error_of

PLAIN_SPEAKERS = (
    "carecoord", "patients", "pharmacies",
    "celery.apps", "celery.beat", "celery.worker.consumer", "kombu", "psycopg.pool",
)  # fmt: skip
"""Loggers whose words may be repeated: our own, and those that speak of connections and processes alone."""


def stamp(logger, method, event):
    event["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    return event


def quote_nobody_else(logger, method, event):
    """For records of the standard library's loggers."""
    record = event["_record"]
    if not f"{record.name}.".startswith(tuple(f"{name}." for name in PLAIN_SPEAKERS)):
        event["event"] = f"{record.name} said something at {record.module}:{record.lineno}"
    return event


def describe_faults(logger, method, event):
    error = error_of(event.pop("exc_info", None))
    event.pop("stack_info", None)
    return event | (described(error) if error is not None else {})


def as_json(logger, method, event):
    return json.dumps(event, default=str)


def as_words(logger, method, event):
    """One line, and the places of a fault below it."""
    at, level, said = event.pop("at"), event.pop("level"), event.pop("event")
    event.pop("logger", None)
    places = event.pop("places", ())
    facts = " ".join(f"{name}={value}" for name, value in event.items() if value is not None)
    return "\n    ".join([f"{at[11:19]} {level:<7} {_one_line(said)} {_one_line(facts)}".rstrip(), *places])


def _one_line(text):
    return str(text).replace("\n", "\\n").replace("\r", "\\r")


SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    stamp,
)


class Lines(structlog.stdlib.ProcessorFormatter):
    """The formatter of every handler. `style`: json or words."""

    def __init__(self, *, style="json"):
        super().__init__(
            foreign_pre_chain=[quote_nobody_else, *SHARED],
            processors=[self.remove_processors_meta, describe_faults, as_json if style == "json" else as_words],
        )


def configure():
    """structlog's own loggers go the way of all others."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
