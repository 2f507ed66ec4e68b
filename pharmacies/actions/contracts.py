"""What a PBM pays the pharmacies of a network, from when to when."""

from datetime import timedelta

from carecoord.kernel.audit.actions import audited, record
from pharmacies.models import Contract, Fee, RuralUplift
from pharmacies.terms import CannotChange, check_in_order, end, pbm_of


@audited
def add_contract(*, network, code, title, since, until=None, by):
    """A contract between the PBM of `by` and a network. Raises CannotChange."""
    pbm = pbm_of(by)
    check_in_order(since, until)
    if Contract.objects.visible_to(by).filter(pbm=pbm, code=code).exists():
        raise CannotChange(f"There is a contract with the code '{code}' already.")
    contract = Contract.objects.create(pbm=pbm, network=network, code=code, title=title, since=since, until=until)
    record(event="contract.added", by=by, target=contract)
    return contract


@audited
def edit_contract(*, contract, title, until, by):
    """Renames a contract or sets its last day; claims that it priced keep their charges. Raises CannotChange."""
    contract = _own_contract(contract, by)
    check_in_order(contract.since, until)
    contract.title, contract.until = title, until
    contract.save(update_fields=["title", "until"])
    record(event="contract.edited", by=by, target=contract, detail={"until": until})
    return contract


@audited
def set_fee(*, contract, code, label, amount_cents, since, area=Fee.Area.ANY, by):
    """What a code pays from `since` on; the fee before it ends the day before. Of two words for a day the last stands.

    Raises CannotChange for a day outside the contract, or before a fee that begins later.
    """
    contract = _own_contract(contract, by)
    _check_begins_inside(contract, since)
    fees = (
        Fee.objects.visible_to(by).filter(contract=contract, code=code, area=area).select_for_update().order_by("since")
    )
    if any(fee.since > since for fee in fees):
        raise CannotChange(f"A later fee for {code} is set already. End or change that one.")
    for fee in fees:
        if fee.since < since and (fee.until is None or fee.until >= since):
            fee.until = since - timedelta(days=1)
            fee.save(update_fields=["until"])
    values = {"label": label, "amount_cents": amount_cents, "until": None}
    fee, _ = Fee.objects.update_or_create(contract=contract, code=code, area=area, since=since, defaults=values)
    record(
        event="fee.set",
        by=by,
        target=fee,
        detail={"code": code, "area": area, "amount_cents": amount_cents, "since": since},
    )
    return fee


@audited
def end_fee(*, fee, until, by):
    """`until` is the last day on which the code is paid. Raises CannotChange."""
    fee = Fee.objects.visible_to(by).select_for_update().get(pk=fee.pk)
    _own_contract(fee.contract, by)
    others = Fee.objects.visible_to(by).filter(contract=fee.contract_id, code=fee.code, area=fee.area)
    return end(fee, until, by, event="fee.ended", others=others)


@audited
def set_uplift(*, contract, basis_points, since, by):
    """What rural pharmacies get on top from `since` on (0: nothing more); the uplift before it ends the day before.

    Raises CannotChange for a day outside the contract, or before an uplift that begins later.
    """
    contract = _own_contract(contract, by)
    _check_begins_inside(contract, since)
    rows = RuralUplift.objects.visible_to(by).filter(contract=contract).select_for_update().order_by("since")
    if any(row.since > since for row in rows):
        raise CannotChange("A later uplift is set already. Choose a later day.")
    for row in rows:
        if row.since < since and (row.until is None or row.until >= since):
            row.until = since - timedelta(days=1)
            row.save(update_fields=["until"])
    values = {"basis_points": basis_points, "until": None}
    uplift, _ = RuralUplift.objects.update_or_create(contract=contract, since=since, defaults=values)
    record(event="uplift.set", by=by, target=uplift, detail={"basis_points": basis_points, "since": since})
    return uplift


def _check_begins_inside(contract, since):
    if since < contract.since or (contract.until and since > contract.until):
        raise CannotChange("It would begin on a day on which the contract is not in force.")


def _own_contract(contract, by):
    """The contract, locked: two people who set fees in it wait for one another. A network only reads it."""
    contract = Contract.objects.visible_to(by).select_for_update(of=("self",)).get(pk=contract.pk)
    if contract.pbm_id != pbm_of(by).pk:
        raise CannotChange("This is another PBM's contract.")
    return contract
