"""Who works where in the demo. Every name is invented; every password is the same, and printed."""

import secrets
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Person:
    """`organisation`: the code of the organisation in `places.py`."""

    email: str
    name: str
    role: str
    organisation: str


def everybody(first_pharmacy, second_pharmacy):
    """The fixed cast; the two pharmacies are named by their NPI."""
    return [
        Person("alice@demo.example", "Alice Ashdown", "pharmacist", first_pharmacy),
        Person("olive@demo.example", "Olive Ashdown", "owner", first_pharmacy),
        Person("bob@demo.example", "Bob Barlow", "technician", first_pharmacy),
        Person("pia@demo.example", "Pia Penrose", "pharmacist", first_pharmacy),
        Person("pia@demo.example", "Pia Penrose", "pharmacist", second_pharmacy),  # one person at two stores
        Person("charlie@demo.example", "Charlie Crane", "pharmacist", second_pharmacy),
        Person("grace@demo.example", "Grace Garland", "network_lead", "lantern"),
        Person("dana@demo.example", "Dana Dale", "program", "northbridge"),
        Person("erin@demo.example", "Erin Elm", "claims", "northbridge"),
        Person("ada@demo.example", "Ada Alder", "admin", "northbridge"),
        Person("vera@demo.example", "Vera Vale", "auditor", "northbridge"),
    ]


def password():
    """One password for everybody, made once for each home, so that no demo in the world shares it with another."""
    file = settings.HOME / "demo-password.txt"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text("-".join(secrets.token_hex(2) for _ in range(4)) + "\n")
    return file.read_text().strip()
