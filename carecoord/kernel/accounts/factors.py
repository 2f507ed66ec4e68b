"""The secrets of authenticator apps, and the seeds of recovery codes, as the database keeps them: sealed under FACTOR_KEY."""

from django.conf import settings

from carecoord.kernel import sealing
from carecoord.kernel.sealing import is_sealed


class OtherKey(Exception):
    """It was sealed under another key; the sentence is for whoever tries to sign in."""


SECRET = ("secret", "seed")
"""Of an Authenticator's data: an app's, and that of recovery codes."""


def lies_open(data):
    """Whether an Authenticator's data holds a secret in the clear."""
    return any(not is_sealed(data[name]) for name in SECRET if name in data)


def seal(secret):
    return sealing.seal(secret, settings.FACTOR_KEY)


def unseal(kept):
    """The secret; one from before there was a seal is given back as it is. Raises OtherKey."""
    if not is_sealed(kept):
        return kept
    try:
        return sealing.unseal(kept, settings.FACTOR_KEY)
    except sealing.OtherKey:
        raise OtherKey(
            "Your authenticator app and recovery codes were set up under another secret key of this installation. "
            "Ask whoever runs it to take them off your account."
        ) from None
