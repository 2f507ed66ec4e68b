"""What the payer decided of medical claims, joined to them by the claim's number: from the set of payments, in any order.

- What was paid adds up: a reversal is an amount below zero. What was paid for a line stands on the line; what was paid for the
  claim as a whole, or for a line that the claim does not have, on its first line.
- The last decision holds: that of the latest day of payment; on one day a payment before a denial, and both before a reversal,
  because a correction comes with the reversal of what it corrects. A decision older than the claim as it stands was of an
  earlier version of it, and is none.
- A claim that was paid and taken back gives no facts (facts.py). A denied one does: what it tells of the patient was done.
"""

from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from .models import PaymentEvent, Standing

RANKS = {"paid": 0, "denied": 1, "reversed": 2}
LAST_DECISION = """(
    select p.decision from claims_paymentevent p
     where p.payer_id = (select %(payer)s::bigint) and p.claim_id = e.record_id and p.record_line = 0 and not p.is_withdrawn
       and p.standing = 'paid' and p.version >= coalesce(e.version, 0)
     order by p.version desc, p.decision = 'reversed', p.decision = 'denied' limit 1)"""


class Decided(NamedTuple):
    """`decision` and the version from which it holds; `paid`: cents by line, 0 for the claim as a whole."""

    claim_id: str
    decision: str
    version: int
    paid: dict


def decisions(*, payer):
    """Yields Decided in order of claim id, in constant memory."""
    rows = (
        PaymentEvent.objects.filter(payer=payer, is_withdrawn=False, standing=Standing.PAID)
        .order_by("claim_id", "record_id", "record_line")
        .only("claim_id", "record_line", "decision", "version", "paid_cents")
    )
    for claim_id, of_claim in groupby(rows.iterator(chunk_size=5_000), key=attrgetter("claim_id")):
        paid, last = {}, (-1, 0)
        for row in of_claim:
            paid[row.record_line] = paid.get(row.record_line, 0) + row.paid_cents
            last = max(last, (row.version, -RANKS[row.decision]))
        yield Decided(claim_id, list(RANKS)[-last[1]], last[0], paid)


def joined(lines, *, payer):
    """Yields (line, Decided or None, cents paid or None) for claim lines in order of claim id and line. A line has `claim_id`,
    `claim_line` and `paid_cents`: an amount of its own goes before those of payments."""
    found = decisions(payer=payer)
    one = next(found, None)
    for claim_id, of_claim in groupby(lines, key=attrgetter("claim_id")):
        while one is not None and one.claim_id < claim_id:
            one = next(found, None)
        mine = one if one is not None and one.claim_id == claim_id else None
        of_claim = list(of_claim)
        known = {line.claim_line for line in of_claim}
        for at, line in enumerate(of_claim):
            paid = line.paid_cents
            if paid is None and mine is not None:
                rest = sum(cents for number, cents in mine.paid.items() if number not in known)
                paid = mine.paid.get(line.claim_line, 0) + (rest if at == 0 else 0)
            yield line, mine, paid
