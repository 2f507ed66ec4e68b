"""Programmes: who is eligible, which clients opted in, who is enrolled at which pharmacy, and why not."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, Everyone, may
from patients.models import (
    ALL,
    EDIT,
    FROM_PAYER,
    READ,
    Client,
    Patient,
    days_in_order,
    of_its_member,
    through_access,
)
from pharmacies.models import Network, Pharmacy


class Program(TenantModel):
    """A programme that a PBM runs with a network. What it asks of a member is a definition in programs/definitions/."""

    pbm = models.ForeignKey(Organisation, models.PROTECT)
    network = models.ForeignKey(Network, models.PROTECT)
    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    definition = models.CharField(max_length=40, help_text="Code of the definition with its eligibility rule.")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    contact = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="How a member reaches the programme: telephone, hours, postal address. Stands in every letter.",
    )

    walls = {"portal": may(READ, Everyone()), "pbm": may(EDIT, Everyone()), "worker": may(READ, Everyone())}
    plain = frozenset(["pbm", "network", "code", "title", "definition", "since", "until", "contact"])

    class Meta:
        constraints = [days_in_order("program_days")]

    def __str__(self):
        return self.title


class Participation(TenantModel):
    """A client's opt-in to a programme."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    program = models.ForeignKey(Program, models.PROTECT, related_name="participations")
    client = models.ForeignKey(Client, models.PROTECT, related_name="participations")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    walls = {"pbm": may(EDIT, OWN_PAYERS), "worker": may(READ, OWN_PAYERS)}
    plain = frozenset(["payer", "program", "client", "since", "until"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "client"], condition=Q(until=None), name="one_open_opt_in"),
            SameTenant(
                fields=["payer_id", "client_id"],
                to="patients_client",
                to_fields=["payer_id", "id"],
                name="opt_in_of_its_client",
            ),
            days_in_order("opt_in_days"),
        ]

    def __str__(self):
        return f"{self.client} in {self.program}"


class EnrolmentRun(TenantModel):
    """One pass of a programme over a payer's members."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    program = models.ForeignKey(Program, models.PROTECT)
    as_of = models.DateField()
    ran_at = models.DateTimeField(default=timezone.now)
    counts = models.JSONField(default=dict, help_text="Outcome code -> members.")

    walls = {"pbm": may(READ, OWN_PAYERS), "worker": may(EDIT, OWN_PAYERS)}
    plain = frozenset(["payer", "program", "as_of", "ran_at", "counts"])

    def __str__(self):
        return f"{self.program} as of {self.as_of:%-d %b %Y}"


class Decision(TenantModel):
    """The newest answer of a programme about a member: enrolled, or excluded with the reason, as sentence and data."""

    class Outcome(models.TextChoices):
        ENROLLED = "enrolled", "Enrolled"
        NOT_COVERED = "not_covered", "Not covered on the day"
        NOT_MEDICARE = "not_medicare", "Covered, but by another line of business"
        NOT_OPTED_IN = "not_opted_in", "Client has not opted in"
        DECEASED = "deceased", "Died"
        NO_CONDITION = "no_condition", "No qualifying condition in claims"
        NO_PHARMACY = "no_pharmacy", "Too few fills at retail pharmacies to attribute"
        UNKNOWN_PHARMACY = "unknown_pharmacy", "Main pharmacy is not in the directory"
        NOT_IN_NETWORK = "not_in_network", "Main pharmacy is not in the network"
        NOT_IN_PBM_NETWORK = "not_in_pbm_network", "Main pharmacy is not in the PBM's network"
        OPTED_OUT = "opted_out", "Opted out"

    payer = models.ForeignKey(Organisation, models.PROTECT)
    program = models.ForeignKey(Program, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT)
    outcome = models.CharField(max_length=20, choices=Outcome)
    sentence = models.TextField()
    data = models.JSONField(default=dict)
    as_of = models.DateField()
    run = models.ForeignKey(EnrolmentRun, models.PROTECT)

    walls = {"pbm": may(READ, OWN_PAYERS), "worker": may(ALL, OWN_PAYERS)}
    phi = frozenset({"patient", "outcome", "sentence", "data"})
    plain = frozenset({"payer", "program", "as_of", "run"})
    audit = "count"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "payer", "patient"], name="one_decision_a_member"),
            of_its_member("decision_about_its_member"),
        ]

    def __str__(self):
        return f"{self.patient}: {self.get_outcome_display()}"


class Enrolment(PublicModel):
    """A member's time in a programme at the pharmacy to which claims attribute them, with the reason.

    `days` is half open: [first day, first day no longer enrolled); unbounded while in force.
    """

    payer = models.ForeignKey(Organisation, models.PROTECT)
    program = models.ForeignKey(Program, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="enrolments")
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)
    days = DateRangeField()
    strategy = models.CharField(max_length=20, default="plurality_fills")
    reason = models.TextField(help_text="The sentence that a pharmacist reads.")
    data = models.JSONField(
        default=dict, help_text="The counts behind the sentence: fills by pharmacy, look-back, tie-break."
    )
    ended_because = models.CharField(max_length=20, blank=True)

    walls = FROM_PAYER | {"portal": may(READ, through_access())}
    phi = frozenset({"patient", "days", "reason", "data", "ended_because"})
    plain = frozenset({"payer", "program", "pharmacy", "strategy"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "id"], name="enrolment_of_payer"),
            ExclusionConstraint(
                name="one_pharmacy_a_day",
                expressions=[
                    ("program", RangeOperators.EQUAL),
                    ("payer", RangeOperators.EQUAL),
                    ("patient", RangeOperators.EQUAL),
                    ("days", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(days__isempty=False), name="enrolment_days_not_empty"),
            of_its_member("enrolment_of_its_member"),
        ]


class OptOut(PublicModel):
    """A member's own no to a programme, in force from `since` on, whatever claims say.

    `until` is the first day on which they take part again: empty while the no stands, equal to `since` when it never held.
    """

    class How(models.TextChoices):
        PHONE = "phone", "By phone"
        LETTER = "letter", "By letter"
        PHARMACY = "pharmacy", "At the pharmacy"
        CLIENT = "client", "Through their plan sponsor"
        OTHER = "other", "In another way"

    payer = models.ForeignKey(Organisation, models.PROTECT)
    program = models.ForeignKey(Program, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="opt_outs")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    how = models.CharField(max_length=10, choices=How)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    pharmacy = models.ForeignKey(
        Pharmacy, models.PROTECT, null=True, related_name="+", help_text="Where it was recorded; empty: by the PBM."
    )
    patient_name = models.CharField(
        max_length=220,
        blank=True,
        default="",
        db_default="",
        help_text="For the pharmacy's own list: it no longer sees the member.",
    )

    walls = {
        "portal": may("select, insert, update (until)", OWN_PHARMACY, insert=through_access()),
        "pbm": may("select, insert, update (until)", OWN_PAYERS),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"patient", "since", "until", "how", "note", "patient_name"})
    plain = frozenset({"payer", "program", "recorded_by", "recorded_at", "pharmacy"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "payer", "patient"], condition=Q(until=None), name="one_open_opt_out"
            ),
            days_in_order("opt_out_days"),
            of_its_member("opt_out_of_its_member"),
        ]


class MemberLetter(PublicModel):
    """A letter of a programme to a member: made when it is first printed, then sent, and perhaps returned by the mail.

    `enrolment` is empty when what the letter is about never held (an enrolment that ended on its own first day).
    """

    class Kind(models.TextChoices):
        WELCOME = "welcome", "Welcome"
        MOVED = "moved", "New pharmacy"
        ENDED = "ended", "End"

    payer = models.ForeignKey(Organisation, models.PROTECT)
    program = models.ForeignKey(Program, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="letters")
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, help_text="The pharmacy that the letter names.")
    enrolment = models.ForeignKey(Enrolment, models.SET_NULL, null=True, related_name="letters")
    kind = models.CharField(max_length=10, choices=Kind)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)

    walls = {
        "pbm": may("select, insert, update (sent_on, returned_on)", OWN_PAYERS),
        "worker": may("select, update (enrolment_id)", OWN_PAYERS),
    }
    phi = frozenset({"patient", "kind", "sent_on", "returned_on"})
    plain = frozenset({"payer", "program", "pharmacy", "enrolment", "made_at", "made_by"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "kind"], name="one_letter_a_kind"),
            models.CheckConstraint(
                condition=Q(returned_on=None) | Q(returned_on__gte=models.F("sent_on"), sent_on__isnull=False),
                name="letter_is_sent_before_it_returns",
            ),
            of_its_member("letter_to_its_member"),
            SameTenant(
                fields=["payer_id", "enrolment_id"],
                to="programs_enrolment",
                to_fields=["payer_id", "id"],
                name="letter_about_its_enrolment",
            ),
        ]
