"""Secrets as the database keeps them: AES-256-GCM under a key of the installation. Whoever reads the tables, or a back-up that holds
no key, has nothing."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK = "v1:"
"""Before what is sealed. Neither base 32 nor base 64 nor hexadecimal digits, of which secrets are made, hold a colon."""


class OtherKey(Exception):
    """It was sealed under another key."""


def is_sealed(kept):
    return kept.startswith(MARK)


def seal(secret, key):
    nonce = os.urandom(12)
    return MARK + base64.b64encode(nonce + AESGCM(key).encrypt(nonce, secret.encode(), None)).decode()


def unseal(kept, key):
    """Raises OtherKey."""
    sealed = base64.b64decode(kept.removeprefix(MARK))
    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], None).decode()
    except InvalidTag:
        raise OtherKey("It was sealed under another secret key of this installation.") from None
