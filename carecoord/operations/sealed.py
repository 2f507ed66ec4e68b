"""The one secret that a restore may want, encrypted with a pass phrase: AES-256-GCM under a scrypt key.

All other secrets (database and broker passwords) belong to a server, and are made anew where there is none.
"""

import base64
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .admin import CannotOperate

SHORTEST = 16


def seal(plain, phrase):
    """bytes -> JSON text."""
    if len(phrase) < SHORTEST:
        raise CannotOperate(f"CARECOORD_BACKUP_PHRASE must have at least {SHORTEST} characters.")
    salt, nonce = os.urandom(16), os.urandom(12)
    parts = {"salt": salt, "nonce": nonce, "sealed": AESGCM(_key(salt, phrase)).encrypt(nonce, plain, None)}
    return json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()})


def unseal(text, phrase):
    """JSON text -> bytes. Raises CannotOperate for another pass phrase."""
    parts = {name: base64.b64decode(part) for name, part in json.loads(text).items()}
    try:
        return AESGCM(_key(parts["salt"], phrase)).decrypt(parts["nonce"], parts["sealed"], None)
    except InvalidTag as error:
        raise CannotOperate("CARECOORD_BACKUP_PHRASE is not the pass phrase of this back-up.") from error


def _key(salt, phrase):
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(phrase.encode())
