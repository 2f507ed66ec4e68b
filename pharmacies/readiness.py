"""What a pharmacy still lacks before it can bill, and which papers run out: read from dated rows, never stored."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from carecoord.kernel.parameters.parameter import Parameter

from .models import Contract, Credential, Network, NetworkMembership, PbmParticipation, ServiceAttestation
from .queries import in_force
from .standard import BY_CODE

EXPIRY_WARNING_DAYS = Parameter(
    "pharmacies.expiry_warning_days",
    default=90,
    unit="days",
    low=14,
    high=365,
    why="A licence board or an accreditor may take two to three months for a renewal.",
)
CHECK_WARNING_DAYS = Parameter(
    "pharmacies.check_warning_days",
    default=7,
    unit="days",
    low=1,
    high=31,
    why="The exclusion list comes out monthly, and its check lasts no longer: warned earlier, it would always warn.",
)
STEPS_DAYS = (30, 60, 90)
"""How soon a paper runs out is told in these steps."""


@dataclass(frozen=True, kw_only=True)
class Lack:
    """One thing that is missing: what it keeps from being billed, and the sentence that says what to do."""

    code: str
    blocks: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class RunningOut:
    """A paper or an attestation without a successor. `days_left` is negative once it has run out."""

    what: str
    whose: str
    pharmacy_ref: str
    pharmacy: str
    until: date
    days_left: int

    @property
    def step(self):
        """'expired', or the smallest of 30, 60, 90 days that holds it; '' beyond."""
        if self.days_left < 0:
            return "expired"
        return next((f"{step} days" for step in STEPS_DAYS if self.days_left <= step), "")

    @property
    def left(self):
        """'12 days', '1 day', 'today'."""
        return "today" if not self.days_left else f"{self.days_left} day{'s' if self.days_left != 1 else ''}"


EVERYTHING, VACCINES, TRAINING, STANDARD = "Everything", "Vaccinations", "Diabetes training", "The network's standard"
NEEDED = (
    ("license", False, EVERYTHING, "No pharmacy licence is in force. Send its number and last day to the network."),
    ("license", True, EVERYTHING, "No pharmacist's licence is in force. Name a pharmacist with number and last day."),
    ("exclusion_check", False, EVERYTHING, "The exclusion list was not checked in time. The network checks it again."),
    ("attestation", False, EVERYTHING, "The yearly attestation is missing. The owner signs it and sends it in."),
    ("immunization", None, VACCINES, "Nobody has an immunization certificate in force."),
    ("dsmt", None, TRAINING, "No accreditation for diabetes self-management training is in force."),
)
"""Kind of paper, whose (True: a person's, False: the pharmacy's own, None: either), what waits for it, what to do."""


def missing_to_bill(who, *, pharmacy, on):
    """Everything that is missing on the day, as `who` may see it: places, papers, then the network's standard."""
    return (
        *_missing_places(who, pharmacy, on),
        *_missing_papers(who, pharmacy, on),
        *_missing_services(who, pharmacy, on),
    )


def _missing_places(who, pharmacy, on):
    memberships = NetworkMembership.objects.visible_to(who).filter(in_force(on), pharmacy=pharmacy)
    if not memberships.exists():
        yield Lack(code="network", blocks=EVERYTHING, sentence="The pharmacy is in no network. A network adds it.")
    elif not Contract.objects.visible_to(who).filter(in_force(on), network__in=memberships.values("network")).exists():
        yield Lack(
            code="contract", blocks=EVERYTHING, sentence="No contract with its networks is in force. The PBM adds one."
        )
    is_a_networks = Network.objects.filter(pk=who.scope.organisation_id).exists()  # it cannot see PBMs' own networks
    if not is_a_networks and not PbmParticipation.objects.visible_to(who).filter(in_force(on), pharmacy=pharmacy):
        yield Lack(code="pbm", blocks=EVERYTHING, sentence="The pharmacy is in no PBM's own network. The PBM adds it.")


def _missing_papers(who, pharmacy, on):
    rows = Credential.objects.visible_to(who).filter(in_force(on), pharmacy=pharmacy)
    there = {(kind, person is not None) for kind, person in rows.values_list("kind", "person")}
    for kind, is_a_persons, blocks, sentence in NEEDED:
        whose = (True, False) if is_a_persons is None else (is_a_persons,)
        if not any((kind, each) in there for each in whose):
            yield Lack(code=kind, blocks=blocks, sentence=sentence)


def _missing_services(who, pharmacy, on):
    memberships = NetworkMembership.objects.visible_to(who).filter(in_force(on), pharmacy=pharmacy)
    attested = set(
        ServiceAttestation.objects.visible_to(who)
        .filter(in_force(on), pharmacy=pharmacy)
        .values_list("network", "service")
    )
    for membership in memberships.select_related("network").order_by("network__name"):
        network = membership.network
        absent = [BY_CODE[code].title for code in network.services if (network.pk, code) not in attested]
        if absent:
            yield Lack(
                code="standard", blocks=STANDARD, sentence=f"{network.name} asks for: {', '.join(absent).lower()}."
            )


def running_out(who, *, on, days, pharmacies=None):
    """Papers and attestations that end before `days` more days are over, or ended in the last year, with no successor;
    the first to end first; of some `pharmacies` (keys), or of all."""
    window = (on - timedelta(days=365), on + timedelta(days=days))
    kept = {} if pharmacies is None else {"pharmacy__in": pharmacies}
    papers = _without_successor(Credential.objects.visible_to(who), ("pharmacy", "kind"), window).filter(**kept)
    checked_by = on + timedelta(days=min(days, CHECK_WARNING_DAYS.on(on)))
    papers = papers.exclude(kind=Credential.Kind.EXCLUSION_CHECK, until__gt=checked_by)
    papers = [
        _running_out(row, row.get_kind_display(), row.person.name if row.person else "", on)
        for row in papers.select_related("pharmacy", "person")
    ]
    words = _without_successor(
        ServiceAttestation.objects.visible_to(who), ("pharmacy", "network", "service"), window
    ).filter(**kept)
    words = [_running_out(row, BY_CODE[row.service].title, "", on) for row in words.select_related("pharmacy")]
    return sorted([*papers, *words], key=lambda each: (each.until, each.pharmacy, each.what, each.whose))


def _without_successor(rows, same, window):
    """Rows that end inside the window, where none of the same kind goes on after them."""
    later = rows.filter(Q(until=None) | Q(until__gt=OuterRef("until")), **{name: OuterRef(name) for name in same})
    if rows.model is Credential:
        later = later.annotate(whose=Coalesce("person", 0)).filter(whose=Coalesce(OuterRef("person"), 0))
    return rows.filter(until__range=window).filter(~Exists(later))


def _running_out(row, what, whose, on):
    return RunningOut(
        what=what,
        whose=whose,
        pharmacy_ref=str(row.pharmacy.public_id),
        pharmacy=row.pharmacy.name,
        until=row.until,
        days_left=(row.until - on).days,
    )
