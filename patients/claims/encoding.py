"""Clean rows as COPY reads them: tab-separated, one line a row, with a hash of the content in front.

Nothing needs escaping: a clean row holds no tab, line end or control character (fields.py refuses them). No Django here:
a reading process starts without it (reader.py).
"""

from dataclasses import dataclass
from hashlib import blake2b

from .records import LAYOUTS

RENAMED = {"claim_id": "record_id", "claim_line": "record_line"}
DAY_OF = {"observation": "observed_on", "lab_result": "collected_on", "immunization": "given_on"}
NULL = "None"


@dataclass(frozen=True)
class Encoder:
    """`staged`: the columns of a row in COPY's order. `prefix(row, digest)`: what stands before the row's own columns, of
    which the first `skipped` are left out. `arrays`: places of columns that are lists. `unsaid`: how many columns at the end are
    not part of what the record says, and of its hash. `newer`: places of columns that came later: where they say nothing, the hash
    is what it was without them, and a file that is sent again is known."""

    kind: str
    staged: tuple[str, ...]
    prefix: object = None
    arrays: tuple[int, ...] = ()
    skipped: int = 0
    unsaid: int = 0
    newer: frozenset[int] = frozenset()

    def encode(self, row):
        """A clean row -> (content hash in hex, COPY's columns as text). The hash covers the clean columns, all but the unsaid."""
        if self.arrays:
            row = list(row)
            for place in self.arrays:
                row[place] = _array(row[place])
        words = "\t".join(map(str, row))
        digest = digest_of("\t".join(map(str, self._said(row))) if self.unsaid or self.newer else words)
        if self.prefix is None:
            return digest, words
        if self.skipped:
            words = "\t".join(map(str, row[self.skipped :]))
        return digest, f"{self.prefix(row, digest)}\t{words}"

    def _said(self, row):
        said = row[: len(row) - self.unsaid]
        if not self.newer:
            return said
        return (value for place, value in enumerate(said) if value is not None or place not in self.newer)


def digest_of(words):
    """128 bits over the words of a row, in hex."""
    return blake2b(words.encode(), digest_size=16).hexdigest()


def _array(values):
    """An array literal; codes hold no quotes or backslashes, but this does not rely on it."""
    if not values:
        return "{}"
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return '{"' + '","'.join(escaped) + '"}'


def _claim(kind):
    layout = LAYOUTS[kind]
    arrays = tuple(i for i, column in enumerate(layout.columns) if column.type == "texts")
    return Encoder(kind, tuple(RENAMED.get(name, name) for name in layout.names), arrays=arrays)


def _medical():
    layout = LAYOUTS["medical_claim"]
    arrays = tuple(i for i, column in enumerate(layout.columns) if column.type == "texts")
    staged = tuple(RENAMED.get(name, name) for name in layout.names)

    def prefix(row, digest):
        return f"{row[0]}|{row[-2]}" if row[-2] else row[0]

    return Encoder("medical_claim", staged, prefix=prefix, arrays=arrays, skipped=1, unsaid=2)


def _eligibility():
    layout = LAYOUTS["eligibility"]
    member, starts, plan, statement = (
        layout.position[name] for name in ("member_id", "starts_on", "plan", "statement")
    )

    def prefix(row, digest):
        # A span is known by member, first day and plan, or by the year that its line tells as a whole; what tells only who
        # somebody is, by all that it says.
        if row[statement]:
            return f"{row[member]}|year {row[statement].partition(':')[0]}"
        return f"{row[member]}|{row[starts]}|{row[plan]}" if row[starts] else f"{row[member]}|{digest}"

    newer = frozenset({layout.position["is_at_risk_beneficiary"]})
    return Encoder("eligibility", ("record_id", *layout.names), prefix=prefix, newer=newer)


def _clinical(kind):
    layout = LAYOUTS[kind]
    names = tuple("happened_on" if name == DAY_OF[kind] else name for name in layout.names[1:])

    def prefix(row, digest):
        return f"{kind}\t{kind}:{row[0]}"

    return Encoder(kind, ("kind", "record_id", *names), prefix=prefix, skipped=1)


def _payment():
    layout, renamed = LAYOUTS["claim_payment"], {"payment_id": "record_id", "claim_line": "record_line"}
    arrays = tuple(i for i, column in enumerate(layout.columns) if column.type == "texts")
    return Encoder("claim_payment", tuple(renamed.get(name, name) for name in layout.names), arrays=arrays)


ENCODERS = {
    "pharmacy_claim": _claim("pharmacy_claim"),
    "medical_claim": _medical(),
    "claim_payment": _payment(),
    "eligibility": _eligibility(),
    **{kind: _clinical(kind) for kind in DAY_OF},
}
