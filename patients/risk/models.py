"""Scores, what they were computed from, and the models that a calibration fitted."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy.models import TenantModel
from carecoord.kernel.tenancy.rules import NOT_SENSITIVE, OWN_PAYERS, Both, may
from patients.models import ALL, FROM_PAYER, READ, Patient, of_its_member


class RafScore(TenantModel):
    """A member's risk adjustment factors for a payment year, in thousandths: the newest word, one row a year.

    `as_of`: the day on which claims or coverage last made it different.

    `inputs` are all that hcc.score asks; `answer` what it says; the claims of each diagnosis are in `inputs`. The payer's alone.
    Where there are diagnoses of substance use (sensitive.py) there are two rows a year: one made as if they were not there, for
    everybody on the payer's side, and the full one, with the label, for those alone who may see substance use.
    """

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    payment_year = models.PositiveSmallIntegerField()
    as_of = models.DateField()
    version = models.CharField(max_length=30)
    is_projected = models.BooleanField(help_text="The year of service was not over: diagnoses to date.")
    blended_milli = models.IntegerField(null=True, help_text="Part C as paid: normalised, coding intensity, blend.")
    rx_milli = models.IntegerField(null=True, help_text="RxHCC, raw.")
    sensitivity = models.SmallIntegerField(default=0, help_text="1: made with diagnoses of substance use.")
    not_computed = models.CharField(max_length=30, blank=True)
    inputs = models.JSONField(default=dict)
    answer = models.JSONField(default=list, help_text="Each model with its factors and categories.")

    walls = {"pbm": may(READ, Both((OWN_PAYERS, NOT_SENSITIVE))), "worker": may(ALL, OWN_PAYERS)}
    phi = frozenset(["patient", "blended_milli", "rx_milli", "sensitivity", "not_computed", "inputs", "answer"])
    plain = frozenset(["payer", "payment_year", "as_of", "version", "is_projected"])
    audit = "count"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "patient", "payment_year", "sensitivity"], name="one_raf_a_payment_year"
            ),
            models.CheckConstraint(condition=Q(sensitivity__in=(0, 1)), name="raf_label_is_known"),
            of_its_member("raf_of_its_member"),
        ]


class RiskModel(TenantModel):
    """A logistic model that a calibration fitted: coefficients and inputs, never code. In force from `since` on; never, if None."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    version = models.CharField(max_length=30)
    coefficients = models.JSONField(help_text="Name of an input -> millionths of a logit; 'constant' among them.")
    inputs_version = models.CharField(max_length=20)
    outcome = models.JSONField(help_text="What was predicted, over how many days.")
    report = models.JSONField()
    report_text = models.TextField()
    as_of = models.DateField(help_text="The last day of the claims that it was fitted and judged on.")
    made_at = models.DateTimeField(default=timezone.now)
    since = models.DateField(null=True)

    walls = {"pbm": may(READ, OWN_PAYERS), "worker": may(ALL, OWN_PAYERS)}
    plain = frozenset(
        [
            "payer",
            "version",
            "coefficients",
            "inputs_version",
            "outcome",
            "report",
            "report_text",
            "as_of",
            "made_at",
            "since",
        ]
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payer", "version"], name="risk_model_version_once")]

    def __str__(self):
        return self.version


class RiskScore(TenantModel):
    """A member's risk score from `since` on, until the next row: a new one is written when inputs, limits or version change.

    `inputs`: numbers by name, null where something cannot be known. `limits`: parameters as they stood, by code. `model`: the
    coefficients of the model in force, {} where points decide. `lines`: [code, label, points or None, words]. `evidence`:
    name of an input -> [[event id, day, what]]. queries.recompute makes points, tier and lines of inputs, limits and model.
    """

    class Tier(models.TextChoices):
        LOW = "low", "Low"
        RISING = "rising", "Rising"
        HIGH = "high", "High"
        VERY_HIGH = "very_high", "Very high"

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    patient = models.ForeignKey(
        Patient, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="risk_scores"
    )
    since = models.DateField(help_text="The as-of day on which it was first so.")
    version = models.CharField(max_length=30)
    points = models.SmallIntegerField()
    chance_ppm = models.IntegerField(null=True, help_text="Of the model in force: millionths.")
    tier = models.CharField(max_length=10, choices=Tier)
    unknown = models.SmallIntegerField(default=0, help_text="How many inputs cannot be known.")
    lines = models.JSONField(default=list)
    inputs = models.JSONField(default=dict)
    limits = models.JSONField(default=dict)
    model = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)

    walls = FROM_PAYER
    phi = frozenset(["patient", "points", "chance_ppm", "tier", "unknown", "lines", "inputs", "evidence"])
    plain = frozenset(["payer", "since", "version", "limits", "model"])
    audit = "count"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "patient", "since"], name="one_risk_score_a_day"),
            models.CheckConstraint(condition=Q(points__gte=0), name="risk_points_not_below_zero"),
            of_its_member("risk_score_of_its_member"),
        ]

    def __str__(self):
        return f"{self.get_tier_display()}, {self.points} points"
