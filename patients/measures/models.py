"""Runs and their results. A result keeps the limit and the version that it was judged by."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy.models import TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, may
from patients.models import ALL, LABELLED, READ, Patient, of_its_member
from pharmacies.models import Pharmacy


class Run(TenantModel):
    """One evaluation: of a delivery's touched patients, of a night, or of a command."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    cause = models.CharField(max_length=40, help_text="delivery:<id>, nightly or command.")
    year = models.PositiveSmallIntegerField()
    as_of = models.DateField()
    patients = models.IntegerField(null=True, help_text="How many were asked for; none: all of the payer's.")
    results = models.IntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    walls = {"pbm": may(READ, OWN_PAYERS), "worker": may(ALL, OWN_PAYERS)}
    plain = frozenset(["payer", "cause", "year", "as_of", "patients", "results", "started_at", "ended_at"])

    def __str__(self):
        return f"{self.cause}, as of {self.as_of:%-d %b %Y}"


class Shard(TenantModel):
    """A range of a payer's patients in a run over all of them: one piece of work for a worker."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    run = models.ForeignKey(Run, models.CASCADE, related_name="shards")
    first_patient_id = models.BigIntegerField()
    last_patient_id = models.BigIntegerField(help_text="Included.")
    results = models.JSONField(default=dict, help_text="How many there are, by measure.")
    ended_at = models.DateTimeField(null=True)

    walls = {"pbm": may(READ, OWN_PAYERS), "worker": may(ALL, OWN_PAYERS)}
    plain = frozenset(["payer", "run", "first_patient_id", "last_patient_id", "results", "ended_at"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_patient_id__gte=F("first_patient_id")), name="shard_patients_in_order"
            ),
        ]


class MeasureResult(TenantModel):
    """A member's result in one measure, for a measurement year, as of a day. Days are numbers (kernel/periods.py).

    Which numbers there are depends on the kind: covered and period days of adherence, else a value (kinds/row.py).
    No foreign key ties it to the payer's member: checked row by row, keys cost two thirds of the writing. Who has a result
    is read off the payer's members (kinds/prepare.py).
    `days_left`: allowable days that may still be missed, negative when the goal is out of reach.
    `not_computed` and `not_in_denominator` are codes; their sentences are in patients/measures/reasons.py.
    """

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False, db_constraint=False)
    patient = models.ForeignKey(Patient, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="results")
    measure = models.CharField(max_length=30)
    version = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    as_of = models.DateField()
    denominator = models.BooleanField()
    exclusion = models.CharField(max_length=30, blank=True)
    not_in_denominator = models.CharField(max_length=30, blank=True)
    not_computed = models.CharField(max_length=30, blank=True)
    numerator = models.BooleanField()
    covered_days = models.SmallIntegerField(null=True)
    period_days = models.SmallIntegerField(null=True)
    full_period_days = models.SmallIntegerField(null=True)
    stay_days = models.SmallIntegerField(null=True, help_text="Hospital days taken out of the period.")
    threshold_bp = models.SmallIntegerField(null=True, help_text="Basis points: 8000 is 80%.")
    value_milli = models.BigIntegerField(null=True, help_text="Thousandths of the measure's unit.")
    second_milli = models.BigIntegerField(
        null=True, help_text="A second value: diastolic, or what the first is a part of."
    )
    limit_milli = models.BigIntegerField(null=True, help_text="What the value was compared with.")
    value_day = models.IntegerField(null=True, help_text="The day of the value, or on which the measure was met.")
    value_event_id = models.BigIntegerField(null=True, help_text="The event of the value, or that met the measure.")
    index_day = models.IntegerField(null=True)
    period_end_day = models.IntegerField(null=True)
    days_left = models.SmallIntegerField(null=True)
    last_day = models.IntegerField(null=True, help_text="The last day to act.")
    supply_ends_day = models.IntegerField(null=True)
    next_refill_day = models.IntegerField(null=True)
    fills = models.SmallIntegerField(default=0)
    sensitivity = models.SmallIntegerField(db_default=0, help_text="1: substance use.")
    run_id = models.BigIntegerField()

    walls = LABELLED
    phi = frozenset(
        [
            "patient",
            "denominator",
            "exclusion",
            "not_in_denominator",
            "not_computed",
            "numerator",
            "covered_days",
            "period_days",
            "full_period_days",
            "stay_days",
            "value_milli",
            "second_milli",
            "value_day",
            "value_event_id",
            "sensitivity",
            "index_day",
            "period_end_day",
            "days_left",
            "last_day",
            "supply_ends_day",
            "next_refill_day",
            "fills",
        ]
    )
    plain = frozenset(["payer", "measure", "version", "year", "as_of", "threshold_bp", "limit_milli", "run_id"])
    audit = "count"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "patient", "measure", "year", "as_of"], name="one_result_a_day"),
            models.CheckConstraint(
                condition=Q(covered_days=None) | Q(covered_days__gte=0, covered_days__lte=F("period_days")),
                name="covered_within_period",
            ),
        ]


class PatientCondition(TenantModel):
    """A condition found in a payer's claims, with the events that prove it and the version of the rule.

    Substance-use conditions carry a label: neither wall shows them to whoever may not see substance use.
    """

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    patient = models.ForeignKey(
        Patient, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="conditions"
    )
    condition = models.CharField(max_length=30)
    detail = models.CharField(max_length=20, blank=True, db_default="", help_text="Type or stage, as a code.")
    version = models.CharField(max_length=20)
    way = models.SmallIntegerField(
        db_default=0, help_text="Which way of the rule was met first; 0: an earlier version."
    )
    sensitivity = models.SmallIntegerField(db_default=0, help_text="1: substance use.")
    first_met_day = models.IntegerField(help_text="The day on which the rule was first met within the look-back.")
    first_ever_day = models.IntegerField(null=True, help_text="When claims, however old, first met it.")
    last_seen_day = models.IntegerField()
    evidence = models.JSONField(default=list, help_text="Event ids, days, codes and settings that prove it.")

    walls = LABELLED
    phi = frozenset(
        ["patient", "condition", "detail", "way", "sensitivity", "first_met_day", "first_ever_day", "last_seen_day"]
        + ["evidence"]
    )
    plain = frozenset(["payer", "version"])
    audit = "count"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "patient", "condition"], name="condition_once_a_member"),
            models.CheckConstraint(condition=Q(sensitivity__in=(0, 1)), name="condition_label_is_known"),
            of_its_member("condition_of_its_member"),
        ]


class PharmacyRate(TenantModel):
    """A measure at the pharmacy level: of the members who count to a pharmacy, how many are in the denominator and numerator.

    Of a measurement year only the newest run over all members is kept. A pharmacy without such a member has no row.
    """

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="rates")
    measure = models.CharField(max_length=30)
    year = models.PositiveSmallIntegerField()
    as_of = models.DateField()
    denominator = models.IntegerField()
    numerator = models.IntegerField()

    walls = {
        "portal": may(READ, OWN_PHARMACY),
        "pbm": may(READ, OWN_PAYERS),
        "worker": may(ALL, OWN_PAYERS),
    }
    plain = frozenset(["payer", "pharmacy", "measure", "year", "as_of", "denominator", "numerator"])
    audit = "count"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "measure", "year", "pharmacy"], name="one_rate_a_pharmacy"),
            models.CheckConstraint(
                condition=Q(denominator__gt=0, numerator__gte=0, numerator__lte=F("denominator")),
                name="numerator_within_denominator",
            ),
        ]

    @property
    def percent(self):
        """The rate, cut off to whole percent."""
        return 100 * self.numerator // self.denominator
