"""Digests of what is sent (RFC 9530): `Content-Digest` of the body, `Repr-Digest` of the whole file. sha-256 and sha-512."""

import base64
import binascii
import re

from .problems import problem

ALGORITHMS = {"sha-256": ("sha256", 32), "sha-512": ("sha512", 64)}
"""Name in the header -> name in hashlib, and how many bytes a digest has."""
WANTED = "sha-256=10, sha-512=9"
MEMBER = re.compile(r"[ \t]*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):[ \t]*")


class Unusable(Exception):
    """A header that is no dictionary of digests, or names no algorithm that is checked. Says so to the sender."""


def told(headers, *names):
    """{hashlib's name: digest} of what these headers say; empty where there are none. Raises Unusable."""
    found = {}
    for name in names:
        if (text := headers.get(name)) is None:
            continue
        given = _members(name, text)
        if not given:
            raise Unusable(f"{name} names neither sha-256 nor sha-512.")
        for algorithm, digest in given.items():
            if found.setdefault(algorithm, digest) != digest:
                raise Unusable(f"{' and '.join(names)} name different digests.")
    return found


def refused(error):
    """The problem of a header that cannot be used."""
    return problem("unusable-digest", str(error), headers={"Want-Content-Digest": WANTED})


def written(sha256):
    """A sha-256 in hex, as the headers write it."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"


def _members(name, text):
    known = {}
    for member in text.split(","):
        match = MEMBER.fullmatch(member)
        if match is None:
            raise Unusable(f"{name} is no dictionary of digests such as sha-256=:...:")
        if match[1] not in ALGORITHMS:
            continue
        algorithm, size = ALGORITHMS[match[1]]
        try:
            digest = base64.b64decode(match[2], validate=True)
        except binascii.Error as error:
            raise Unusable(f"{name} holds a digest that is not base64.") from error
        if len(digest) != size:
            raise Unusable(f"{name}: a {match[1]} digest has {size} bytes.")
        known[algorithm] = digest
    return known
