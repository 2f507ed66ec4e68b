"""Who works where, as what. Tables without patient data: readable before the tenant is known, so no row-level security."""

from dataclasses import replace
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from carecoord.kernel.tenancy.context import Scope
from carecoord.kernel.tenancy.models import PublicModel, ReferenceModel
from carecoord.kernel.tenancy.rules import OWN_ORGANISATION, Either, Own, may

from ..permissions import SHOWS_PHI, Permission
from ..roles import ALLOWED, LOGIN, PERMISSIONS, Role

WEB = ("portal", "pbm", "auditor")
READ = "select"


def in_force_on(day):
    """Which memberships hold on a day: begun, not over, and not ended at once."""
    return Q(Q(until=None) | Q(until__gte=day), since__lte=day, ended_at=None)


class Organisation(ReferenceModel):
    """A pharmacy, a network, a PBM or a payer: the tenant of whatever it makes or sends."""

    class Kind(models.TextChoices):
        PHARMACY = "pharmacy"
        NETWORK = "network"
        PBM = "pbm"
        PAYER = "payer"

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    code = models.CharField(
        max_length=60, help_text="Short and stable, such as the payer's code in commands and files."
    )
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_sandbox = models.BooleanField(
        default=False,
        help_text="A payer whose people are invented: its feeds are loaded, and nobody works with them. It stays one.",
    )
    sandbox_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="sandboxes", help_text="Who looks after a sandbox."
    )

    grants = {"portal": READ, "auditor": READ, "api": READ, "worker": "select, insert", "pbm": "select, insert, update"}
    audit = "rows"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="organisation_code_once"),
            models.CheckConstraint(condition=~Q(code=""), name="organisation_has_a_code"),
            models.CheckConstraint(
                condition=Q(is_sandbox=False) | Q(kind="payer"), name="organisation_sandbox_is_a_payer"
            ),
            models.CheckConstraint(
                condition=Q(sandbox_of=None) | Q(is_sandbox=True), name="organisation_of_a_pbm_is_a_sandbox"
            ),
        ]

    def __str__(self):
        return self.name


class ServedPayer(ReferenceModel):
    """The payers that a PBM serves; its people see the rows of these. A trigger keeps sandboxes out, so that no PBM's people,
    programme or pharmacy ever meets the invented members of one."""

    pbm = models.ForeignKey(Organisation, models.PROTECT, related_name="served_payers")
    payer = models.ForeignKey(Organisation, models.PROTECT, related_name="pbms")

    grants = {"portal": READ, "auditor": READ, "api": READ, "worker": "select, insert", "pbm": READ}
    audit = "rows"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pbm", "payer"], name="payer_served_once")]


class Users(BaseUserManager):
    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person, once, wherever they work. What they may do comes from their membership alone."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = Users()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    only_own = ("password", "last_login", "email")
    grants = {
        "portal": "select, update (password, last_login, email)",
        "auditor": "select, update (password, last_login, email)",
        "pbm": "select, insert, update (password, last_login, email, name, is_active)",
        "worker": READ,
    }
    """Pages name colleagues, and Django reads a person with all columns, so the hashes of passwords remain readable to the
    web roles. `only_own`: changed by the person alone, or at the door, before anybody is known (tenancy/walls.py)."""
    audit = None  # `last_login` would drown the trail; sign-ins are events of their own

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="email_once_whatever_its_case")]

    def __str__(self):
        return self.name or self.email

    def get_full_name(self):
        return self.name

    get_short_name = get_full_name

    chosen_membership_id = None
    """Where the session says that this person works now; a face sets it before anybody asks."""

    @cached_property
    def memberships_in_force(self):
        """Where this person works today, the oldest first; nowhere for somebody who is switched off."""
        if not self.is_active:
            return []
        in_force = self.memberships.filter(in_force_on(timezone.localdate()), organisation__is_active=True)
        return list(in_force.select_related("organisation").order_by("since", "id"))

    @cached_property
    def membership(self):
        """The chosen one of the memberships in force, else the oldest."""
        mine = self.memberships_in_force
        return next((m for m in mine if m.pk == self.chosen_membership_id), mine[0] if mine else None)

    def membership_at(self, organisation_id):
        """The membership in force at an organisation, whichever is chosen; None without one."""
        return next((m for m in self.memberships_in_force if m.organisation_id == organisation_id), None)

    @property
    def permissions(self):
        return PERMISSIONS[self.membership.role] if self.membership else frozenset()

    def may(self, permission):
        """Whether this person's role holds the permission."""
        return permission in self.permissions

    @property
    def sees_phi(self):
        return bool(self.permissions & SHOWS_PHI)

    @cached_property
    def scope(self):
        """What the two walls are told; None for a person without a place to work."""
        if not self.membership:
            return None
        organisation = self.membership.organisation
        role = "auditor" if self.membership.role == Role.AUDITOR else LOGIN[organisation.kind]
        payers = {"pbm": organisation.served_payers.values_list("payer_id", flat=True), "payer": [organisation.pk]}
        return Scope(
            role=role,
            user_id=self.pk,
            organisation_id=organisation.pk,
            payer_ids=tuple(sorted(payers.get(organisation.kind, []))),
            sees_substance_use=self.may(Permission.SUBSTANCE_USE_VIEW),
        )

    @cached_property
    def sandbox_scope(self):
        """The same person among the sandboxes of their organisation, and among no payer that it serves."""
        found = Organisation.objects.filter(sandbox_of=self.membership.organisation).values_list("pk", flat=True)
        return replace(self.scope, payer_ids=tuple(sorted(found)))

    @property
    def is_staff(self):
        """Django's admin asks; the PBM site has its own answer in faces/pbm/site.py."""
        return bool(self.membership) and LOGIN[self.membership.organisation.kind] == "pbm"

    def has_perm(self, perm, obj=None):
        return False

    def has_module_perms(self, app_label):
        return self.is_staff


class Membership(ReferenceModel):
    """A person's role in an organisation, from day to day. Ended, never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    since = models.DateField(default=timezone.localdate)
    until = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, help_text="Ended at once, before its last day was over.")

    grants = {
        "portal": "select, update (role, until, ended_at)",
        "auditor": READ,
        "worker": READ,
        "pbm": "select, insert, update",
    }
    """A trigger (migration `membership_guard`) refuses a web role one's own membership, and the portal's another pharmacy's."""
    audit = "rows"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"], condition=Q(until=None), name="one_open_membership"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="membership_days_in_order"
            ),
            models.CheckConstraint(condition=Q(ended_at=None) | ~Q(until=None), name="ended_membership_has_a_last_day"),
        ]

    def __str__(self):
        return f"{self.user}, {self.get_role_display()}, {self.organisation}"

    def is_allowed(self):
        """Whether this kind of organisation can give this role."""
        return self.role in ALLOWED[self.organisation.kind]


class QuickPin(ReferenceModel):
    """Four to eight digits that open a locked screen, in a browser where the person has signed in fully today."""

    user = models.OneToOneField(User, models.CASCADE, related_name="quick_pin")
    digest = models.CharField(max_length=128, help_text="argon2 of a keyed hash: of no use without the secret key.")
    set_at = models.DateTimeField()

    grants = {role: "select, insert, update, delete" for role in WEB}
    audit = "rows"


class KnownBrowser(ReferenceModel):
    """Who signed in fully in which browser, and how often a PIN was wrong there since. The fifth time the row goes."""

    user = models.ForeignKey(User, models.CASCADE, related_name="known_browsers")
    browser = models.CharField(max_length=64, help_text="The hash of the browser's own cookie.")
    signed_in_at = models.DateTimeField()
    has_both_factors = models.BooleanField()
    wrong_pins = models.PositiveSmallIntegerField(default=0)

    grants = {role: "select, insert, update, delete" for role in WEB}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "browser"], name="browser_known_once")]


class FactorState(ReferenceModel):
    """What somebody signs in with, for those who look after people: the secrets themselves are seen by nobody else."""

    user = models.OneToOneField(User, models.CASCADE, related_name="factors")
    has_app = models.BooleanField(default=False)
    passkeys = models.PositiveSmallIntegerField(default=0)
    recovery_codes_left = models.PositiveSmallIntegerField(default=0)

    grants = {role: "select, insert, update" for role in WEB}


class Invitation(PublicModel):
    """A place to work, offered by e-mail. The link is signed and names the row; `sendings` makes earlier links void."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="invitations")
    invited_from = models.ForeignKey(Organisation, models.PROTECT, related_name="invitations_sent")
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="invitations_sent")
    email = models.EmailField()
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role)
    since = models.DateField()
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    sendings = models.PositiveSmallIntegerField(default=1)
    sent_at = models.DateTimeField(
        null=True, help_text="When the mail server took the last e-mail; empty if it did not."
    )
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="invitations_accepted")
    cancelled_at = models.DateTimeField(null=True)

    walls = {
        "portal": may("select, insert, update", OWN_ORGANISATION),
        "pbm": may("select, insert, update", Either((OWN_ORGANISATION, Own("invited_from_id", "organisation_id")))),
    }
    plain = frozenset(
        [
            "organisation",
            "invited_from",
            "invited_by",
            "email",
            "name",
            "role",
            "since",
            "created_at",
            "expires_at",
            "sendings",
            "sent_at",
            "accepted_at",
            "accepted_by",
            "cancelled_at",
        ]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("email"),
                condition=Q(accepted_at=None, cancelled_at=None),
                name="one_open_invitation",
            ),
            models.CheckConstraint(condition=Q(accepted_at=None) | Q(cancelled_at=None), name="invitation_has_one_end"),
        ]

    @property
    def is_open(self):
        return self.accepted_at is None and self.cancelled_at is None and self.expires_at > timezone.now()

    @property
    def state(self):
        """accepted, cancelled, expired, sent, or unsent when the mail server refused the e-mail."""
        if self.accepted_at or self.cancelled_at:
            return "accepted" if self.accepted_at else "cancelled"
        if not self.is_open:
            return "expired"
        return "sent" if self.sent_at else "unsent"
