"""What pharmacies record themselves."""

from django.db import models
from django.db.models.functions import Upper

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy.models import TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, may
from patients.models import READ, Patient, made_here, of_its_member
from pharmacies.models import Pharmacy


def measured(columns):
    """A payer's system reads what measures count of its own members, and nothing else of a visit."""
    return may(f"select (id, payer_id, patient_id, {columns})", OWN_PAYERS)


class ServiceGiven(TenantModel):
    """A service that a pharmacy documented. Flags read it here (recent contact), without knowing what care is."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)
    protocol = models.CharField(max_length=30)
    given_on = models.DateField()
    encounter_ref = models.UUIDField(unique=True)

    walls = {
        "portal": made_here(),
        "pbm": may(READ, OWN_PAYERS),
        "api": measured("protocol, given_on"),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"patient", "protocol", "given_on", "encounter_ref"})
    plain = frozenset({"payer", "pharmacy"})

    class Meta:
        verbose_name_plural = "services given"
        constraints = [of_its_member("service_given_to_its_member")]


class Reading(TenantModel):
    """A value that a pharmacy measured, such as one number of a blood pressure. `number` 0 is what a visit comes to
    (an average, by the rule of its protocol); 1 and up are the single readings, in their order.
    """

    payer = models.ForeignKey(Organisation, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)
    measured_on = models.DateField()
    code = models.CharField(max_length=20, help_text="LOINC.")
    value = models.DecimalField(max_digits=8, decimal_places=2)
    unit = models.CharField(max_length=20)
    number = models.PositiveSmallIntegerField()
    encounter_ref = models.UUIDField()

    walls = {
        "portal": made_here(),
        "pbm": may(READ, OWN_PAYERS),
        "api": measured("measured_on, code, value, unit, number"),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"patient", "measured_on", "code", "value", "unit", "number", "encounter_ref"})
    plain = frozenset({"payer", "pharmacy"})

    class Meta:
        indexes = [models.Index(fields=["patient", "code", "measured_on"], name="readings_of_patient")]
        constraints = [
            models.UniqueConstraint(fields=["encounter_ref", "code", "number"], name="reading_once_a_visit"),
            models.CheckConstraint(condition=models.Q(value__gt=0), name="reading_is_positive"),
            of_its_member("reading_of_its_member"),
        ]


class DoseGiven(TenantModel):
    """One dose of a vaccine, given by a pharmacy: its own record, which tells whom to call when a lot is recalled.

    Name, birth date and telephone are kept as they were, since the pharmacy has to find the patient even when they have
    moved on to another one.
    """

    payer = models.ForeignKey(Organisation, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)
    given_on = models.DateField()
    cvx = models.CharField(max_length=3)
    ndc = models.CharField(max_length=11, blank=True)
    product = models.CharField(max_length=200)
    lot = models.CharField(max_length=200)
    expires_on = models.DateField()
    serial = models.CharField(max_length=20, blank=True)
    site = models.CharField(max_length=20, blank=True)
    route = models.CharField(max_length=20, blank=True)
    given_by = models.CharField(max_length=200, blank=True)
    patient_name = models.CharField(max_length=220)
    born_on = models.DateField(null=True)
    phone = models.CharField(max_length=30, blank=True)
    encounter_ref = models.UUIDField(unique=True)

    walls = {
        "portal": made_here(),
        "pbm": may(READ, OWN_PAYERS),
        "api": measured("given_on, cvx"),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset(
        ["patient", "given_on", "cvx", "ndc", "product", "lot", "expires_on", "serial", "site", "route", "given_by"]
        + ["patient_name", "born_on", "phone", "encounter_ref"]
    )
    plain = frozenset({"payer", "pharmacy"})

    class Meta:
        verbose_name_plural = "doses given"
        indexes = [models.Index(Upper("lot"), name="doses_of_lot")]
        constraints = [of_its_member("dose_given_to_its_member")]
