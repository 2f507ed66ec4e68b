"""The secrets of authenticator apps, and the seeds of recovery codes, as the database keeps them: AES-256-GCM under FACTOR_KEY.

Whoever reads the tables, or a back-up that holds no key, cannot make codes.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

MARK = "v1:"
"""Before what is sealed. Neither base 32 nor hexadecimal digits, of which secrets are made, hold a colon."""


class OtherKey(Exception):
    """It was sealed under another key; the sentence is for whoever tries to sign in."""


SECRET = ("secret", "seed")
"""Of an Authenticator's data: an app's, and that of recovery codes."""


def is_sealed(kept):
    return kept.startswith(MARK)


def lies_open(data):
    """Whether an Authenticator's data holds a secret in the clear."""
    return any(not is_sealed(data[name]) for name in SECRET if name in data)


def seal(secret):
    nonce = os.urandom(12)
    return MARK + base64.b64encode(nonce + AESGCM(settings.FACTOR_KEY).encrypt(nonce, secret.encode(), None)).decode()


def unseal(kept):
    """The secret; one from before there was a seal is given back as it is. Raises OtherKey."""
    if not is_sealed(kept):
        return kept
    sealed = base64.b64decode(kept.removeprefix(MARK))
    try:
        return AESGCM(settings.FACTOR_KEY).decrypt(sealed[:12], sealed[12:], None).decode()
    except InvalidTag:
        raise OtherKey(
            "Your authenticator app and recovery codes were set up under another secret key of this installation. "
            "Ask whoever runs it to take them off your account."
        ) from None
