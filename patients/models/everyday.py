"""What a pharmacy knows of a patient besides the payers: how to reach them, who may be told what, allergies, a death."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, may
from pharmacies.models import Pharmacy

from .people import READ, Patient, made_here, of_its_member


class EverydayFact(PublicModel):
    """One fact. `details` are the answers of its kind's form (patients/care/everyday.py); a change is a new row."""

    class Kind(models.TextChoices):
        PHONE = "phone", "Preferred phone"
        BEST_TIME = "best_time", "Best time to call"
        INTERPRETER = "interpreter", "Interpreter"
        TTY = "tty", "TTY or relay service"
        CAREGIVER = "caregiver", "Caregiver or representative"
        ALLERGY = "allergy", "Allergy"
        OTC = "otc", "Medicine without a prescription"
        ADDRESS = "address", "Temporary or care-home address"

    SEVERAL = (Kind.CAREGIVER, Kind.ALLERGY, Kind.OTC)
    """Kinds of which a patient can have more than one at a time."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    details = models.JSONField(default=dict)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    walls = {
        "portal": made_here("select, insert, update (ended_by_id, ended_at)"),
        "pbm": may(READ, OWN_PAYERS),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"patient", "kind", "details"})
    plain = frozenset({"payer", "pharmacy", "recorded_by", "recorded_at", "ended_by", "ended_at"})

    class Meta:
        indexes = [models.Index(fields=["pharmacy", "patient"], name="everyday_facts_of_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "patient", "kind"],
                condition=Q(ended_at=None) & ~Q(kind__in=["caregiver", "allergy", "otc"]),
                name="one_fact_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | ~Q(ended_at=None) & ~Q(ended_by=None),
                name="fact_ended_by_somebody",
            ),
            of_its_member("fact_of_its_member"),
        ]


class DeathReport(PublicModel):
    """Somebody told the pharmacy that a patient died. From that moment nobody calls and no flag stands; it can be undone."""

    class Status(models.TextChoices):
        REPORTED = "reported", "Reported, not confirmed"
        CONFIRMED = "confirmed", "Confirmed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    TRANSITIONS = {
        Status.REPORTED: {Status.CONFIRMED, Status.WITHDRAWN},
        Status.CONFIRMED: {Status.WITHDRAWN},
        Status.WITHDRAWN: set(),
    }

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="death_reports")
    told_by = models.CharField(max_length=200)
    died_on = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.REPORTED)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=timezone.now)

    walls = {
        "portal": made_here("select, insert, update (status)"),
        "pbm": may(READ, OWN_PAYERS),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"patient", "told_by", "died_on"})
    plain = frozenset({"payer", "pharmacy", "status", "reported_by", "reported_at"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "id"], name="death_report_of_pharmacy"),
            models.UniqueConstraint(
                fields=["pharmacy", "patient"], condition=~Q(status="withdrawn"), name="one_live_death_report"
            ),
            of_its_member("death_report_of_its_member"),
        ]


class DeathChange(TenantModel):
    """Every change of a report: from, to, why, who, when."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    report = models.ForeignKey(DeathReport, models.PROTECT, related_name="changes")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    walls = {"portal": may("select, insert", OWN_PHARMACY), "pbm": may(READ, OWN_PAYERS)}
    phi = frozenset({"report", "why"})
    plain = frozenset({"payer", "pharmacy", "from_status", "to_status", "at", "by"})
    audit = "count"

    class Meta:
        constraints = [
            SameTenant(
                fields=["pharmacy_id", "report_id"],
                to="patients_deathreport",
                to_fields=["pharmacy_id", "id"],
                name="change_of_its_death_report",
            )
        ]
