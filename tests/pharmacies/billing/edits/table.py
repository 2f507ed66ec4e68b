"""Text tables for edits: one row a case, columns by name, '-' for nothing, and what the edit must say (or 'passes')."""

import re
from datetime import date


def read_table(text):
    """A list of dicts, one a row. Columns are separated by two spaces or more."""
    lines = [re.split(r" {2,}", line.strip()) for line in text.strip().splitlines()]
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]


def day(text):
    return None if text == "-" else date.fromisoformat(text)


def agrees(said, wanted):
    """'passes' is None; anything else must occur in the sentence."""
    return said is None if wanted == "passes" else said is not None and wanted in said
