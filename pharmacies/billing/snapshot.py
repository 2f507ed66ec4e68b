"""What a service claim freezes: the facts of one day, as plain data, without a thread back to the chart."""

from dataclasses import asdict, dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class PatientFacts:
    """Who was served. `ref` is the patient's public id."""

    ref: UUID
    name: str
    born_on: date | None
    sex: str
    member_id: str
    died_on: date | None = None
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""


@dataclass(frozen=True, kw_only=True)
class CoverageFacts:
    """The span of cover that contains the day of service. Days are inclusive; `ends_on` None is open."""

    plan: str = ""
    contract: str = ""
    pbp: str = ""
    line_of_business: str = ""
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class PharmacyFacts:
    """Where. `id` is the pharmacy's key, which is its organisation's."""

    id: int
    npi: str
    name: str
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """Who served: their name, and their role as the pharmacy gives it; what a claim file says of them where they have an NPI."""

    name: str
    role: str
    npi: str = ""
    last_name: str = ""
    first_name: str = ""
    taxonomy: str = ""


@dataclass(frozen=True, kw_only=True)
class CredentialFacts:
    """A paper of the pharmacy, or (`is_persons`) of whoever served, as it stood on record. Days are inclusive."""

    kind: str
    number: str = ""
    state: str = ""
    since: date
    until: date | None = None
    is_persons: bool = False

    def counts_on(self, day):
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, kw_only=True)
class VaccineFacts:
    """What was injected. `expires_on` is the last day on which the lot may be used."""

    cvx: str
    product: str = ""
    lot: str = ""
    expires_on: date | None = None
    site: str = ""
    route: str = ""
    vis_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Documentation:
    """How it was documented. `missing` holds sentences for the person who can add what is missing."""

    completed: bool
    missing: tuple[str, ...] = ()
    minutes: int | None = None
    vaccine: VaccineFacts | None = None


@dataclass(frozen=True, kw_only=True)
class ClaimSnapshot:
    """Everything that a service claim will ever know. `coverage` is None where no span contains the day.

    `client` and `program` are the codes under which it is invoiced. `lines` are (service code, units).
    Raises ValueError where no claim could be made of it.
    """

    encounter_ref: UUID
    payer_id: int
    patient: PatientFacts
    coverage: CoverageFacts | None
    pharmacy: PharmacyFacts
    rendering: Rendering
    protocol: str
    service_on: date
    documentation: Documentation
    credentials: tuple[CredentialFacts, ...] = ()
    client: str = ""
    program: str = ""
    lines: tuple[tuple[str, int], ...] = field(default=())

    def __post_init__(self):
        object.__setattr__(self, "credentials", tuple(self.credentials))
        object.__setattr__(self, "lines", tuple((code, units) for code, units in self.lines))
        if not self.lines:
            raise ValueError("A service claim has at least one line.")
        if any(not code or len(code) > 20 or not 1 <= units <= 999 for code, units in self.lines):
            raise ValueError("A line names a service code, and between 1 and 999 units of it.")

    @property
    def codes(self):
        """The service codes, in the order of the lines."""
        return tuple(code for code, _ in self.lines)

    def to_json(self):
        """Plain data: days as ISO 8601, ids as text. `from_json` gives an equal snapshot back."""
        return _plain(asdict(self))

    @classmethod
    def from_json(cls, data):
        """The inverse of `to_json`. Raises KeyError or ValueError for anything else."""
        return cls(
            encounter_ref=UUID(data["encounter_ref"]),
            payer_id=data["payer_id"],
            patient=_read(PatientFacts, data["patient"], days=("born_on", "died_on"), ids=("ref",)),
            coverage=_read(CoverageFacts, data["coverage"], days=("starts_on", "ends_on")),
            pharmacy=_read(PharmacyFacts, data["pharmacy"]),
            rendering=_read(Rendering, data["rendering"]),
            protocol=data["protocol"],
            service_on=date.fromisoformat(data["service_on"]),
            documentation=_documentation(data["documentation"]),
            credentials=tuple(
                _read(CredentialFacts, each, days=("since", "until")) for each in data.get("credentials", ())
            ),
            client=data.get("client", ""),
            program=data.get("program", ""),
            lines=tuple((code, units) for code, units in data["lines"]),
        )


def _documentation(data):
    vaccine = _read(VaccineFacts, data["vaccine"], days=("expires_on", "vis_on"))
    return Documentation(**data | {"missing": tuple(data["missing"]), "vaccine": vaccine})


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(kind, data, *, days=(), ids=()):
    if data is None:
        return None
    read = dict(data)
    for name in days:
        read[name] = date.fromisoformat(read[name]) if read.get(name) else None
    for name in ids:
        read[name] = UUID(read[name])
    return kind(**read)
