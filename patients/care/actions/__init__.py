"""What people at a pharmacy do. A visit's own verbs are here; the other nouns have a file each."""

from .. import bill
from .encounters import (
    CannotDocument,
    NotComplete,
    StaleRevision,
    complete,
    discard,
    record_consent,
    restore,
    save,
    start,
    today_at,
)

__all__ = [
    "CannotDocument",
    "NotComplete",
    "StaleRevision",
    "bill",
    "complete",
    "discard",
    "record_consent",
    "restore",
    "save",
    "start",
    "today_at",
]
