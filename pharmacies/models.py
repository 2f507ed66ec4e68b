"""The supply side: pharmacies, the networks they belong to, the PBMs whose networks they are in, and what they are paid."""

import re
from uuid import uuid4

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models import F, Func, Q, Value

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.codes.rurality import RUCA_WORDS, RURAL_FROM_RUCA
from carecoord.kernel.npi import validate_npi
from carecoord.kernel.tenancy.models import ReferenceModel, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PHARMACY, Either, Everyone, Own, Via, may

from .standard import minimum_services

READ, EDIT = "select", "select, insert, update"
DIRECTORY = {"portal": READ, "pbm": EDIT, "api": READ, "worker": EDIT, "auditor": READ}


def days_in_order(name):
    """A check that `until` does not lie before `since`."""
    return models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name=name)


def days_apart(name, *same):
    """Of rows that agree in the columns `same`, no two are in force on one day."""
    days = Func(F("since"), F("until"), Value("[]"), function="daterange", output_field=DateRangeField())
    return ExclusionConstraint(name=name, expressions=[*((column, "=") for column in same), (days, "&&")])


class Channel(models.TextChoices):
    """How a pharmacy dispenses; attribution counts retail alone."""

    RETAIL = "retail", "Retail"
    MAIL = "mail", "Mail order"
    LONG_TERM_CARE = "ltc", "Long-term care"
    SPECIALTY = "specialty", "Specialty"
    OTHER = "other", "Other"


class Pharmacy(ReferenceModel):
    """A pharmacy in the directory. Its key is its organisation's, so that `pharmacy_id` is the tenant everywhere."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, primary_key=True, related_name="pharmacy")
    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    npi = models.CharField("NPI", max_length=10, unique=True, validators=[validate_npi])
    name = models.CharField(max_length=200)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=2, blank=True)
    zip = models.CharField("ZIP code", max_length=5, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.RETAIL)
    ruca = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Rural-urban commuting area code of the ZIP, 1 to 10 (99: not coded)."
    )
    county_fips = models.CharField(
        "county (FIPS code)", max_length=5, blank=True, help_text="Five digits; empty where the county is not known."
    )
    rucc = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Rural-urban continuum code of the county, 1 to 9; only where the county is known.",
    )
    time_zone = models.CharField(max_length=40, default="America/New_York")

    grants = DIRECTORY
    audit = "rows"

    class Meta:
        verbose_name_plural = "pharmacies"
        constraints = [
            models.CheckConstraint(condition=Q(npi__regex=r"^[12][0-9]{9}$"), name="pharmacy_npi_has_ten_digits"),
            models.CheckConstraint(condition=~Q(county_fips="") | Q(rucc=None), name="pharmacy_rucc_has_a_county"),
        ]

    def __str__(self):
        return self.name

    @property
    def is_rural(self):
        """By the RUCA code of its ZIP: 4 to 10 are outside a metropolitan area; None when the ZIP is not known."""
        return None if self.ruca is None or self.ruca == 99 else self.ruca >= RURAL_FROM_RUCA

    @property
    def rural_reason(self):
        """The sentence behind `is_rural`."""
        if self.is_rural is None:
            return f"ZIP code {self.zip} is in no commuting area." if self.zip else "The ZIP code is not known."
        return f"ZIP code {self.zip}: {RUCA_WORDS[self.ruca]} (RUCA {self.ruca}; rural from {RURAL_FROM_RUCA})."


class Network(ReferenceModel):
    """A network of independent pharmacies, national or local (then with a parent)."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, primary_key=True, related_name="network")
    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="locals")
    services = ArrayField(
        models.CharField(max_length=30),
        default=minimum_services,
        blank=True,
        help_text="Codes of the services that every member attests; see pharmacies/standard.py.",
    )

    grants = DIRECTORY
    audit = "rows"

    def __str__(self):
        return self.name


class NetworkMembership(TenantModel):
    """A pharmacy's time in a network."""

    network = models.ForeignKey(Network, models.PROTECT, related_name="memberships")
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="network_memberships")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    walls = {"portal": may(READ, OWN_PHARMACY), "pbm": may(EDIT, Everyone()), "worker": may(EDIT, Everyone())}
    plain = frozenset({"network", "pharmacy", "since", "until"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "pharmacy", "since"], name="network_membership_once"),
            models.UniqueConstraint(
                fields=["network", "pharmacy"], condition=Q(until=None), name="one_open_network_membership"
            ),
            days_in_order("network_membership_days"),
        ]

    def __str__(self):
        return f"{self.pharmacy} in {self.network}"


class PbmParticipation(TenantModel):
    """A pharmacy's time in a PBM's own network."""

    pbm = models.ForeignKey(Organisation, models.PROTECT, related_name="participations")
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="pbm_participations")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    walls = {
        "portal": may(READ, OWN_PHARMACY),
        "pbm": may(EDIT, Own("pbm_id", "organisation_id")),
        "worker": may(EDIT, Everyone()),
    }
    plain = frozenset({"pbm", "pharmacy", "since", "until"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pbm", "pharmacy", "since"], name="participation_once"),
            models.UniqueConstraint(fields=["pbm", "pharmacy"], condition=Q(until=None), name="one_open_participation"),
            days_in_order("participation_days"),
        ]

    def __str__(self):
        return f"{self.pharmacy} with {self.pbm}"


IN_MY_NETWORK = Either(
    (
        Own("network_id", "organisation_id"),
        Via("pharmacies.Network", Own("parent_id", "organisation_id"), here="network_id", there="organisation_id"),
    )
)
IN_MY_PBM = Via(
    "pharmacies.PbmParticipation", Own("pbm_id", "organisation_id"), here="pharmacy_id", there="pharmacy_id"
)
OF_MY_PHARMACIES = Either(
    (
        IN_MY_PBM,
        Via("pharmacies.NetworkMembership", IN_MY_NETWORK, here="pharmacy_id", there="pharmacy_id"),
    )
)
"""Rows of pharmacies that are or were in the PBM's own network, or in the network of the reader: past claims need past papers."""


class Credential(TenantModel):
    """A paper of a pharmacy, or of one of its people, that counts from `since` to `until`, both days included.

    An exclusion check says that the list of excluded providers was read on `since` and named nobody; it counts until
    the next one is due.
    """

    class Kind(models.TextChoices):
        LICENSE = "license", "Licence"
        IMMUNIZATION = "immunization", "Immunization certificate"
        DSMT = "dsmt", "DSMT accreditation"
        EXCLUSION_CHECK = "exclusion_check", "Exclusion-list check"
        ATTESTATION = "attestation", "Attestation"

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="credentials")
    person = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: the pharmacy's own."
    )
    kind = models.CharField(max_length=20, choices=Kind)
    number = models.CharField(max_length=60, blank=True)
    issuer = models.CharField(max_length=120, blank=True, help_text="Who gave it, such as a state's board of pharmacy.")
    state = models.CharField(max_length=2, blank=True, help_text="Two letters; empty where it counts everywhere.")
    since = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="The last day on which it counts.")
    evidence = models.TextField(blank=True, help_text="What was seen, by whom, and where it is kept.")

    walls = {
        "portal": may(READ, OWN_PHARMACY),
        "pbm": may(EDIT, OF_MY_PHARMACIES),
        "worker": may(EDIT, Everyone()),
    }
    plain = frozenset({"pharmacy", "person", "kind", "number", "issuer", "state", "since", "until", "evidence"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "person", "kind", "number", "since"], nulls_distinct=False, name="credential_once"
            ),
            models.CheckConstraint(condition=Q(state="") | Q(state__regex="^[A-Z]{2}$"), name="credential_state"),
            days_in_order("credential_days"),
        ]
        indexes = [models.Index(fields=["until"], name="credential_runs_out")]

    def __str__(self):
        return " ".join(filter(None, [self.get_kind_display(), self.number]))


class ServiceAttestation(TenantModel):
    """A pharmacy's word that it gives a service of a network's standard, from `since` to `until`, with what proves it."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    network = models.ForeignKey(Network, models.PROTECT, related_name="attestations")
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="attestations")
    service = models.CharField(max_length=30, help_text="A code of pharmacies/standard.py.")
    attested_by = models.CharField(max_length=120, help_text="Who at the pharmacy gave their word.")
    since = models.DateField(help_text="The day on which the word was given.")
    until = models.DateField(help_text="The last day on which it counts, unless it is renewed.")
    evidence = models.TextField(help_text="What was seen, and where it is kept.")

    walls = {
        "portal": may(READ, OWN_PHARMACY),
        "pbm": may(EDIT, Either((IN_MY_NETWORK, IN_MY_PBM))),
        "worker": may(EDIT, Everyone()),
    }
    plain = frozenset({"network", "pharmacy", "service", "attested_by", "since", "until", "evidence"})

    class Meta:
        constraints = [
            days_apart("one_attestation_a_day", "network", "pharmacy", "service"),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="attestation_days"),
        ]


OF_MY_NETWORKS = Via("pharmacies.NetworkMembership", OWN_PHARMACY, here="network_id", there="network_id", dated=True)


class Contract(TenantModel):
    """What a PBM pays the pharmacies of a network for services, from day to day."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    pbm = models.ForeignKey(Organisation, models.PROTECT, related_name="contracts")
    network = models.ForeignKey(Network, models.PROTECT, related_name="contracts")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    walls = {
        "portal": may(READ, OF_MY_NETWORKS),
        "pbm": may(EDIT, Either((Own("pbm_id", "organisation_id"), Own("network_id", "organisation_id")))),
        "worker": may(READ, Everyone()),
    }
    plain = frozenset({"pbm", "network", "code", "title", "since", "until"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pbm", "code"], name="contract_code_once"),
            days_in_order("contract_days"),
        ]

    def __str__(self):
        return self.title


OF_MY_CONTRACTS = {
    "portal": may(READ, Via("pharmacies.Contract", OF_MY_NETWORKS, here="contract_id", there="id")),
    "pbm": may(EDIT, Via("pharmacies.Contract", Contract.walls["pbm"].rule, here="contract_id", there="id")),
    "worker": may(READ, Everyone()),
}


class Fee(TenantModel):
    """One line of a fee schedule: what a service code pays, from day to day, everywhere or at rural pharmacies alone."""

    class Area(models.TextChoices):
        ANY = "any", "Everywhere"
        RURAL = "rural", "Rural pharmacies"

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="fees")
    code = models.CharField(max_length=20, help_text="A service code: CPT, HCPCS, or the programme's own.")
    label = models.CharField(max_length=80, help_text="Our own short words, never a licensed descriptor.")
    amount_cents = models.PositiveIntegerField()
    area = models.CharField(max_length=10, choices=Area, default=Area.ANY)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    walls = OF_MY_CONTRACTS
    plain = frozenset({"contract", "code", "label", "amount_cents", "area", "since", "until"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "code", "area", "since"], name="fee_once_a_day"),
            days_apart("one_fee_a_day", "contract", "code", "area"),
            days_in_order("fee_days"),
        ]

    @property
    def is_programme_code(self):
        """Whether the code is the programme's own: CPT and HCPCS codes have five places with digits in the middle."""
        return not re.fullmatch(r"[0-9A-Z][0-9]{3}[0-9A-Z]", self.code)

    def __str__(self):
        return f"{self.code} {self.label}"


class RuralUplift(TenantModel):
    """What a contract pays rural pharmacies on top of each fee that holds everywhere, in hundredths of a percent."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="uplifts")
    basis_points = models.PositiveIntegerField(help_text="1250 is 12.5 percent.")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    walls = OF_MY_CONTRACTS
    plain = frozenset({"contract", "basis_points", "since", "until"})

    class Meta:
        constraints = [
            days_apart("one_uplift_a_day", "contract"),
            models.CheckConstraint(condition=Q(basis_points__range=(0, 10_000)), name="uplift_doubles_at_most"),
            days_in_order("uplift_days"),
        ]
