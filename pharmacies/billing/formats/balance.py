"""The proof that a remittance adds up, at line, claim and payment, to the cent.

line: charge - adjustments = paid. claim: charge - adjustments of claim and lines = paid, and the lines' charges are the
claim's. payment: sum of the claims' paid - provider-level adjustments = total.
source: domain/billing.md 5.4
"""

from dataclasses import dataclass

from carecoord.kernel.money import dollars


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What does not add up, with its numbers. `segment` is where it stands in a file that was read, else 0."""

    level: str
    sentence: str
    segment: int = 0


def faults(document):
    """Every Fault of a RemittanceDocument; none where it balances."""
    found = [fault for claim in document.claims for fault in _of_claim(claim)]
    paid = sum(claim.paid_cents for claim in document.claims)
    less = sum(each.cents for each in document.provider_adjustments)
    if paid - less != document.total_cents:
        sentence = (
            f"Payment {document.trace}: claims paid {dollars(paid)} less provider-level adjustments {dollars(less)} is "
            f"{dollars(paid - less)}, but the payment says {dollars(document.total_cents)}."
        )
        found.append(Fault(level="payment", sentence=sentence, segment=document.segment))
    return tuple(found)


def _of_claim(claim):
    for at, line in enumerate(claim.lines, 1):
        less = _sum(line.adjustments)
        if line.charge_cents - less != line.paid_cents:
            where = f"Claim {claim.control_number}, line {at} ({line.code})"
            yield Fault(level="line", sentence=_uneven(where, line, less), segment=line.segment)
    charged = sum(line.charge_cents for line in claim.lines)
    if claim.lines and charged != claim.charge_cents:
        sentence = (
            f"Claim {claim.control_number}: its lines charge {dollars(charged)} together, but the claim says "
            f"{dollars(claim.charge_cents)}."
        )
        yield Fault(level="claim", sentence=sentence, segment=claim.segment)
    less = _sum(claim.every_adjustment)
    if claim.charge_cents - less != claim.paid_cents:
        yield Fault(
            level="claim", sentence=_uneven(f"Claim {claim.control_number}", claim, less), segment=claim.segment
        )


def _uneven(where, row, less):
    return (
        f"{where}: charge {dollars(row.charge_cents)} less adjustments {dollars(less)} is "
        f"{dollars(row.charge_cents - less)}, but it says paid {dollars(row.paid_cents)}."
    )


def _sum(adjustments):
    return sum(each.cents for each in adjustments)
