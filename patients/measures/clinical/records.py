"""What a clinical record says, as the measures need it. Frozen, without a database.

Codes are `Coding(system, code, display)`; `system` is one of the names in `terminology.SYSTEMS`. Times are `moments.Span`.
Statuses are FHIR's words as sent.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .moments import Span


class Coding(NamedTuple):
    system: str
    code: str
    display: str = ""

    def __str__(self):
        return f"{self.system} {self.code}" + (f" ({self.display})" if self.display else "")


class Quantity(NamedTuple):
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Record:
    """What every resource has. `ref` is `Condition/1`; `when` is the span that its measures ask for."""

    ref: str
    codes: tuple[Coding, ...] = ()
    status: str = ""
    when: Span | None = None
    categories: tuple[Coding, ...] = ()
    profiles: tuple[str, ...] = ()  # last parts of meta.profile


@dataclass(frozen=True, slots=True)
class Encounter(Record):
    """`when` is the period. `reasons` are codes, `because` references to Conditions, of why it took place."""

    class_code: str = ""
    disposition: tuple[Coding, ...] = ()
    reasons: tuple[Coding, ...] = ()
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition(Record):
    """`when` is the prevalence period; `status` the clinical status."""

    verification: str = ""


@dataclass(frozen=True, slots=True)
class Procedure(Record):
    pass


@dataclass(frozen=True, slots=True)
class Observation(Record):
    """`value` is a Quantity, a tuple of Coding, a text, a bool, or None. `parts`: code -> Quantity of each component."""

    value: object = None
    parts: tuple[tuple[str, Quantity], ...] = ()
    encounter: str = ""


@dataclass(frozen=True, slots=True)
class Order(Record):
    """A ServiceRequest or DeviceRequest; `when` is authoredOn."""

    intent: str = ""
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class MedicationOrder(Order):
    """A MedicationRequest. `supply` is its period, `supply_days` with refills; `quantity` is what is dispensed each time."""

    reasons: tuple[Coding, ...] = ()
    supply: Span | None = None
    supply_days: Decimal | None = None
    quantity: Quantity | None = None
    refills: int = 0


@dataclass(frozen=True, slots=True)
class Allergy(Record):
    """`when` is the onset; `status` the clinical status."""


@dataclass(frozen=True, slots=True)
class AdverseEvent(Record):
    pass


@dataclass(frozen=True, slots=True)
class Task(Record):
    focus: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    patient_id: str
    born_on: date | None
    sex: str = ""


@dataclass(slots=True)
class Chart:
    """A patient and his records by type of resource, in the order in which they were read."""

    patient: Patient
    records: dict[str, dict[str, Record]] = field(default_factory=dict)

    def add(self, record):
        """Keep the record; one that is told again takes the place of the first."""
        self.records.setdefault(record.ref.partition("/")[0], {})[record.ref] = record

    def of(self, kind):
        return list(self.records.get(kind, {}).values())

    def less(self, refs):
        """The same without these."""
        kept = {
            kind: {ref: one for ref, one in found.items() if ref not in refs} for kind, found in self.records.items()
        }
        return Chart(self.patient, kept)

    def find(self, ref):
        return self.records.get(ref.partition("/")[0], {}).get(ref)
