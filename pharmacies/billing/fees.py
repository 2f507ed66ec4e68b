"""Which contract pays for a day's services, and how much."""

from dataclasses import dataclass

from carecoord.kernel.accounts.models import ServedPayer
from pharmacies.models import Contract, Fee, NetworkMembership
from pharmacies.queries import in_force


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """One line with its charge; without a fee the charge is zero, and the edit `fee_in_force` holds the claim."""

    code: str
    label: str
    units: int
    charge_cents: int
    has_fee: bool


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """The contract (None: there is none) and the priced lines, in the order of the snapshot."""

    contract: Contract | None
    lines: tuple[PricedLine, ...]

    @property
    def charge_cents(self):
        return sum(line.charge_cents for line in self.lines)

    @property
    def without_fee(self):
        return tuple(line.code for line in self.lines if not line.has_fee)


def price(*, snapshot, who):
    """The contract in force on the day between a PBM of the payer and a network of the pharmacy, and its fees.

    Of several contracts the one wins that has a fee for most of the lines; then the newest, then the lowest code: the
    same answer every time.
    """
    day = snapshot.service_on
    memberships = NetworkMembership.objects.visible_to(who).filter(in_force(day), pharmacy=snapshot.pharmacy.id)
    networks = memberships.values("network_id")
    pbms = ServedPayer.objects.filter(payer=snapshot.payer_id).values("pbm_id")
    contracts = Contract.objects.visible_to(who).filter(in_force(day), network__in=networks, pbm__in=pbms)
    schedules = {contract: {} for contract in contracts.order_by("-since", "code", "pk")}
    fees = Fee.objects.visible_to(who).filter(in_force(day), contract__in=list(schedules), code__in=set(snapshot.codes))
    for fee in fees.order_by("since", "pk"):  # of two fees that overlap, the later one stands
        schedules[fee.contract][fee.code] = fee
    best = max(schedules, key=lambda contract: len(schedules[contract]), default=None)
    known = schedules.get(best, {})
    return Pricing(contract=best, lines=tuple(_priced(code, units, known.get(code)) for code, units in snapshot.lines))


def _priced(code, units, fee):
    return PricedLine(
        code=code,
        label=fee.label if fee else "",
        units=units,
        charge_cents=fee.amount_cents * units if fee else 0,
        has_fee=fee is not None,
    )
