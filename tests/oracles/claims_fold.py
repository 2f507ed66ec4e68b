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


def stand(events, known_members):
    """{(claim id, line): (state, version, quantity, paid cents)} of a set of events."""
    claims = defaultdict(list)
    for event in set(events):
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
