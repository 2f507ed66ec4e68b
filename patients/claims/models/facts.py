"""What feeds say, as narrow facts that measures, flags and attribution read. Rewritten for the patients that a delivery touched.

Days are integers, day 0 = 1 January 1970 (kernel/periods.py).
"""

from django.db import models
from django.db.models import Q

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy.models import TenantModel
from patients.models import FROM_PAYER, Patient
from pharmacies.models import Channel, Pharmacy


class Fact(TenantModel):
    """A narrow fact about a payer's member, folded from events. `event_id` names the event that it comes from.

    No foreign key ties it to the payer's member: checked row by row it cost a third of a load. The load checks its patients
    as a set instead (load.NotItsMember).
    """

    payer = models.ForeignKey(Organisation, models.DO_NOTHING, db_index=False, db_constraint=False)
    patient = models.ForeignKey(Patient, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    event_id = models.BigIntegerField()

    walls = FROM_PAYER
    audit = "count"

    class Meta:
        abstract = True


class Fill(Fact):
    """One effective fill: paid, not reversed."""

    day = models.IntegerField(help_text="Date of service.")
    days_supply = models.SmallIntegerField(null=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    ndc = models.CharField(max_length=20)
    pharmacy = models.ForeignKey(
        Pharmacy, models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    pharmacy_ref = models.CharField(max_length=60, blank=True, help_text="The pharmacy as the feed names it.")
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.RETAIL)
    prescriber_ref = models.CharField(max_length=60, blank=True)
    paid_cents = models.BigIntegerField(default=0)

    phi = frozenset(
        ["patient", "day", "days_supply", "quantity", "ndc", "pharmacy", "pharmacy_ref", "channel", "prescriber_ref"]
    )
    plain = frozenset(["payer", "event_id", "paid_cents"])

    class Meta:
        indexes = [
            models.Index(fields=["payer", "patient", "day"], name="fills_of_member"),
            models.Index(fields=["day", "payer"], name="fills_by_day"),
        ]


class CashFill(Fact):
    """A fill that the member paid in cash and took home. It is no claim: no measure counts it, but a pharmacist sees what it covers."""

    day = models.IntegerField(help_text="Date of service.")
    days_supply = models.SmallIntegerField(null=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    ndc = models.CharField(max_length=20)
    pharmacy_ref = models.CharField(max_length=60, blank=True, help_text="The pharmacy as the feed names it.")

    phi = frozenset(["patient", "day", "days_supply", "quantity", "ndc", "pharmacy_ref"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        indexes = [models.Index(fields=["payer", "patient", "day"], name="cash_fills_of_member")]


class Stay(Fact):
    """A stay: `to_day` is the day of discharge, the first day that is not in it."""

    from_day = models.IntegerField()
    to_day = models.IntegerField()
    kind = models.CharField(max_length=10, help_text="inpatient, snf or hospice.")
    discharge_code = models.CharField(
        max_length=2, blank=True, db_default="", help_text="Patient discharge status of the claim (UB-04), two digits."
    )

    phi = frozenset(["patient", "from_day", "to_day", "kind", "discharge_code"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        indexes = [models.Index(fields=["payer", "patient", "from_day"], name="stays_of_member")]
        constraints = [
            models.CheckConstraint(condition=Q(to_day__gte=models.F("from_day")), name="stay_days_in_order"),
        ]


class Diagnosis(Fact):
    """A coded diagnosis on a claim: upper case, no dot. Once a claim, whichever of its lines names it."""

    day = models.IntegerField()
    code = models.CharField(max_length=10)
    setting = models.CharField(max_length=10, help_text="inpatient, snf, hha, outpatient, carrier, dme, hospice.")
    is_principal = models.BooleanField(db_default=False, help_text="The first diagnosis of the claim.")

    phi = frozenset(["patient", "day", "code", "setting", "is_principal"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        verbose_name_plural = "diagnoses"
        indexes = [
            models.Index(fields=["payer", "patient", "code", "day"], name="diagnoses_of_member"),
            models.Index(fields=["day", "payer"], name="diagnoses_by_day"),
        ]


class Service(Fact):
    """A coded service: HCPCS or CPT number of a claim line, or a procedure of a claim (ICD-10-PCS, seven characters)."""

    day = models.IntegerField()
    code = models.CharField(max_length=10)
    setting = models.CharField(max_length=10)

    phi = frozenset(["patient", "day", "code", "setting"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        indexes = [
            models.Index(fields=["payer", "patient", "code", "day"], name="services_of_member"),
            models.Index(fields=["day", "payer"], name="services_by_day"),
        ]


class Observation(Fact):
    """A vital sign or a laboratory result, and the number that its text is (facts.NUMBER)."""

    day = models.IntegerField()
    code_type = models.CharField(max_length=30)
    code = models.CharField(max_length=20)
    result = models.CharField(max_length=500)
    units = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=12, help_text="observation or lab_result.")
    milli = models.IntegerField(null=True, help_text="The result in thousandths of its units; none: not a number.")
    bound = models.CharField(
        max_length=1, blank=True, db_default="", help_text="< or >: the result is at most, or at least, that number."
    )

    phi = frozenset(["patient", "day", "code_type", "code", "result", "units", "kind", "milli", "bound"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        indexes = [models.Index(fields=["payer", "patient", "code", "day"], name="observations_of_member")]


class Immunization(Fact):
    """A vaccine given, as a feed tells it."""

    day = models.IntegerField()
    code_type = models.CharField(max_length=30)
    code = models.CharField(max_length=20, help_text="CVX where the feed has it; else an NDC or another.")
    lot = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=30, blank=True)

    phi = frozenset(["patient", "day", "code_type", "code", "lot", "status"])
    plain = frozenset(["payer", "event_id"])

    class Meta:
        indexes = [models.Index(fields=["payer", "patient", "day"], name="immunizations_of_member")]
