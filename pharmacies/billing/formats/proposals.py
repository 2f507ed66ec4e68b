"""What posting a received claim would do. A claim is posted only where nothing is doubtful; everything else needs somebody.

CO goes to the contract alone, PR to the patient, OA and PI (and CO for other reasons, denials, reversals of what we never
posted, what we cannot find) to the work queue. source: domain/billing.md 5.4 (nothing is written off by itself)
"""

import re
import unicodedata
from dataclasses import dataclass

from carecoord.kernel.money import dollars

from .x12 import LETTERS

CONTRACTUAL = ("45", "253")
"""CARC under CO that say no more than what the contract or the law lets a payer pay: fee schedule, sequestration."""
DENIED = "4"
SETTLED = ("1", "2", "3", "22", DENIED)
"""CLP02 that say what came of the claim. Others leave it open: it went on to another payer (19, 20, 21), to the right one (23), or was
only priced (25)."""


@dataclass(frozen=True, kw_only=True)
class Ours:
    """What we know of a service claim: its number, status, charge, whose it is, and what was posted for it until now."""

    pk: int
    number: str
    icn: str
    status: str
    charge_cents: int
    paid_cents: int
    posted_cents: int
    last_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """`why` is empty where it may be posted. The cents add up to the charge."""

    claim: int | None
    charge_cents: int
    paid_cents: int
    contractual_cents: int
    patient_cents: int
    other_cents: int
    why: str


def propose(remitted, ours):
    """A Proposal for a RemittedClaim; `ours` is the Ours that it names, or None."""
    cuts = remitted.every_adjustment
    by_group = {group: sum(cut.cents for cut in cuts if cut.group == group) for group in ("CO", "PR")}
    return Proposal(
        claim=ours.pk if ours else None,
        charge_cents=remitted.charge_cents,
        paid_cents=remitted.paid_cents,
        contractual_cents=by_group["CO"],
        patient_cents=by_group["PR"],
        other_cents=sum(cut.cents for cut in cuts) - by_group["CO"] - by_group["PR"],
        why=" ".join(_doubts(remitted, ours)),
    )


def _doubts(remitted, ours):
    if ours is None:
        yield f"No claim of this pharmacy has the number {remitted.control_number}."
        return
    sign = -1 if remitted.is_reversal else 1
    if ours.charge_cents != sign * remitted.charge_cents:
        yield f"The payer names a charge of {dollars(remitted.charge_cents)}; we charged {dollars(ours.charge_cents)}."
    if _are_others(remitted.last_name, ours.last_name):
        yield f"The payer says that the patient is {remitted.last_name}; our claim says {ours.last_name}."
    if ours.paid_cents:
        yield f"{dollars(ours.paid_cents)} were paid for it by a remittance of our own already."
    if ours.status == "voided":
        yield "We voided this claim."
    if remitted.is_reversal and ours.posted_cents != -remitted.paid_cents:
        yield f"It takes {dollars(-remitted.paid_cents)} back; posted for it were {dollars(ours.posted_cents)}."
    if not remitted.is_reversal and ours.posted_cents:
        yield f"{dollars(ours.posted_cents)} were posted for it already."
    if _is_denial(remitted):
        yield "Nothing was paid. Read the reasons, mend it or appeal; nothing is written off."
    if remitted.status not in SETTLED:
        yield f"Status {remitted.status} is not the end of it: another payer may follow, or nothing was paid for good."
    yield from _about_reasons(remitted)


def _is_denial(remitted):
    """Payers say 1 and pay nothing, or say 4, though that is for patients whom they do not know."""
    return remitted.status == DENIED or not remitted.is_reversal and remitted.paid_cents == 0


def _are_others(theirs, known):
    """Whether two last names, both known, differ beyond signs, accents and a shorter form."""
    theirs, known = _letters(theirs), _letters(known)
    return bool(theirs and known) and not (theirs.startswith(known) or known.startswith(theirs))


def _letters(name):
    return re.sub("[^A-Z]", "", unicodedata.normalize("NFKD", name.upper().translate(LETTERS)))


def _about_reasons(remitted):
    cuts = remitted.every_adjustment
    others = sorted({f"{cut.group} {cut.reason}" for cut in cuts if cut.group not in ("CO", "PR")})
    if others:
        yield f"{', '.join(others)} is neither the contract's nor the patient's."
    beyond = sorted({f"CO {cut.reason}" for cut in cuts if cut.group == "CO" and cut.reason not in CONTRACTUAL})
    if beyond and not _is_denial(remitted):
        yield f"{', '.join(beyond)} is more than the contract takes off."
