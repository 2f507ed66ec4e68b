"""Wire formats: bytes in, clean rows or named problems out. One module (or package) a format, each with a `FORMAT`.

To add a format: one module here whose `FORMAT` says code, title, media types and how to open a stream; one fixture in
tests/data; one test. Walking this package registers it: nothing else changes. Files of lines under a header are a `Shape`
(reading/shape.py, reading/feed.py); everything else cuts its own records (reading/records.py).
"""

import importlib
import pkgutil

from .reading.corrected import unwrapped
from .reading.feed import Feed, Format
from .reading.outcome import Bad, FeedRefused, Good, Written
from .reading.shape import Drift

__all__ = ["FORMATS", "Bad", "Drift", "Feed", "FeedRefused", "Format", "Good", "Written", "open_feed"]


def _walk():
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name != "reading":
            format_ = importlib.import_module(f"{__name__}.{module.name}").FORMAT
            if format_.code in found or format_.code != module.name:
                raise ImproperFormat(f"{module.name}: a format's code is its file's name, and no two share one")
            found[format_.code] = format_
    return dict(sorted(found.items()))


class ImproperFormat(Exception):
    """A format module is not named after its format."""


FORMATS: dict[str, Format] = _walk()


def open_feed(code, stream, **options) -> Feed:
    """Open a stream in the format named by `code`. Raises FeedRefused for an unknown format as for a bad file.

    Rejected records may come back in the file in which they were downloaded (reading/corrected.py)."""
    if code not in FORMATS:
        raise FeedRefused("unknown_format", f"Unknown format. Known: {', '.join(FORMATS)}.")
    return FORMATS[code].open(unwrapped(stream), **options)
