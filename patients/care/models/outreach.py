"""Trying to reach somebody about a flag: every try with what came of it, and putting a flag off."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy.models import SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, may
from patients.flags.models import Flag
from patients.models import READ, Patient, made_here, of_its_member
from pharmacies.models import Pharmacy


class State(models.TextChoices):
    """How far one has come with somebody (domain/workflows.md 7)."""

    IDENTIFIED = "identified", "Not tried yet"
    ATTEMPTING = "attempting", "Being tried"
    CALL_BACK = "call_back", "To be called back"
    WRONG_NUMBER = "wrong_number", "Wrong number"
    REACHED = "reached", "Reached"
    DECLINED = "declined", "Declined"
    UNABLE = "unable", "Cannot be reached"


_GOING_ON = {State.ATTEMPTING, State.CALL_BACK, State.WRONG_NUMBER, State.REACHED, State.DECLINED, State.UNABLE}
TRANSITIONS = {
    State.IDENTIFIED: _GOING_ON - {State.UNABLE},
    State.ATTEMPTING: _GOING_ON,
    State.CALL_BACK: _GOING_ON,
    State.WRONG_NUMBER: _GOING_ON,
    State.REACHED: _GOING_ON,
    State.DECLINED: _GOING_ON - {State.UNABLE},
    State.UNABLE: _GOING_ON - {State.UNABLE},
}
"""After `declined` and `unable` a flag that was put back begins a new round of tries."""


class OutreachTry(TenantModel):
    """One try. `counts`: towards the tries after which somebody cannot be reached. `next_on`: when to try again."""

    class Channel(models.TextChoices):
        PHONE = "phone", "Telephone"
        TEXT = "text", "Text message"
        COUNTER = "counter", "At the counter"
        LETTER = "letter", "Letter"

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        VOICEMAIL = "voicemail", "Left a message"
        NO_ANSWER = "no_answer", "No answer"
        WRONG_NUMBER = "wrong_number", "Wrong number"
        CALL_BACK = "call_back", "Asked to be called back"
        DECLINED = "declined", "Declined"

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    flag = models.ForeignKey(Flag, models.PROTECT, related_name="tries")
    number = models.PositiveSmallIntegerField(help_text="Of this flag, from 1 on.")
    channel = models.CharField(max_length=8, choices=Channel)
    outcome = models.CharField(max_length=12, choices=Outcome)
    from_state = models.CharField(max_length=12, choices=State)
    state = models.CharField(max_length=12, choices=State)
    counts = models.BooleanField()
    next_on = models.DateField(null=True)
    call_back_at = models.DateTimeField(null=True)
    against_policy = models.CharField(max_length=400, blank=True, help_text="What the policy said against it.")
    note = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    walls = {"portal": made_here(), "pbm": may(READ, OWN_PAYERS), "worker": may(READ, OWN_PAYERS)}
    phi = frozenset(
        ["patient", "flag", "channel", "outcome", "from_state", "state", "next_on", "call_back_at", "against_policy"]
        + ["note"]
    )
    plain = frozenset({"payer", "pharmacy", "number", "counts", "at", "by"})

    class Meta:
        verbose_name_plural = "outreach tries"
        constraints = [
            models.UniqueConstraint(fields=["flag", "number"], name="try_once"),
            of_its_member("try_at_its_member"),
            SameTenant(
                fields=["pharmacy_id", "flag_id"],
                to="flags_flag",
                to_fields=["pharmacy_id", "id"],
                name="try_about_its_flag",
            ),
        ]


class Snooze(TenantModel):
    """A flag put off until a day: off the list, and back by itself."""

    payer = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    flag = models.ForeignKey(Flag, models.PROTECT, related_name="snoozes")
    until = models.DateField(help_text="The day on which it is back.")
    why = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    walls = {
        "portal": may("select, insert, update (ended_at)", OWN_PHARMACY),
        "pbm": may(READ, OWN_PAYERS),
    }
    phi = frozenset({"flag", "until", "why"})
    plain = frozenset({"payer", "pharmacy", "at", "by", "ended_at"})
    audit = "count"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag"], condition=Q(ended_at=None), name="one_live_snooze"),
            SameTenant(
                fields=["pharmacy_id", "flag_id"],
                to="flags_flag",
                to_fields=["pharmacy_id", "id"],
                name="snooze_of_its_flag",
            ),
        ]
