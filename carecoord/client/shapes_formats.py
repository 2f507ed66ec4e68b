"""What the API sends. Made by `manage.py write_client` out of the OpenAPI document: change that, not this."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Fault:
    """A code that a reject or a refusal carries."""

    code: str
    """Stable, such as not_a_date."""
    of: Literal["record", "file"]
    """Whether a record or the whole file is refused with it."""
    says: str
    """What it says."""
    do: str
    """What the sender does about it."""


@dataclass(frozen=True)
class Note:
    """Something that data may lack."""

    code: str
    """Stable."""
    says: str
    """What is counted under it."""


@dataclass(frozen=True)
class FormatSummary:
    """A format in short."""

    kinds: list[str]
    """Titles of its kinds of record."""
    code: str
    """Its name in `?format=`."""
    title: str
    """What people call it."""
    media_types: list[str]
    """What its files are."""
    counts: str
    """What the number of a record counts, such as line or segment."""
    href: str
    """Address of the whole description."""
    page: str
    """Address of the page for people."""


@dataclass(frozen=True)
class Formats:
    """Which formats can be sent."""

    formats: list[FormatSummary]
    """Every format."""
    faults: list[Fault]
    """What can be wrong."""
    notes: list[Note]
    """What is counted, and kept."""


@dataclass(frozen=True)
class FormatField:
    """A field."""

    name: str
    """As the file names it."""
    means: str
    """What it means."""
    type: str
    """How it is written."""
    required: bool
    """Whether a record needs it."""
    example: str
    """One value."""
    faults: list[str]
    """Codes of the faults that it can have."""


@dataclass(frozen=True)
class RecordKind:
    """A kind of record."""

    title: str
    """Its name."""
    fields: list[FormatField]
    """What is read of it."""
    example: str
    """A small file of invented people; empty where there is none."""


@dataclass(frozen=True)
class Format:
    """A format, field by field."""

    kinds: list[RecordKind]
    """What a file of it can hold."""
    faults: list[Fault]
    """What can be wrong."""
    notes: list[Note]
    """What is counted, and kept."""
    code: str
    """Its name in `?format=`."""
    title: str
    """What people call it."""
    media_types: list[str]
    """What its files are."""
    counts: str
    """What the number of a record counts, such as line or segment."""
    href: str
    """Address of the whole description."""
    page: str
    """Address of the page for people."""
