"""The refrigerator: vaccine lots of a pharmacy, and every change of how much is left."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from carecoord.kernel.accounts.models import User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PHARMACY, may
from pharmacies.models import Pharmacy


class VaccineLot(PublicModel):
    """One lot of one vaccine on a pharmacy's shelf. `doses_received` is the sum of all deliveries, `doses_left` what is there now."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    cvx = models.CharField("CVX", max_length=3)
    ndc = models.CharField("NDC", max_length=11, blank=True, help_text="Eleven digits.")
    product = models.CharField(max_length=100)
    lot = models.CharField(max_length=20)
    expires_on = models.DateField(help_text="The last day on which it may be used.")
    doses_received = models.PositiveIntegerField()
    doses_left = models.PositiveIntegerField()
    is_recalled = models.BooleanField(default=False)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    walls = {"portal": may("select, insert, update (doses_received, doses_left, is_recalled)", OWN_PHARMACY)}
    plain = frozenset(
        [
            "pharmacy",
            "cvx",
            "ndc",
            "product",
            "lot",
            "expires_on",
            "doses_received",
            "doses_left",
            "is_recalled",
            "added_by",
        ]
        + ["added_at"]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "cvx", "lot"], name="lot_once_a_pharmacy"),
            models.UniqueConstraint(fields=["pharmacy", "id"], name="lot_of_pharmacy"),
            models.CheckConstraint(condition=Q(doses_left__lte=F("doses_received")), name="no_more_left_than_received"),
        ]

    def __str__(self):
        return f"{self.product}, lot {self.lot}"


class LotChange(TenantModel):
    """Doses in and out of a lot, and its recalls. `doses_left` is what was there afterwards."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "Received"
        GIVEN = "given", "Given"
        WASTED = "wasted", "Thrown away"
        COUNTED = "counted", "Counted"
        RECALLED = "recalled", "Recalled"
        CLEARED = "cleared", "Recall lifted"

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    lot = models.ForeignKey(VaccineLot, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind)
    doses = models.IntegerField(default=0, help_text="Negative: taken out.")
    doses_left = models.PositiveIntegerField()
    why = models.CharField(max_length=200, blank=True)
    encounter_ref = models.UUIDField(null=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    walls = {"portal": may("select, insert", OWN_PHARMACY)}
    phi = frozenset({"encounter_ref"})
    plain = frozenset({"pharmacy", "lot", "kind", "doses", "doses_left", "why", "at", "by"})
    audit = "count"

    class Meta:
        constraints = [
            SameTenant(
                fields=["pharmacy_id", "lot_id"],
                to="care_vaccinelot",
                to_fields=["pharmacy_id", "id"],
                name="change_of_its_lot",
            )
        ]
