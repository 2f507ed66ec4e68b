"""Tokens for feed clients: client credentials with a signed assertion (RFC 7523 `private_key_jwt`, as in SMART Backend Services).

There is no shared secret: the client signs with its private key, and its public keys are registered inline with us.
"""

import base64
import json
import re
import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from carecoord.kernel.accounts.models import AccessToken, ApiClient, UsedAssertion

from .authentication import digest

ALGORITHMS = ["RS384", "ES384"]
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=30)
LIFETIME = timedelta(minutes=15)
LAST_MOMENT = 10**11
"""Seconds; no clock says so before the year 5138."""
CLIENT_ID = re.compile(r"[!-~]{1,60}")
"""Visible ASCII, as RFC 6749 (appendix A.1) says: no NUL and no half of a surrogate pair reaches the database."""
JTI = re.compile(r"[ -~]{8,128}")


class TokenRefused(Exception):
    """`code` is OAuth's error code; the text is for the client's engineer."""

    def __init__(self, code, sentence):
        self.code = code
        super().__init__(sentence)


def scope_of(client):
    """What a token of the client is for, as OAuth says it."""
    return "deliveries results" if client.may_read_results else "deliveries"


def issue(*, assertion, audience):
    """(token, client) for a valid assertion. The token is shown once and kept as its hash. Raises TokenRefused."""
    client, claims, key = _verified(assertion, [audience])
    token, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        _use_once(client, claims)
        AccessToken.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
        AccessToken.objects.create(digest=digest(token), client=client, key=key, expires_at=now + LIFETIME)
    return token, client


def revoke(*, token, assertion, audiences):
    """Ends a token of the client that signed the assertion (RFC 7009); one that nobody knows is ended already.
    Raises TokenRefused, also for another client's token."""
    client, claims, _ = _verified(assertion, audiences)
    with transaction.atomic():
        _use_once(client, claims)
        found = AccessToken.objects.filter(digest=digest(token))
        if found.exclude(client=client).exists():
            raise TokenRefused("unauthorized_client", "The token was given to another client.")
        found.filter(revoked_at=None).update(revoked_at=timezone.now())


def _verified(assertion, audiences):
    """The client, the claims, and the thumbprint of the key that signed them."""
    client = _claimed_client(assertion)
    _check_head(assertion, [key["kid"] for key in client.public_jwks["keys"]])
    try:
        keys = KeySet.import_key_set(client.public_jwks)
        token = jwt.decode(assertion, keys, algorithms=ALGORITHMS)
        key = keys.get_by_kid(token.header.get("kid")).thumbprint()
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:  # whatever the head holds is theirs
        raise TokenRefused("invalid_client", "The assertion's signature does not fit a registered key.") from error
    _check_claims(token.claims, client, audiences)
    return client, token.claims, key


def _part(assertion, place):
    """What a part of a JWT says, before anybody has checked it."""
    part = assertion.split(".")[place]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _check_head(assertion, kids):
    """Why no key of the client's can fit: that a signature "does not fit" tells its engineer nothing."""
    try:
        head = _part(assertion, 0)
        algorithm, kid = head.get("alg"), head.get("kid")
    except (ValueError, AttributeError, RecursionError) as error:
        raise TokenRefused("invalid_client", "The head of client_assertion is no JSON object.") from error
    if algorithm not in ALGORITHMS:
        raise TokenRefused("invalid_client", f"The assertion's `alg` must be {' or '.join(ALGORITHMS)}.")
    if kid is None and len(kids) > 1:
        raise TokenRefused(
            "invalid_client", "Several keys are registered: the assertion's head must name one as `kid`."
        )
    if kid is not None and kid not in kids:
        raise TokenRefused("invalid_client", "`kid` in the assertion's head is that of no registered key.")


def _claimed_client(assertion):
    """The client that the assertion says it is from; the signature is checked against that client's keys alone."""
    try:
        issuer = _part(assertion, 1)["iss"]
    except (IndexError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TokenRefused("invalid_client", "client_assertion is not a signed JWT with an `iss`.") from error
    if not isinstance(issuer, str) or not CLIENT_ID.fullmatch(issuer):
        raise TokenRefused("invalid_client", "The client is not known, or not active.")
    found = ApiClient.objects.select_related("organisation").filter(
        client_id=issuer, is_active=True, organisation__is_active=True
    )
    client = found.first()
    if client is None:
        raise TokenRefused("invalid_client", "The client is not known, or not active.")
    return client


def _check_claims(claims, client, audiences):
    now = timezone.now().timestamp()
    expires = claims.get("exp")
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise TokenRefused("invalid_client", "`iss` and `sub` must both be the client id.")
    said = claims["aud"] if isinstance(claims.get("aud"), list) else [claims.get("aud")]
    if not any(audience in said for audience in audiences):
        raise TokenRefused("invalid_client", f"`aud` must be {audiences[0]}")
    if not _is_moment(expires) or expires <= now - CLOCK_SKEW.total_seconds():
        raise TokenRefused("invalid_client", "The assertion has expired, or has no `exp`.")
    if expires > now + (LONGEST_ASSERTION + CLOCK_SKEW).total_seconds():
        raise TokenRefused("invalid_client", "`exp` may lie at most five minutes ahead.")
    for name in ("nbf", "iat"):
        if name in claims and not (_is_moment(claims[name]) and claims[name] <= now + CLOCK_SKEW.total_seconds()):
            raise TokenRefused("invalid_client", f"`{name}` lies in the future.")
    if not isinstance(claims.get("jti"), str) or not JTI.fullmatch(claims["jti"]):
        raise TokenRefused(
            "invalid_client", "`jti` must be a text of 8 to 128 ASCII characters, new for each assertion."
        )


def _is_moment(value):
    """Whether a value is a NumericDate (RFC 7519, 2): fractions are allowed."""
    return isinstance(value, (int, float)) and 0 < value < LAST_MOMENT


def _use_once(client, claims):
    now = timezone.now()
    UsedAssertion.objects.filter(expires_at__lt=now - timedelta(minutes=10)).delete()
    try:
        with transaction.atomic():
            UsedAssertion.objects.create(client=client, jti=claims["jti"], expires_at=now + LONGEST_ASSERTION)
    except IntegrityError as error:
        raise TokenRefused("invalid_client", "This `jti` was used before.") from error
