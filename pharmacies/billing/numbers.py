"""Numbers that people read out on the telephone."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that reads like a digit."""


def new_number(prefix):
    """'SC-7KQ4M-9XDT2': 50 random bits, easy to read out, useless to guess."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{prefix}-{letters[:5]}-{letters[5:]}"
