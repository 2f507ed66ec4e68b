"""Who works where, as what, and which systems ask."""

from .clients import AccessToken, ApiClient, UsedAssertion, new_client_id
from .people import (
    FactorState,
    Invitation,
    KnownBrowser,
    Membership,
    Organisation,
    QuickPin,
    ServedPayer,
    User,
    Users,
    in_force_on,
)

__all__ = [
    "AccessToken",
    "ApiClient",
    "FactorState",
    "Invitation",
    "KnownBrowser",
    "Membership",
    "Organisation",
    "QuickPin",
    "ServedPayer",
    "UsedAssertion",
    "User",
    "Users",
    "in_force_on",
    "new_client_id",
]
