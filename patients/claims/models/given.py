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
