"""The member and who may see them. A Patient is one person in the deployment; a Member is that person as one payer knows them."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.audit.actions import saw
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import NOT_SENSITIVE, OWN_PAYERS, OWN_PHARMACY, Both, Either, Via, may
from pharmacies.models import Pharmacy, days_in_order

READ, EDIT, ALL = "select", "select, insert, update", "select, insert, update, delete"


def through_access(here="patient_id"):
    """The pharmacy has a reason, in force today, to see this patient."""
    return Via("patients.PatientAccess", OWN_PHARMACY, here=here, dated=True)


def made_here(verbs="select, insert", change=None):
    """Rows that a pharmacy makes about a patient: it keeps seeing its own, and can write only while it may see the patient."""
    return may(verbs, OWN_PHARMACY, check=Both((OWN_PHARMACY, through_access())), change=change)


OF_MY_MEMBERS = Either((OWN_PAYERS, Via("patients.Member", OWN_PAYERS, here="id")))

OF_MY_STORE = Via("patients.PatientAccess", OWN_PHARMACY)
"""Whom an auditor of a pharmacy asks about: whoever it could ever see."""

FROM_PAYER = {
    "portal": may(READ, through_access()),
    "pbm": may(READ, OWN_PAYERS),
    "api": may(READ, OWN_PAYERS),
    "worker": may(ALL, OWN_PAYERS),
}
"""The walls of most rows that a payer sent: pharmacies read them by access, the payer's own side by the payer."""

LABELLED = {
    "portal": may(READ, Both((through_access(), NOT_SENSITIVE))),
    "pbm": may(READ, Both((OWN_PAYERS, NOT_SENSITIVE))),
    "api": may(READ, Both((OWN_PAYERS, NOT_SENSITIVE))),
    "worker": may(ALL, OWN_PAYERS),
}
"""The same, for rows with a `sensitivity`: substance use is for those alone who may see it (42 CFR part 2)."""


def of_its_member(name):
    """The composite key that ties a payer's row to that payer's own member."""
    return SameTenant(
        fields=["payer_id", "patient_id"], to="patients_member", to_fields=["payer_id", "patient_id"], name=name
    )


class Patient(PublicModel):
    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        UNKNOWN = "unknown", "Not known"

    payer = models.ForeignKey(Organisation, models.PROTECT, help_text="The payer that first told of this person.")
    first_name = models.CharField(max_length=100, blank=True)
    middle_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    name_suffix = models.CharField(max_length=20, blank=True)
    search_name = models.CharField(
        max_length=220,
        blank=True,
        db_collation="C",
        help_text="last first, lower case: a prefix search that row-level security keeps on its index.",
    )
    sex = models.CharField(max_length=10, choices=Sex, default=Sex.UNKNOWN)
    born_on = models.DateField(null=True)
    died_on = models.DateField(null=True)
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=40, blank=True)
    zip = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=10, default="en")
    created_at = models.DateTimeField(default=timezone.now)

    walls = {
        "portal": may(READ, through_access(here="id")),
        "pbm": may(READ, OF_MY_MEMBERS),
        "api": may(READ, OF_MY_MEMBERS),
        "worker": may(EDIT, OF_MY_MEMBERS),
        "auditor": may(  # to find somebody in the trail by name; nothing of a chart
            "select (id, payer_id, first_name, last_name, search_name)",
            Either((OF_MY_MEMBERS, Via("patients.PatientAccess", OWN_PHARMACY, here="id"))),
        ),
    }
    phi = frozenset(
        [
            "first_name",
            "middle_name",
            "last_name",
            "name_suffix",
            "search_name",
            "sex",
            "born_on",
            "died_on",
            "address",
            "city",
            "state",
            "zip",
            "phone",
            "email",
            "language",
        ]
    )
    plain = frozenset({"payer", "created_at"})

    class Meta:
        indexes = [models.Index(fields=["search_name"], name="patient_by_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(born_on=None) | Q(born_on__range=("1900-01-01", "2100-12-31")), name="born_in_our_time"
            ),
            models.CheckConstraint(
                condition=Q(died_on=None) | Q(died_on__range=("1900-01-01", "2100-12-31")), name="died_in_our_time"
            ),
        ]

    @classmethod
    def from_db(cls, db, field_names, values):
        patient = super().from_db(db, field_names, values)
        saw(patient.pk)  # the request's read event names everybody who was loaded
        return patient

    def __str__(self):
        return self.name

    @property
    def name(self):
        """'Okafor, Ada' for lists; the member id stands in where a feed has no names."""
        return (
            ", ".join(part for part in (self.last_name, self.first_name) if part)
            or f"Patient {str(self.public_id)[:8]}"
        )

    @cached_property
    def person(self):
        """The record that holds this person now: this one, or the one into which it was merged."""
        return self.held_by() or self

    @cached_property
    def former_ids(self):
        """{record: the id by which it is known} of the records that were merged into the one that holds this person."""
        return dict(self.person.former_members.values_list("patient_id", "member_id"))

    @property
    def records(self):
        """Keys of the records of this person, the one that holds them first; the others are read with it."""
        return [self.person.pk, *self.former_ids]

    def held_by(self):
        """The record that holds this person now, where it is another one: this one is an empty shell then."""
        if self.search_name or self.born_on:
            return None
        found = self.members.exclude(merged_into=None).select_related("merged_into").first()
        return found and found.merged_into

    def age_on(self, day):
        """Whole years on a day; None without a birth date."""
        if self.born_on is None:
            return None
        return day.year - self.born_on.year - ((day.month, day.day) < (self.born_on.month, self.born_on.day))


class Member(TenantModel):
    """The id by which a payer knows a patient: a record. Ids of one person lead to one record (patients/claims/identities.py).

    No index begins and ends with the payer: to a planner without statistics it looks as good as the right one, and a look-up
    then reads all of the payer's members.
    """

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="members")
    member_id = models.CharField(max_length=100)
    person_id = models.CharField(max_length=100, blank=True)
    merged_into = models.ForeignKey(
        Patient,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="former_members",
        help_text="The record that holds this person now; what is recorded here stays and is read with that one.",
    )
    current_id = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="The id of today, where it is another one."
    )

    walls = FROM_PAYER | {
        "portal": may(READ, Either((through_access(), through_access(here="merged_into_id")))),
        "worker": may(EDIT, OWN_PAYERS),
        "auditor": may(
            "select (id, payer_id, patient_id, member_id, merged_into_id)", Either((OWN_PAYERS, OF_MY_STORE))
        ),
    }
    phi = frozenset({"patient", "member_id", "person_id", "merged_into", "current_id"})
    plain = frozenset({"payer"})

    class Meta:
        indexes = [models.Index(fields=["merged_into"], condition=~Q(merged_into=None), name="former_records")]
        constraints = [
            models.UniqueConstraint(fields=["payer", "member_id"], name="member_id_once_a_payer"),
            models.UniqueConstraint(fields=["payer", "patient"], name="patient_once_a_payer"),
        ]

    def __str__(self):
        return self.id_now

    @property
    def id_now(self):
        """The id by which the payer knows the person today."""
        return self.current_id or self.member_id


class Client(TenantModel):
    """A plan sponsor: the employer, union or plan for whom a payer covers people."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)

    walls = {
        "portal": may(READ, Via("patients.Coverage", through_access(), here="id", there="client_id")),
        "pbm": may(EDIT, OWN_PAYERS),
        "api": may(READ, OWN_PAYERS),
        "worker": may(EDIT, OWN_PAYERS),
    }
    plain = frozenset({"payer", "code", "name"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "code"], name="client_code_once_a_payer"),
            models.UniqueConstraint(fields=["payer", "id"], name="client_of_payer"),
        ]

    def __str__(self):
        return self.name


class LineOfBusiness(models.TextChoices):
    MEDICARE = "medicare", "Medicare"
    MEDICAID = "medicaid", "Medicaid"
    COMMERCIAL = "commercial", "Commercial"
    OTHER = "other", "Other"


class Coverage(TenantModel):
    """A span of cover, folded from eligibility events (which keep the history). Days are inclusive; `ends_on` None is open.

    A span of the plan WITHOUT_DRUGS is Medicare part A or B alone: measures of medicines do not rest on it.
    """

    WITHOUT_DRUGS = "medicare-ab"

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="coverages")
    client = models.ForeignKey(Client, models.PROTECT, null=True)
    plan = models.CharField(max_length=60, blank=True)
    contract = models.CharField(max_length=10, blank=True, help_text="CMS contract, such as H1234.")
    pbp = models.CharField(max_length=5, blank=True, help_text="CMS plan benefit package, such as 001.")
    line_of_business = models.CharField(max_length=10, choices=LineOfBusiness)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    dual_status = models.CharField(max_length=4, blank=True)
    low_income = models.CharField(max_length=4, blank=True)
    original_reason = models.CharField(max_length=4, blank=True)
    is_disabled = models.BooleanField(default=False)
    is_hospice = models.BooleanField(default=False)
    is_esrd = models.BooleanField(default=False)
    is_institutional = models.BooleanField(default=False)
    is_at_risk_beneficiary = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Under the plan's drug management programme (42 CFR 423.100), which is no risk score.",
    )

    walls = FROM_PAYER
    phi = frozenset(
        [
            "patient",
            "starts_on",
            "ends_on",
            "dual_status",
            "low_income",
            "original_reason",
            "is_disabled",
            "is_hospice",
            "is_esrd",
            "is_institutional",
            "is_at_risk_beneficiary",
        ]
    )
    plain = frozenset(["payer", "client", "plan", "contract", "pbp", "line_of_business"])
    audit = "count"

    class Meta:
        indexes = [models.Index(fields=["payer", "patient", "starts_on"], name="coverage_of_member")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="coverage_days_in_order"
            ),
            of_its_member("coverage_of_its_member"),
            SameTenant(
                fields=["payer_id", "client_id"],
                to="patients_client",
                to_fields=["payer_id", "id"],
                name="coverage_of_its_client",
            ),
        ]


class PatientAccess(TenantModel):
    """Which pharmacy may see whom, from when to when, and why."""

    class Reason(models.TextChoices):
        ATTRIBUTION = "attribution", "Attributed by claims"
        ENROLMENT = "enrolment", "Enrolled in a programme"
        CARE = "care", "Care given here"

    payer = models.ForeignKey(Organisation, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="accesses")
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)
    reason = models.CharField(max_length=12, choices=Reason)
    sentence = models.TextField(help_text="Why, for the pharmacist and the auditor.")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    walls = {
        "portal": may(READ, OWN_PHARMACY),
        "pbm": may(READ, OWN_PAYERS),
        "worker": may(ALL, OWN_PAYERS),
        "auditor": may("select (id, patient_id, pharmacy_id)", OWN_PHARMACY),
    }
    phi = frozenset({"patient", "sentence"})
    plain = frozenset({"payer", "pharmacy", "reason", "since", "until"})

    class Meta:
        verbose_name_plural = "patient accesses"
        indexes = [
            models.Index(fields=["patient", "pharmacy"], name="access_by_patient"),
            models.Index(fields=["pharmacy", "patient"], name="access_by_pharmacy"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "patient", "payer", "reason"], condition=Q(until=None), name="one_open_access"
            ),
            days_in_order("access_days"),
            of_its_member("access_of_its_member"),
        ]


class Consent(TenantModel):
    """What a patient agreed to, or refused, at a pharmacy. A later row of the same kind takes over."""

    class Kind(models.TextChoices):
        SERVICES = "services", "Pharmacy services"
        CALLS = "calls", "Telephone calls"
        TEXTS = "texts", "Text messages"
        VOICEMAIL = "voicemail", "Messages on a machine"

    payer = models.ForeignKey(Organisation, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents")
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind)
    is_given = models.BooleanField()
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT)
    recorded_at = models.DateTimeField(default=timezone.now)

    walls = {
        "portal": made_here("select, insert, update (until)"),
        "pbm": may(READ, OWN_PAYERS),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"patient", "kind", "is_given", "since", "until"})
    plain = frozenset({"payer", "pharmacy", "recorded_by", "recorded_at"})

    class Meta:
        constraints = [days_in_order("consent_days"), of_its_member("consent_of_its_member")]
