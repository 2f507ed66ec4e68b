"""Which claims stand, said again in plain Python from the words of patients/claims/fold.py: slow, and without a database.

`Event.action`: B1, B2 or B3. `version` None: the feed states none. `digest` breaks ties, and is all that the two folds share.
"""

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    claim_id: str
    claim_line: int
    version: int | None
    action: str
    digest: str
    member_id: str
    filled_on: object = None
    pharmacy_ref: str = ""
    rx_number: str = ""
    fill_number: int | None = None
    authorization_number: str = ""
    dispensing_status: str = ""
    source: str = ""
    original_claim_id: str = ""
    quantity: object = None
    paid_cents: int | None = None

    @property
    def record(self):
        return (self.claim_id, self.claim_line)

    @property
    def dated(self):
        return self.version or 0


@dataclass(frozen=True)
class Ruling:
    """A person chose one of the events that have a key in common; `against`: digests of the others that were seen."""

    key: tuple
    chosen: str
    against: frozenset


def key_of(event):
    return (*event.record, event.version, event.action)


def counting(events, rulings):
    """The events that count: without those that a ruling sets aside whose chosen event is there."""
    there = {(key_of(event), event.digest) for event in events}
    aside = {
        (ruling.key, digest) for ruling in rulings if (ruling.key, ruling.chosen) in there for digest in ruling.against
    }
    return {event for event in events if (key_of(event), event.digest) not in aside}


def in_conflict(events, rulings=()):
    """Digests of the events that have a key in common with another that counts."""
    by_key = defaultdict(set)
    for event in counting(events, rulings):
        by_key[key_of(event)].add(event.digest)
    return sorted(digest for digests in by_key.values() if len(digests) > 1 for digest in digests)


def stand(events, known_members, rulings=()):
    """{(claim id, line): (state, version, quantity, paid cents)} of a set of events and of rulings."""
    claims = defaultdict(list)
    for event in counting(events, rulings):
        claims[event.record].append(event)
    originals = {r: [e for e in es if e.action != "B2"] for r, es in claims.items()}
    best = {
        record: min(found, key=lambda e: (-e.dated, e.action != "B3", e.digest))
        for record, found in originals.items()
        if found
    }
    hits, hitting = _effects(claims, originals, best)
    told = {}
    for record, found in claims.items():
        if record in best:
            top, lowest = best[record], min(e.dated for e in originals[record])
            versions = [lowest if v is None else v for v in hits[record]]
            is_reversed = bool(versions) and max(versions) >= top.dated
            state = "reversed" if is_reversed else "paid" if top.member_id in known_members else "waiting"
            told[record] = (
                state,
                max([top.dated, *versions]) if is_reversed else top.dated,
                top.quantity,
                top.paid_cents,
            )
        elif record not in hitting:
            face = min(found, key=lambda e: (e.version is None, -e.dated, e.digest))
            told[record] = ("reversed_pending", face.dated, face.quantity, face.paid_cents)
    return told


def _effects(claims, originals, best):
    """({record: versions of the reversals that act on it}, records whose reversals act on something that is here)."""
    hits, hitting = defaultdict(list), set()
    strays = defaultdict(list)
    acts = []
    for record in claims:
        for event in sorted(claims[record], key=lambda e: e.digest):
            target = _named_target(event, best)
            if target:
                acts.append((event, target))
            elif event.action == "B2" and event.original_claim_id == "" and event.rx_number and event.pharmacy_ref:
                strays[_prescription(event), event.authorization_number, event.dispensing_status, event.version].append(
                    event
                )
    for event, target in acts + _stray_targets(strays, originals):
        if target in best:
            hits[target].append(event.version)
            hitting.add(event.record)
    return hits, hitting


def _named_target(event, best):
    """The claim that an event says it reverses: the one it names, or its own."""
    if event.action in ("B2", "B3") and event.original_claim_id not in ("", event.claim_id):
        return (event.original_claim_id, event.claim_line)
    return event.record if event.action == "B2" and event.record in best else None


def _stray_targets(strays, originals):
    """Reversals that name nothing, each with the claim of its prescription that it takes."""
    acts = []
    for (prescription, authorization, status, version), found in strays.items():
        by_record = {}
        for event in found:
            by_record.setdefault(event.record, event)
        targets = _targets(originals, prescription, authorization, status, version)
        acts += zip((by_record[r] for r in sorted(by_record)), targets, strict=False)
    return acts


def _prescription(event):
    return (event.member_id, event.filled_on, event.pharmacy_ref, event.rx_number, event.fill_number)


def _targets(originals, prescription, authorization, status, version):
    """Claims that a stray reversal may mean, the likeliest first."""
    found = {}
    for record, events in originals.items():
        fitting = [
            e.dated
            for e in events
            if _prescription(e) == prescription
            and (not authorization or not e.authorization_number or authorization == e.authorization_number)
            and (not status or not e.dispensing_status or status == e.dispensing_status)
            and e.source != "format:pharmacy_dispensing"
            and (version is None or e.dated <= version)
        ]
        if fitting:
            found[record] = min(fitting) if version is None else -max(fitting)
    return sorted(found, key=lambda record: (found[record], record))
