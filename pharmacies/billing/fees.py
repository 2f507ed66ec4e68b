"""Which contract pays for a day's services, and how much."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from carecoord.kernel.accounts.models import ServedPayer
from pharmacies.models import Contract, Fee, NetworkMembership, Pharmacy, RuralUplift
from pharmacies.queries import in_force, percent

LONGEST_LABEL = Fee._meta.get_field("label").max_length


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """One line with its charge; without a fee the charge is zero, and the edit `fee_in_force` holds the claim.

    `reason` says what was added to the fee, and why; it is empty where nothing was. `label` carries it to the claim.
    """

    code: str
    label: str
    units: int
    charge_cents: int
    has_fee: bool
    reason: str = ""


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


@dataclass(frozen=True, kw_only=True)
class FeeRow:
    """What one unit of a service brings a pharmacy, with what was added to the fee, and why."""

    contract: str
    code: str
    label: str
    amount_cents: int
    reason: str
    since: date
    until: date | None


def schedule(*, pharmacy, who, on):
    """A FeeRow for every code of every contract that `who` may see, in force on the day, as this pharmacy is paid."""
    contracts = Contract.objects.visible_to(who).filter(in_force(on))
    fees = _fees(contracts, pharmacy, on, who).select_related("contract")
    chosen = {(fee.contract_id, fee.code): fee for fee in fees}
    uplifts = {contract.pk: _uplift(contract, pharmacy, on, who) for contract in contracts}
    lines = ((fee, _priced(fee.code, 1, fee, uplifts[fee.contract_id])) for fee in chosen.values())
    rows = (
        FeeRow(
            contract=fee.contract.title,
            code=fee.code,
            label=fee.label,
            amount_cents=line.charge_cents,
            reason=line.reason,
            since=fee.since,
            until=fee.until,
        )
        for fee, line in lines
    )
    return tuple(sorted(rows, key=lambda row: (row.contract, row.code)))


def price(*, snapshot, who):
    """The contract in force on the day between a PBM of the payer and a network of the pharmacy, and its fees.

    Of several contracts the one wins that has a fee for most of the lines; then the newest, then the lowest code: the
    same answer every time. At a rural pharmacy a fee for rural pharmacies is the price as it stands; a fee that holds
    everywhere is raised by the contract's uplift of the day.
    """
    pharmacy = Pharmacy.objects.get(pk=snapshot.pharmacy.id)
    terms = _terms(snapshot.payer_id, [pharmacy.pk], set(snapshot.codes), snapshot.service_on, who)
    return terms.price(pharmacy, snapshot.lines)


def unit_prices(*, payer_id, pharmacy_ids, codes, on, who):
    """(pharmacy, code) -> the cents that a claim of one unit of that code alone would be charged; a code without a fee is left out."""
    terms = _terms(payer_id, pharmacy_ids, codes, on, who)
    priced = (
        (pharmacy.pk, code, terms.price(pharmacy, [(code, 1)]).lines[0])
        for pharmacy in Pharmacy.objects.filter(pk__in=pharmacy_ids)
        for code in codes
    )
    return {(pk, code): line.charge_cents for pk, code, line in priced if line.has_fee}


@dataclass(frozen=True)
class _Terms:
    """What counts on one day between a payer's PBMs and some pharmacies: contracts, first the one that wins a tie;
    pharmacy -> networks; contract -> fees, of two for a code the later, the rural one, stands; contract -> uplift."""

    contracts: list
    networks: dict
    fees: dict
    uplifts: dict

    def price(self, pharmacy, lines):
        areas = _areas(pharmacy)
        known = {
            contract: {fee.code: fee for fee in self.fees[contract.pk] if fee.area in areas}
            for contract in self.contracts
            if contract.network_id in self.networks[pharmacy.pk]
        }
        codes = {code for code, _ in lines}
        best = max(known, key=lambda contract: len(codes & known[contract].keys()), default=None)
        fees = known.get(best, {})
        uplift = self.uplifts.get(best.pk, 0) if best and pharmacy.is_rural else 0
        return Pricing(
            contract=best, lines=tuple(_priced(code, units, fees.get(code), uplift) for code, units in lines)
        )


def _terms(payer_id, pharmacy_ids, codes, day, who):
    networks, fees = defaultdict(set), defaultdict(list)
    memberships = NetworkMembership.objects.visible_to(who).filter(in_force(day), pharmacy__in=pharmacy_ids)
    for pharmacy_id, network_id in memberships.values_list("pharmacy_id", "network_id"):
        networks[pharmacy_id].add(network_id)
    pbms = ServedPayer.objects.filter(payer=payer_id).values("pbm_id")
    contracts = Contract.objects.visible_to(who).filter(in_force(day), pbm__in=pbms)
    contracts = list(contracts.filter(network__in=set().union(*networks.values())).order_by("-since", "code", "pk"))
    counted = Fee.objects.visible_to(who).filter(in_force(day), contract__in=contracts, code__in=codes)
    for fee in counted.order_by("area", "since", "pk"):
        fees[fee.contract_id].append(fee)
    uplifts = RuralUplift.objects.visible_to(who).filter(in_force(day), contract__in=contracts)
    return _Terms(contracts, networks, fees, dict(uplifts.values_list("contract_id", "basis_points")))


def _areas(pharmacy):
    return (Fee.Area.ANY, *([Fee.Area.RURAL] if pharmacy.is_rural else []))


def _fees(contracts, pharmacy, day, who):
    """The fees that a pharmacy may be paid by; of two for a code the later in this order, the rural one, stands."""
    rows = Fee.objects.visible_to(who).filter(in_force(day), contract__in=contracts, area__in=_areas(pharmacy))
    return rows.order_by("area", "since", "pk")


def _uplift(contract, pharmacy, day, who):
    """Basis points on the day; 0 without a contract or an uplift, and where it is not rural."""
    if not pharmacy.is_rural:
        return 0
    rows = RuralUplift.objects.visible_to(who).filter(in_force(day), contract=contract)
    return rows.values_list("basis_points", flat=True).first() or 0


def raised(amount_cents, basis_points):
    """The amount with the uplift, in whole cents, half up: rounded here and nowhere else."""
    return (amount_cents * (10_000 + basis_points) + 5_000) // 10_000


def _priced(code, units, fee, uplift=0):
    if fee is None:
        return PricedLine(code=code, label="", units=units, charge_cents=0, has_fee=False)
    if fee.area == Fee.Area.RURAL:
        reason, uplift = "rural fee", 0
    else:
        reason = f"rural +{percent(uplift)}" if uplift else ""
    label = f"{fee.label[: LONGEST_LABEL - len(reason) - 2]}, {reason}" if reason else fee.label
    charge_cents = raised(fee.amount_cents * units, uplift)
    return PricedLine(code=code, label=label, units=units, charge_cents=charge_cents, has_fee=True, reason=reason)
