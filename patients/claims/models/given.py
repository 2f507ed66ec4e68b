"""What pharmacies record themselves."""

from django.db import models

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy.models import TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, may
from patients.models import READ, Patient, made_here, of_its_member
from pharmacies.models import Pharmacy


class ServiceGiven(TenantModel):
    """A service that a pharmacy documented. Flags read it here (recent contact), without knowing what care is."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    patient = models.ForeignKey(Patient, models.PROTECT)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT)
    protocol = models.CharField(max_length=30)
    given_on = models.DateField()
    encounter_ref = models.UUIDField(unique=True)

    walls = {"portal": made_here(), "pbm": may(READ, OWN_PAYERS), "worker": may(READ, OWN_PAYERS)}
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

    walls = {"portal": made_here(), "pbm": may(READ, OWN_PAYERS), "worker": may(READ, OWN_PAYERS)}
    phi = frozenset({"patient", "measured_on", "code", "value", "unit", "number", "encounter_ref"})
    plain = frozenset({"payer", "pharmacy"})

    class Meta:
        indexes = [models.Index(fields=["patient", "code", "measured_on"], name="readings_of_patient")]
        constraints = [
            models.UniqueConstraint(fields=["encounter_ref", "code", "number"], name="reading_once_a_visit"),
            models.CheckConstraint(condition=models.Q(value__gt=0), name="reading_is_positive"),
            of_its_member("reading_of_its_member"),
        ]
