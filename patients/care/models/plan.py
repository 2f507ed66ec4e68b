"""The care plan: problems with a patient's medicines, goals with a target and a day, and what was done about them.

Every change of a status is a row, whichever of the three it is about.
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, may
from patients.flags.models import Flag
from patients.models import READ, Patient, made_here, of_its_member
from pharmacies.models import Pharmacy

from .encounters import Encounter

WRITTEN_ONCE = ["payer", "pharmacy", "opened_by", "opened_at", "status"]


def _of_its_visit(name):
    return SameTenant(
        fields=["pharmacy_id", "encounter_id"], to="care_encounter", to_fields=["pharmacy_id", "id"], name=name
    )


class Planned(PublicModel):
    """What problems, goals and interventions share: whose they are, who opened them and when."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    words = models.CharField(max_length=300)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self):
        return self.words


class Problem(Planned):
    """A medication therapy problem, found in a visit, by a flag, or otherwise."""

    class Kind(models.TextChoices):
        UNNECESSARY = "unnecessary", "A medicine that is not needed"
        UNTREATED = "untreated", "Something is not treated"
        INEFFECTIVE = "ineffective", "A medicine that does not work well enough"
        DOSE_LOW = "dose_low", "Dose too low"
        ADVERSE = "adverse", "Side effect or interaction"
        DOSE_HIGH = "dose_high", "Dose too high"
        ADHERENCE = "adherence", "Not taken as agreed"
        ACCESS = "access", "Cost or getting it"
        OTHER = "other", "Something else"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        RESOLVED = "resolved", "Resolved"
        DROPPED = "dropped", "No longer pursued"

    TRANSITIONS = {
        Status.OPEN: {Status.RESOLVED, Status.DROPPED},
        Status.RESOLVED: {Status.OPEN},
        Status.DROPPED: {Status.OPEN},
    }

    kind = models.CharField(max_length=12, choices=Kind)
    medicine = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    flag = models.ForeignKey(Flag, models.PROTECT, null=True, related_name="+")
    encounter = models.ForeignKey(Encounter, models.PROTECT, null=True, related_name="problems")

    walls = {
        "portal": made_here("select, insert, update (status)"),
        "pbm": may(READ, OWN_PAYERS),
        "worker": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"patient", "words", "kind", "medicine", "flag", "encounter"})
    plain = frozenset(WRITTEN_ONCE)

    class Meta:
        indexes = [models.Index(fields=["pharmacy", "patient"], name="problems_of_patient")]
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "patient", "id"], name="problem_of_pharmacy"),
            of_its_member("problem_of_its_member"),
            SameTenant(
                fields=["pharmacy_id", "flag_id"],
                to="flags_flag",
                to_fields=["pharmacy_id", "id"],
                name="problem_of_its_flag",
            ),
            _of_its_visit("problem_of_its_visit"),
        ]


def _of_its_problem(name):
    return SameTenant(
        fields=["pharmacy_id", "patient_id", "problem_id"],
        to="care_problem",
        to_fields=["pharmacy_id", "patient_id", "id"],
        name=name,
    )


class Goal(Planned):
    """What the patient wants to reach, and by when. A blood pressure goal moves the band of the patient's own chart."""

    class Kind(models.TextChoices):
        BLOOD_PRESSURE = "blood_pressure", "Blood pressure"
        A1C = "a1c", "A1c"
        ADHERENCE = "adherence", "Taking the medicines"
        WEIGHT = "weight", "Weight"
        FOOD = "food", "Food and drink"
        TOBACCO = "tobacco", "Tobacco"
        OTHER = "other", "Something else"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        REACHED = "reached", "Reached"
        MISSED = "missed", "Not reached"
        DROPPED = "dropped", "No longer pursued"

    TRANSITIONS = {
        Status.ACTIVE: {Status.REACHED, Status.MISSED, Status.DROPPED},
        Status.REACHED: {Status.ACTIVE},
        Status.MISSED: {Status.ACTIVE},
        Status.DROPPED: {Status.ACTIVE},
    }

    kind = models.CharField(max_length=16, choices=Kind)
    systolic = models.PositiveSmallIntegerField(null=True, help_text="Blood pressure below this, in mmHg.")
    diastolic = models.PositiveSmallIntegerField(null=True)
    due_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    problem = models.ForeignKey(Problem, models.PROTECT, null=True, related_name="goals")
    encounter = models.ForeignKey(Encounter, models.PROTECT, null=True, related_name="goals")

    walls = Problem.walls
    phi = frozenset({"patient", "words", "kind", "systolic", "diastolic", "due_on", "problem", "encounter"})
    plain = frozenset(WRITTEN_ONCE)

    class Meta:
        indexes = [models.Index(fields=["pharmacy", "patient"], name="goals_of_patient")]
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "patient", "id"], name="goal_of_pharmacy"),
            models.CheckConstraint(
                condition=Q(kind="blood_pressure", systolic__range=(90, 200), diastolic__range=(50, 120))
                | ~Q(kind="blood_pressure") & Q(systolic=None, diastolic=None),
                name="pressure_goal_has_its_numbers",
            ),
            of_its_member("goal_of_its_member"),
            _of_its_problem("goal_of_its_problem"),
            _of_its_visit("goal_of_its_visit"),
        ]


class Intervention(Planned):
    """What is done about a problem or for a goal, and what came of it."""

    class Kind(models.TextChoices):
        TEACHING = "teaching", "Teaching the patient"
        PRESCRIBER = "prescriber", "Recommendation to the prescriber"
        SYNC = "sync", "Medicines on one day"
        ORGANISER = "organiser", "Pill organiser or reminder"
        DELIVERY = "delivery", "Delivery"
        COST = "cost", "Help with cost"
        MONITORING = "monitoring", "Measuring and following up"
        REFERRAL = "referral", "Referral"
        OTHER = "other", "Something else"

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        DONE = "done", "Done"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        DROPPED = "dropped", "No longer pursued"

    TRANSITIONS = {
        Status.PLANNED: {Status.DONE, Status.ACCEPTED, Status.DECLINED, Status.DROPPED},
        Status.ACCEPTED: {Status.DONE, Status.PLANNED, Status.DROPPED},
        Status.DONE: {Status.PLANNED},
        Status.DECLINED: {Status.PLANNED},
        Status.DROPPED: {Status.PLANNED},
    }

    kind = models.CharField(max_length=12, choices=Kind)
    outcome = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    problem = models.ForeignKey(Problem, models.PROTECT, null=True, related_name="interventions")
    encounter = models.ForeignKey(Encounter, models.PROTECT, null=True, related_name="interventions")

    walls = Problem.walls | {"portal": made_here("select, insert, update (status, outcome)")}
    phi = frozenset({"patient", "words", "kind", "outcome", "problem", "encounter"})
    plain = frozenset(WRITTEN_ONCE)

    class Meta:
        indexes = [models.Index(fields=["pharmacy", "patient"], name="interventions_of_patient")]
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "patient", "id"], name="intervention_of_pharmacy"),
            of_its_member("intervention_of_its_member"),
            _of_its_problem("intervention_of_its_problem"),
            _of_its_visit("intervention_of_its_visit"),
        ]


class PlanChange(TenantModel):
    """Every change of the plan: about which problem, goal or intervention, from and to which status, and why."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    problem = models.ForeignKey(Problem, models.PROTECT, null=True, related_name="changes")
    goal = models.ForeignKey(Goal, models.PROTECT, null=True, related_name="changes")
    intervention = models.ForeignKey(Intervention, models.PROTECT, null=True, related_name="changes")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    walls = {"portal": may("select, insert", OWN_PHARMACY), "pbm": may(READ, OWN_PAYERS)}
    phi = frozenset({"patient", "problem", "goal", "intervention", "why"})
    plain = frozenset({"payer", "pharmacy", "from_status", "to_status", "at", "by"})
    audit = "count"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(problem__isnull=False, goal=None, intervention=None)
                | Q(problem=None, goal__isnull=False, intervention=None)
                | Q(problem=None, goal=None, intervention__isnull=False),
                name="change_of_one_thing",
            ),
            *(
                SameTenant(
                    fields=["pharmacy_id", "patient_id", f"{name}_id"],
                    to=f"care_{name}",
                    to_fields=["pharmacy_id", "patient_id", "id"],
                    name=f"change_of_its_{name}",
                )
                for name in ("problem", "goal", "intervention")
            ),
        ]
