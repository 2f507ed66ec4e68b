"""Claims rule against clinical rule: where our measure on claims and the clinical twin ask different things."""

import csv
import io
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("data") / "claims_and_clinical.csv"


class Rule(NamedTuple):
    """`claims` is the code of our measure on claims, `clinical` that of the eCQM."""

    claims: str
    clinical: str
    topic: str
    claims_rule: str
    clinical_rule: str


@cache
def every():
    lines = (line for line in io.StringIO(TABLE.read_text("utf-8"), newline="") if not line.startswith("#"))
    return tuple(Rule(**row) for row in csv.DictReader(lines))


def table():
    """The rows as text, a measure a paragraph."""
    found = []
    for rule in every():
        heading = f"{rule.clinical} (clinical) and {rule.claims or 'no measure'} (claims)"
        if heading not in found:
            found += ["", heading]
        found.append(f"  {rule.topic}\n    claims:   {rule.claims_rule}\n    clinical: {rule.clinical_rule}")
    return "\n".join(found[1:])
