"""A payer's systems, and the tokens by which they ask."""

import secrets

from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from carecoord.kernel.tenancy.context import Scope
from carecoord.kernel.tenancy.models import ReferenceModel

from .people import READ, Organisation


def new_client_id():
    return "cc_" + secrets.token_urlsafe(18)


class ApiClient(ReferenceModel):
    """A payer's system. It signs its token requests with a key whose public half is kept here; there is no shared secret."""

    client_id = models.CharField(max_length=60, unique=True, default=new_client_id)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="api_clients")
    name = models.CharField(max_length=120)
    public_jwks = models.JSONField(help_text="A JWK set with the client's public keys (RS384 or ES384).")
    is_active = models.BooleanField(default=True)
    may_read_results = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether it may ask what measures say of members, not only send feeds.",
    )
    created_at = models.DateTimeField(default=timezone.now)

    is_authenticated = True
    is_anonymous = False
    grants = {"portal": READ, "api": READ, "pbm": "select, insert, update", "auditor": READ, "worker": READ}
    audit = "rows"

    def __str__(self):
        return self.name

    @cached_property
    def scope(self):
        return Scope(role="api", organisation_id=self.organisation_id, payer_ids=(self.organisation_id,))


class AccessToken(ReferenceModel):
    """A bearer token, kept as its hash, looked up at every request: revoking it or its client works at once."""

    digest = models.CharField(max_length=64, unique=True)
    client = models.ForeignKey(ApiClient, models.CASCADE)
    key = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Thumbprint (RFC 7638) of the client's key that signed for it: the token ends with the key.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    grants = {"portal": "select, insert, update, delete", "api": READ, "pbm": "select, update"}


class UsedAssertion(ReferenceModel):
    """The `jti` of an assertion that was accepted: a second use is refused."""

    client = models.ForeignKey(ApiClient, models.CASCADE)
    jti = models.CharField(max_length=128)
    expires_at = models.DateTimeField()

    grants = {"portal": "select, insert, delete"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "jti"], name="assertion_used_once")]
