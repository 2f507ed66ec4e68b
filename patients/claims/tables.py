"""Which table holds the events of a kind of record, and how a clean row becomes a line of COPY for it.

COPY is used in its CSV form, which can say "empty is not null" for texts: the separator is a tab and the quote a control
character, neither of which a clean row can hold (fields.py refuses them), so that nothing needs escaping.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

from django.db.models import Model, TextField

from .models import ClinicalEvent, EligibilityEvent, MedicalEvent, PharmacyEvent
from .records import LAYOUTS

RENAMED = {"claim_id": "record_id", "claim_line": "record_line"}
DAY_OF = {"observation": "observed_on", "lab_result": "collected_on", "immunization": "given_on"}
ONLY_STAGED = {"transaction": "text", "is_reversal": "boolean"}  # together they are the event's `action`
NULL = "None"


@dataclass(frozen=True)
class Table:
    """`model`: the event model. `staged`: the columns of a row in COPY's order. `prefix(row, digest)`: what stands before
    the row's own columns, of which the first `skipped` are left out. `arrays`: places of columns that are lists."""

    kind: str
    model: type[Model]
    staged: tuple[str, ...]
    prefix: object = None
    arrays: tuple[int, ...] = ()
    skipped: int = 0
    is_claim: bool = False
    name: str = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "name", self.model._meta.db_table)

    @property
    def has_links(self):
        """Whether one record can act on another: pharmacy reversals and rebills name other claims."""
        return self.model is PharmacyEvent

    @property
    def told(self):
        """The columns of an event that come from the feed, as both the stage and the event table name them."""
        return (*(name for name in self.staged if name not in ONLY_STAGED), "action", "content_hash", "line_number")

    @property
    def texts(self):
        """Staged columns that are texts: empty means empty, and the word None means the word None."""
        fields = {f.name: f for f in self.model._meta.concrete_fields}
        return tuple(name for name in self.staged if name == "transaction" or isinstance(fields.get(name), TextField))

    def encode(self, row):
        """A clean row -> (content hash in hex, COPY's columns as text). The hash covers the clean columns, all of them."""
        if self.arrays:
            row = list(row)
            for place in self.arrays:
                row[place] = _array(row[place])
        words = "\t".join(map(str, row))
        digest = blake2b(words.encode(), digest_size=16).hexdigest()
        if self.prefix is None:
            return digest, words
        if self.skipped:
            words = "\t".join(map(str, row[self.skipped :]))
        return digest, f"{self.prefix(row, digest)}\t{words}"


def _array(values):
    """An array literal; codes hold no quotes or backslashes, but this does not rely on it."""
    if not values:
        return "{}"
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return '{"' + '","'.join(escaped) + '"}'


def _claim(kind, model):
    layout = LAYOUTS[kind]
    arrays = tuple(i for i, column in enumerate(layout.columns) if column.type == "texts")
    names = tuple(RENAMED.get(name, name) for name in layout.names)
    return Table(kind, model, names, arrays=arrays, is_claim=True)


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

    return Table("eligibility", EligibilityEvent, ("record_id", *layout.names), prefix=prefix)


def _clinical(kind):
    layout = LAYOUTS[kind]
    names = tuple("happened_on" if name == DAY_OF[kind] else name for name in layout.names[1:])

    def prefix(row, digest):
        return f"{kind}\t{kind}:{row[0]}"

    return Table(kind, ClinicalEvent, ("kind", "record_id", *names), prefix=prefix, skipped=1)


TABLES = {
    "pharmacy_claim": _claim("pharmacy_claim", PharmacyEvent),
    "medical_claim": _claim("medical_claim", MedicalEvent),
    "eligibility": _eligibility(),
    **{kind: _clinical(kind) for kind in DAY_OF},
}
EVENT_MODELS = (PharmacyEvent, MedicalEvent, EligibilityEvent, ClinicalEvent)
