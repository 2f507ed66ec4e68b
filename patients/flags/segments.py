"""What a flag is about, in words: a measure, or something that happened. The tabs of a worklist."""

from patients.measures import definitions

from .happened import TITLES


def title(code: str) -> str:
    """'Hypertension medicines', 'Home from hospital'; the code itself for one that was taken away since."""
    known = definitions.every()
    return known[code].short if code in known else TITLES.get(code, code)
