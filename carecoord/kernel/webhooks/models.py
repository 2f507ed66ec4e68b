"""Whom a payer's system is told at, what it was told, and how each try went. A message holds no patient data."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import ApiClient, Organisation, User
from carecoord.kernel.tenancy.models import PublicModel, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, may

READ = "select"
ASKED_ANEW = "update (state, tries, next_try_at, ended_at)"
"""What changes of a message when somebody asks for it again: never what it says, or to whom."""


class AllowedHost(PublicModel):
    """A host that a payer's messages may go to. Without a row nothing is sent; `port` is 443 unless an administrator says so."""

    payer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=443)
    note = models.CharField(max_length=200, blank=True)
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    walls = {"pbm": may("select, insert, delete", OWN_PAYERS), "worker": may(READ, OWN_PAYERS)}
    plain = frozenset({"payer", "host", "port", "note", "added_by", "added_at"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "host", "port"], name="host_allowed_once"),
            models.CheckConstraint(condition=Q(port__gte=1, port__lte=65_535), name="allowed_port_is_one"),
        ]

    def __str__(self):
        return self.host if self.port == 443 else f"{self.host}:{self.port}"


class Endpoint(PublicModel):
    """An address of a client's that hears of its payer's deliveries. Switched off or removed, it is told nothing."""

    payer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    url = models.CharField(max_length=500)
    types = ArrayField(
        models.CharField(max_length=60),
        default=list,
        db_default=[],
        blank=True,
        help_text="What it is told of; empty: everything, also what is added later.",
    )
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    is_on = models.BooleanField(default=True)
    off_because = models.CharField(max_length=300, blank=True)
    removed_at = models.DateTimeField(null=True)

    walls = {
        "pbm": may("select, insert, update", OWN_PAYERS),
        "api": may("select, update (types)", OWN_PAYERS),
        "worker": may("select, update", OWN_PAYERS),
    }
    plain = frozenset(
        ["payer", "client", "url", "types", "note", "created_by", "created_at", "is_on", "off_because", "removed_at"]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "url"], condition=Q(removed_at=None), name="one_endpoint_of_a_client"
            )
        ]

    def __str__(self):
        return self.url

    @property
    def state(self):
        """removed, off, failing (a message was given up since the last success), late (a try failed since then), or on."""
        if self.removed_at or not self.is_on:
            return "removed" if self.removed_at else "off"
        return "failing" if self.health.gave_up_at else "late" if self.health.failing_since else "on"


class EndpointHealth(TenantModel):
    """How the last tries went; apart from the endpoint, so that a send changes nothing that people decide."""

    payer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    endpoint = models.OneToOneField(Endpoint, models.CASCADE, related_name="health")
    last_success_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True, help_text="The first try since the last success that failed.")
    gave_up_at = models.DateTimeField(
        null=True, help_text="The first message since the last success that was given up."
    )
    paused_until = models.DateTimeField(null=True, help_text="It asked us to wait, or is slow: others come first.")

    walls = {
        "pbm": may("select, insert", OWN_PAYERS),
        "api": may(READ, OWN_PAYERS),
        "worker": may("select, update", OWN_PAYERS),
    }
    plain = frozenset({"payer", "endpoint", "last_success_at", "failing_since", "gave_up_at", "paused_until"})
    audit = None  # each try would be an event; `webhook.sent` and `webhook.failed` tell what came of a message


class Secret(TenantModel):
    """What messages are signed with, sealed under WEBHOOK_KEY. A secret that was replaced signs beside the new one for a day."""

    payer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="secrets")
    sealed = models.TextField()
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)

    walls = {"pbm": may("select, insert, update (until)", OWN_PAYERS), "worker": may("select, delete", OWN_PAYERS)}
    plain = frozenset({"payer", "endpoint", "sealed", "since", "until"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint"], condition=Q(until=None), name="one_current_secret"),
            models.CheckConstraint(condition=Q(sealed__startswith="v1:"), name="secret_is_sealed"),
        ]


class Message(PublicModel):
    """One message to one endpoint, kept as it is sent. Its public id is in the `webhook-id` of every try."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    payer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="messages")
    type = models.CharField(max_length=60)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(
        default=0, help_text="Since it was last asked for: a person may ask again."
    )
    next_try_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    walls = {
        "pbm": may(f"select, insert, {ASKED_ANEW}", OWN_PAYERS),
        "api": may(f"select, {ASKED_ANEW}", OWN_PAYERS),
        "worker": may("select, insert, update, delete", OWN_PAYERS),
    }
    plain = frozenset(["payer", "endpoint", "type", "body", "created_at", "state", "tries", "next_try_at", "ended_at"])
    audit = None  # as with EndpointHealth; what people ask for is recorded by name

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "next_try_at"], condition=Q(state="waiting"), name="messages_waiting"),
            models.Index(fields=["endpoint", "-id"], name="messages_of_endpoint"),
            models.Index(fields=["created_at"], name="messages_by_age"),
        ]

    def __str__(self):
        return self.type

    @property
    def webhook_id(self):
        return f"msg_{self.public_id.hex}"


class Attempt(TenantModel):
    """One try. `status` is empty where nobody answered, or nothing was sent: then `fault` says why."""

    payer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(default=timezone.now)
    milliseconds = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)
    fault = models.CharField(max_length=300, blank=True)
    answer = models.CharField(max_length=500, blank=True, help_text="The first characters of the body that came back.")

    walls = {
        "pbm": may(READ, OWN_PAYERS),
        "api": may(READ, OWN_PAYERS),
        "worker": may("select, insert, delete", OWN_PAYERS),
    }
    plain = frozenset({"payer", "message", "at", "milliseconds", "status", "fault", "answer"})
    audit = None

    @property
    def was_taken(self):
        return self.status is not None and 200 <= self.status < 300
