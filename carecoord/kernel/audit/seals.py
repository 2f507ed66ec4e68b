"""The hash chain over the trail: sealed every minute, its heads kept outside the database, verified by `verify_audit`.

Whoever owns the database can rewrite events and seals alike; they cannot rewrite the heads on another disk, nor vouch for
new ones, since each is signed (HMAC-SHA-256, with the one before it) by a key that the database does not hold. What is
newer than the last seal is not protected yet.
"""

import fcntl
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from carecoord.kernel.tenancy import context

from .models import AuditEvent, Seal
from .trail import EVENT_AS_TEXT, TRAIL

LONGEST_TRANSACTION = timedelta(days=1)
"""An event that says it is older than that, compared with the seal before its own, was slipped in later."""
FACTS = ("number", "low", "high", "events", "root")


class HeadsDisagree(Exception):
    """The file of heads and the seals in the database do not continue each other: nothing is sealed on top of that."""


@dataclass
class Verdict:
    """`problems` are sentences; without one the trail is what it was when it was sealed."""

    seals: int = 0
    events: int = 0
    unsealed: int = 0
    oldest_unsealed_at: datetime | None = None
    problems: list = field(default_factory=list)


def seal():
    """Seals what is final, and writes the heads that the file does not have. Returns the seal, or None where nothing is new.

    Raises HeadsDisagree.
    """
    with context.logged_in("worker"), transaction.atomic():
        _check_continues(_heads())
        with connection.cursor() as cursor:
            cursor.execute("select number from app.seal_events()")
            made = cursor.fetchone()
    with context.logged_in("worker"):
        _append_heads()
        return Seal.objects.get(number=made[0]) if made else None


def _check_continues(heads):
    """The file's last head is a seal, and no seal but perhaps the last (a process died) is missing from the file."""
    newest = Seal.objects.order_by("-number").first()
    last = heads[-1] if heads else None
    known = Seal.objects.filter(number=last["number"], root=last["root"]).exists() if last else newest is None
    if not known and not (last is None and newest.number == 1):
        raise HeadsDisagree(
            f"{settings.AUDIT_HEADS} does not end where the seals in the database do: run verify_audit."
        )


def _append_heads():
    settings.AUDIT_HEADS.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with settings.AUDIT_HEADS.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        heads = _heads()
        before, signature = (heads[-1]["number"], heads[-1]["hmac"]) if heads else (0, "")
        for each in Seal.objects.filter(number__gt=before).order_by("number"):
            head = {name: getattr(each, name) for name in FACTS} | {"sealed_at": each.sealed_at.isoformat()}
            signature = _sign(head, signature)
            file.write(json.dumps(head | {"hmac": signature}) + "\n")


def _heads():
    """The lines of the file, as they stand."""
    if not settings.AUDIT_HEADS.exists():
        return []
    return [json.loads(line) for line in settings.AUDIT_HEADS.read_text().splitlines()]


def _sign(head, before):
    told = json.dumps([before, {name: value for name, value in head.items() if name != "hmac"}], sort_keys=True)
    return hmac.new(settings.AUDIT_KEY.encode(), told.encode(), hashlib.sha256).hexdigest()


def verify():
    """Reads the whole trail as the owner, and computes every root again. Returns a Verdict."""
    verdict = Verdict()
    with context.logged_in("owner"), transaction.atomic():
        seals = list(Seal.objects.order_by("number"))
        _verify_heads(seals, verdict)
        root, high, sealed_at = "", 0, None
        for place, each in enumerate(seals, 1):
            if (each.number, each.low) != (place, high):
                verdict.problems.append(f"Seal {place} is missing or does not begin where the one before it ends.")
            _verify_events(each, root, sealed_at, verdict)
            root, high, sealed_at = each.root, each.high, each.sealed_at
        verdict.seals = len(seals)
        waiting = AuditEvent.objects.filter(transaction_id__gte=high)
        verdict.unsealed = waiting.count()
        verdict.oldest_unsealed_at = waiting.order_by("at").values_list("at", flat=True).first()
    return verdict


def _verify_events(seal, root, sealed_before, verdict):
    head = hashlib.sha256(bytes.fromhex(root) + f"{seal.number}|{seal.low}|{seal.high}".encode()).digest()
    count, too_old = 0, 0
    asked = f"select {EVENT_AS_TEXT}, at from {TRAIL} where transaction_id >= %s and transaction_id < %s order by id"  # noqa: S608
    with connection.chunked_cursor() as cursor:
        cursor.execute(asked, [seal.low, seal.high])
        for text, at in cursor:
            head = hashlib.sha256(head + hashlib.sha256(text.encode()).digest()).digest()
            count += 1
            too_old += sealed_before is not None and at < sealed_before - LONGEST_TRANSACTION
    verdict.events += count
    if count != seal.events:
        verdict.problems.append(f"Seal {seal.number} was put on {seal.events} events, and there are {count}.")
    elif head.hex() != seal.root:
        verdict.problems.append(
            f"The {count} events of seal {seal.number} are not what they were, or not in that order."
        )
    if too_old:
        verdict.problems.append(
            f"{too_old} events of seal {seal.number} say that they are older than the seal before it."
        )


def _verify_heads(seals, verdict):
    """The file vouches for the seals: each head is signed, and is the seal of its number."""
    by_number, before, vouched = {seal.number: seal for seal in seals}, "", set()
    for place, head in enumerate(_heads(), 1):
        if not hmac.compare_digest(_sign(head, before), str(head.get("hmac"))):
            verdict.problems.append(
                f"Line {place} of the file of heads is not signed by our key, or a line is missing."
            )
        before = str(head.get("hmac"))
        seal = by_number.get(head["number"])
        if seal is None:
            verdict.problems.append(f"Seal {head['number']} is in the file of heads, and not in the database.")
        elif any(getattr(seal, name) != head[name] for name in FACTS):
            verdict.problems.append(f"Seal {head['number']} is not what the file of heads says.")
        vouched.add(head["number"])
    for number in sorted(by_number.keys() - vouched):
        verdict.problems.append(f"Seal {number} is in the database, and not in the file of heads.")


def unsealed_for():
    """How long the oldest event that no seal covers has waited, as a timedelta; None where all are sealed. Any role may ask."""
    with connection.cursor() as cursor:
        cursor.execute("select app.unsealed_since()")
        since = cursor.fetchone()[0]
    return timezone.now() - since if since else None


def age_of(verdict):
    """How long the oldest unsealed event has waited: the exposure, as a timedelta."""
    return timezone.now() - verdict.oldest_unsealed_at if verdict.oldest_unsealed_at else timedelta()
