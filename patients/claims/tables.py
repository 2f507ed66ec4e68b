"""Where the rows of each kind go: the event model, and the columns that COPY fills."""

from dataclasses import dataclass, field

from django.db.models import Model, TextField

from .encoding import ENCODERS
from .models import ClinicalEvent, EligibilityEvent, MedicalEvent, PaymentEvent, PharmacyEvent

ONLY_STAGED = {"transaction": "text", "is_reversal": "boolean"}  # together they are the event's `action`


@dataclass(frozen=True)
class Table:
    """`model`: the event model. `staged`: the columns of a row in COPY's order."""

    kind: str
    model: type[Model]
    name: str = field(init=False)
    staged: tuple[str, ...] = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "name", self.model._meta.db_table)
        object.__setattr__(self, "staged", ENCODERS[self.kind].staged)

    @property
    def is_eligibility(self):
        return self.model is EligibilityEvent

    @property
    def has_links(self):
        """Whether one record can act on another: pharmacy reversals and rebills name other claims."""
        return self.model is PharmacyEvent

    @property
    def is_payment(self):
        """A payment says something of a claim: it does not wait for its member, and its claim's facts follow from it."""
        return self.model is PaymentEvent

    @property
    def acts_whole(self):
        """Whether a claim with all its lines can act on another with all of its: medical replacements and voids."""
        return self.model is MedicalEvent

    @property
    def told(self):
        """The columns of an event that come from the feed, as both the stage and the event table name them."""
        return (*(name for name in self.staged if name not in ONLY_STAGED), "action", "content_hash", "line_number")

    @property
    def texts(self):
        """Staged columns that are texts: empty means empty, and the word None means the word None."""
        fields = {f.name: f for f in self.model._meta.concrete_fields}
        return tuple(name for name in self.staged if name == "transaction" or isinstance(fields.get(name), TextField))


# Eligibility first: a file that holds members and their claims makes the members known before the claims ask for them.
TABLES = {
    "eligibility": Table("eligibility", EligibilityEvent),
    "pharmacy_claim": Table("pharmacy_claim", PharmacyEvent),
    "medical_claim": Table("medical_claim", MedicalEvent),
    "claim_payment": Table("claim_payment", PaymentEvent),
    **{kind: Table(kind, ClinicalEvent) for kind in ("observation", "lab_result", "immunization")},
}
EVENT_MODELS = (PharmacyEvent, MedicalEvent, PaymentEvent, EligibilityEvent, ClinicalEvent)


def tables_of(kinds):
    """The tables of a delivery's kinds, in the order in which they are loaded."""
    return [table for kind, table in TABLES.items() if kind in kinds]
