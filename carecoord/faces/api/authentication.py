"""Who is calling: a bearer token, looked up by its hash at every request."""

import hashlib

from django.utils import timezone
from joserfc.jwk import KeySet
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission

from carecoord.kernel.accounts.models import AccessToken, ApiClient

REALM = 'Bearer realm="CareCoord API"'


def digest(token):
    """How a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def has_token(request):
    """Whether the request carries a bearer token, good or not."""
    return request.headers.get("Authorization", "").lower().startswith("bearer ")


def client_of(request):
    """The API client whose valid token the request carries, or None. Called once, before the view."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or not request.path.startswith("/api/"):
        return None
    found = AccessToken.objects.select_related("client__organisation").filter(
        digest=digest(token.strip()),
        expires_at__gt=timezone.now(),
        revoked_at=None,
        client__is_active=True,
        client__organisation__is_active=True,
    )
    row = found.first()
    return row.client if row and row.key in ("", *thumbprints(row.client.public_jwks)) else None


def thumbprints(jwks):
    """The thumbprints (RFC 7638) of the keys that a client has now: a token ends with the key that signed for it."""
    return {key.thumbprint() for key in KeySet.import_key_set(jwks).keys} if jwks["keys"] else set()


class ResolvedClient(BaseAuthentication):
    """What the middleware found. A person's browser session is not a key to the API."""

    def authenticate(self, request):
        user = request._request.user
        return (user, None) if isinstance(user, ApiClient) else None

    def authenticate_header(self, request):
        """RFC 6750, 3.1: a request without a token is told no error."""
        return f'{REALM}, error="invalid_token"' if has_token(request) else REALM


class IsFeedClient(BasePermission):
    def has_permission(self, request, view):
        return isinstance(request.user, ApiClient)


class MayReadResults(BasePermission):
    """A system that sends feeds need not see what becomes of people: that is registered apart."""

    def has_permission(self, request, view):
        return isinstance(request.user, ApiClient) and request.user.may_read_results
