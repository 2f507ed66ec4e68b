"""Cover of measures that look at two years (two_years.sql, window_cover.sql)."""

from functools import cache
from pathlib import Path

SPANS = frozenset({("any", 0), ("drugs", 0)})
"""What they read of cover."""


@cache
def text() -> str:
    """Common table expressions down to `cover` (patient_id, has_drugs, was_covered: 0 or 1): what stands in {cover} of a kind's file."""
    window_cover, cover = (
        Path(__file__).with_name(file).read_text(encoding="utf-8").rstrip()
        for file in ("window_cover.sql", "two_years.sql")
    )
    return cover.format(window_cover=window_cover)
