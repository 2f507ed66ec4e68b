"""Who is in which network, from when to when, and what is paid for what. Periods are ended, never deleted."""

import csv
import io
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.codes.rurality import ruca_of
from carecoord.kernel.npi import is_npi

from .models import Channel, Contract, Fee, Network, NetworkMembership, PbmParticipation, Pharmacy

Kind = Organisation.Kind
PHARMACY_FIELDS = ("npi", "name", "street", "city", "state", "zip", "phone", "channel", "ruca", "time_zone")


class CannotChange(Exception):
    """The sentence says why, to the person who asked."""


@audited
def add_pharmacy(*, npi, name, by, **fields):
    """A pharmacy of the directory, with the organisation that its people will belong to. Raises CannotChange."""
    if Pharmacy.objects.filter(npi=npi).exists():
        raise CannotChange(f"There is a pharmacy with NPI {npi} already.")
    organisation = Organisation.objects.create(kind=Kind.PHARMACY, code=npi, name=name)
    pharmacy = Pharmacy.objects.create(organisation=organisation, npi=npi, name=name, **_known(fields))
    record(event="pharmacy.added", by=by, target=pharmacy)
    return pharmacy


@audited
def edit_pharmacy(*, pharmacy, by, **fields):
    """Changes what the directory says of a pharmacy. Raises CannotChange for an NPI that another one has, for a time zone
    that there is not, and to a network's people for a pharmacy that is not theirs."""
    pharmacy = Pharmacy.objects.select_for_update().get(pk=pharmacy.pk)
    _check_may_edit(pharmacy, by)
    changed = {name: value for name, value in _known(fields).items() if getattr(pharmacy, name) != value}
    if "npi" in changed and Pharmacy.objects.filter(npi=changed["npi"]).exclude(pk=pharmacy.pk).exists():
        raise CannotChange(f"There is a pharmacy with NPI {changed['npi']} already.")
    for name, value in changed.items():
        setattr(pharmacy, name, value)
    if changed:
        pharmacy.save(update_fields=list(changed))
    if "name" in changed:
        Organisation.objects.filter(pk=pharmacy.pk).update(name=pharmacy.name)
    record(event="pharmacy.edited", by=by, target=pharmacy, detail={"fields": sorted(changed)})
    return pharmacy


DIRECTORY_COLUMNS = ("npi", "name", "street", "city", "state", "zip", "phone", "channel")
LONGEST = {name: Pharmacy._meta.get_field(name).max_length for name in DIRECTORY_COLUMNS}


class NotADirectory(Exception):
    """The file is no CSV of pharmacies; the sentence says why."""


@dataclass
class Listed:
    """What a directory file came to. `problems`: (line, field, code, sentence)."""

    lines: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    problems: list = field(default_factory=list)


@audited
def load_pharmacies(*, stream, by):
    """Reads a CSV with the DIRECTORY_COLUMNS into the directory; npi and name are needed, an empty channel is retail.

    Good lines count, bad ones are listed. Rurality comes from the ZIP code; what the file leaves empty stays as it is
    known. Returns Listed. Raises NotADirectory for a file that is no such CSV.
    """
    rows = _directory_rows(stream)
    listed, seen = Listed(lines=len(rows)), set()
    known = {p.npi: p for p in Pharmacy.objects.filter(npi__in=[row["npi"] for _, row in rows])}
    for line, row in rows:
        fault = _directory_fault(row, seen)
        if fault:
            listed.rejected += 1
            listed.problems.append((line, *fault))
            continue
        seen.add(row["npi"])
        told = {name: value for name, value in row.items() if value}
        if "zip" in told:
            told["zip"] = told["zip"][:5]
            told["ruca"] = ruca_of(told["zip"])
        pharmacy = known.get(row["npi"])
        if pharmacy is None:
            add_pharmacy(by=by, **told)
            listed.added += 1
        elif any(getattr(pharmacy, name) != value for name, value in told.items()):
            edit_pharmacy(pharmacy=pharmacy, by=by, **told)
            listed.changed += 1
        else:
            listed.unchanged += 1
    record(event="pharmacies.loaded", by=by, count=listed.lines, detail={"rejected": listed.rejected})
    return listed


def _directory_rows(stream):
    try:
        reader = csv.reader(io.StringIO(stream.read().decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip().lower() for name in next(reader, [])]
        if any(header.count(name) != 1 for name in ("npi", "name")):
            raise NotADirectory("The first line must name the columns npi and name, each once.")
        if unknown := sorted(set(header) - set(DIRECTORY_COLUMNS)):
            raise NotADirectory(f"Unknown column {unknown[0]}. Known are: {', '.join(DIRECTORY_COLUMNS)}.")
        rows = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                padded = [cell.strip() for cell in cells] + [""] * (len(header) - len(cells))
                rows.append(
                    (reader.line_num, dict.fromkeys(DIRECTORY_COLUMNS, "") | dict(zip(header, padded, strict=False)))
                )
        return rows
    except UnicodeDecodeError:
        raise NotADirectory("The file is not UTF-8.") from None
    except csv.Error:
        raise NotADirectory("The quotes of the file do not match up.") from None


def _directory_fault(row, seen):
    """What keeps a line out: (field, code, sentence), or None. Uses the words of `row` after folding their case."""
    row["channel"], row["state"] = row["channel"].lower(), row["state"].upper()
    if not is_npi(row["npi"]):
        return "npi", "not_an_npi", "npi must have ten digits, and its check digit must hold."
    if row["npi"] in seen:
        return "npi", "named_twice", "npi stands earlier in the file."
    if not row["name"]:
        return "name", "missing", "name is empty."
    if row["channel"] and row["channel"] not in Channel.values:
        return "channel", "unknown", f"channel must be one of {', '.join(Channel.values)}."
    if row["zip"] and not (row["zip"][:5].isascii() and row["zip"][:5].isdigit() and len(row["zip"]) in (5, 9, 10)):
        return "zip", "not_a_zip", "zip must have five digits, or nine."
    for name, longest in LONGEST.items():
        if name != "zip" and len(row[name]) > longest:
            return name, "too_long", f"{name} is longer than {longest} letters."
    return None


@audited
def add_network(*, code, name, parent=None, by):
    """A network, with the organisation that its people will belong to. Raises CannotChange."""
    if Organisation.objects.filter(kind=Kind.NETWORK, code=code).exists():
        raise CannotChange(f"There is a network with the code '{code}' already.")
    organisation = Organisation.objects.create(kind=Kind.NETWORK, code=code, name=name)
    network = Network.objects.create(organisation=organisation, name=name, parent=parent)
    record(event="network.added", by=by, target=network)
    return network


@audited
def edit_network(*, network, name, parent=None, by):
    """Renames a network, or hangs it under another parent. Raises CannotChange for a circle."""
    network = Network.objects.select_for_update().get(pk=network.pk)
    _check_may_lead(network, by)
    above = parent
    while above is not None:
        if above.pk == network.pk:
            raise CannotChange("A network cannot lie below itself.")
        above = above.parent
    network.name, network.parent = name, parent
    network.save(update_fields=["name", "parent"])
    Organisation.objects.filter(pk=network.pk).update(name=name)
    record(event="network.edited", by=by, target=network)
    return network


@audited
def add_to_network(*, network, pharmacy, since, until=None, by):
    """A pharmacy's time in a network begins. Raises CannotChange where it is in that network already."""
    _check_may_lead(network, by)
    _lock_pharmacy(pharmacy)
    _check_free(NetworkMembership.objects.visible_to(by).filter(network=network, pharmacy=pharmacy), since, until)
    membership = NetworkMembership.objects.create(network=network, pharmacy=pharmacy, since=since, until=until)
    record(event="network.joined", by=by, target=membership, detail={"pharmacy": pharmacy.pk, "network": network.pk})
    return membership


@audited
def end_membership(*, membership, until, by):
    """`until` is the last day in the network. Raises CannotChange."""
    membership = NetworkMembership.objects.visible_to(by).select_for_update().get(pk=membership.pk)
    _check_may_lead(membership.network, by)
    return _end(membership, until, by, event="network.left")


@audited
def add_participation(*, pharmacy, since, until=None, by):
    """A pharmacy's time in the PBM's own network begins. `by` works at that PBM. Raises CannotChange."""
    pbm = _pbm_of(by)
    _lock_pharmacy(pharmacy)
    _check_free(PbmParticipation.objects.visible_to(by).filter(pbm=pbm, pharmacy=pharmacy), since, until)
    participation = PbmParticipation.objects.create(pbm=pbm, pharmacy=pharmacy, since=since, until=until)
    record(event="participation.began", by=by, target=participation, detail={"pharmacy": pharmacy.pk})
    return participation


@audited
def end_participation(*, participation, until, by):
    """`until` is the last day in the PBM's network. Raises CannotChange."""
    participation = PbmParticipation.objects.visible_to(by).select_for_update().get(pk=participation.pk)
    return _end(participation, until, by, event="participation.ended")


@audited
def add_contract(*, network, code, title, since, until=None, by):
    """A contract between the PBM of `by` and a network. Raises CannotChange."""
    pbm = _pbm_of(by)
    _check_in_order(since, until)
    if Contract.objects.visible_to(by).filter(pbm=pbm, code=code).exists():
        raise CannotChange(f"There is a contract with the code '{code}' already.")
    contract = Contract.objects.create(pbm=pbm, network=network, code=code, title=title, since=since, until=until)
    record(event="contract.added", by=by, target=contract)
    return contract


@audited
def edit_contract(*, contract, title, until, by):
    """Renames a contract or sets its last day; claims that it priced keep their charges. Raises CannotChange."""
    contract = _own_contract(contract, by)
    _check_in_order(contract.since, until)
    contract.title, contract.until = title, until
    contract.save(update_fields=["title", "until"])
    record(event="contract.edited", by=by, target=contract, detail={"until": until})
    return contract


@audited
def set_fee(*, contract, code, label, amount_cents, since, by):
    """What a code pays from `since` on; the fee before it ends the day before. Of two words for a day the last stands.

    Raises CannotChange for a day outside the contract, or before a fee that begins later.
    """
    contract = _own_contract(contract, by)
    if since < contract.since or (contract.until and since > contract.until):
        raise CannotChange("The fee would begin on a day on which the contract is not in force.")
    fees = Fee.objects.visible_to(by).filter(contract=contract, code=code).select_for_update().order_by("since")
    if any(fee.since > since for fee in fees):
        raise CannotChange(f"A later fee for {code} is set already. End or change that one.")
    for fee in fees:
        if fee.since < since and (fee.until is None or fee.until >= since):
            fee.until = since - timedelta(days=1)
            fee.save(update_fields=["until"])
    values = {"label": label, "amount_cents": amount_cents, "until": None}
    fee, _ = Fee.objects.update_or_create(contract=contract, code=code, since=since, defaults=values)
    record(event="fee.set", by=by, target=fee, detail={"code": code, "amount_cents": amount_cents, "since": since})
    return fee


@audited
def end_fee(*, fee, until, by):
    """`until` is the last day on which the code is paid. Raises CannotChange."""
    fee = Fee.objects.visible_to(by).select_for_update().get(pk=fee.pk)
    _own_contract(fee.contract, by)
    return _end(fee, until, by, event="fee.ended")


def _known(fields):
    unknown = set(fields) - set(PHARMACY_FIELDS)
    if unknown:
        raise TypeError(f"A pharmacy has no {', '.join(sorted(unknown))}.")
    try:
        ZoneInfo(fields.get("time_zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CannotChange("Write the time zone as the IANA names it, such as America/New_York.")
    return fields


def _lock_pharmacy(pharmacy):
    """Two people who add the same pharmacy wait for one another, and the second is told."""
    Pharmacy.objects.select_for_update().get(pk=pharmacy.pk)


def _check_in_order(since, until):
    if until is not None and until < since:
        raise CannotChange("The last day lies before the first.")


def _check_free(rows, since, until):
    _check_in_order(since, until)
    overlap = rows.filter(Q(until=None) | Q(until__gte=since))
    if until is not None:
        overlap = overlap.filter(since__lte=until)
    if overlap.exists():
        raise CannotChange("This pharmacy is in that network on some of these days already. End that time first.")


def _check_may_lead(network, by):
    """A network's own people change their network alone; a PBM's people may change any (the directory is shared)."""
    organisation = by.membership.organisation
    if organisation.kind == Kind.NETWORK and network.pk != organisation.pk and network.parent_id != organisation.pk:
        raise CannotChange("This is another network: its own people decide who belongs to it.")


def _check_may_edit(pharmacy, by):
    """A network's own people describe the pharmacies of their network; a PBM's people any."""
    organisation = by.membership.organisation
    today = timezone.localdate()
    if organisation.kind != Kind.NETWORK:
        return
    theirs = NetworkMembership.objects.visible_to(by).filter(
        Q(network=organisation.pk) | Q(network__parent=organisation.pk), Q(until=None) | Q(until__gte=today)
    )
    if not theirs.filter(pharmacy=pharmacy).exists():
        raise CannotChange("This pharmacy is in none of your networks: its own network, or the PBM, describes it.")


def _pbm_of(by):
    organisation = by.membership.organisation
    if organisation.kind != Kind.PBM:
        raise CannotChange("Only people of a PBM do this.")
    return organisation


def _own_contract(contract, by):
    """The contract, locked: two people who set fees in it wait for one another. A network only reads it."""
    contract = Contract.objects.visible_to(by).select_for_update(of=("self",)).get(pk=contract.pk)
    if contract.pbm_id != _pbm_of(by).pk:
        raise CannotChange("This is another PBM's contract.")
    return contract


def _end(row, until, by, *, event):
    _check_in_order(row.since, until)
    row.until = until
    row.save(update_fields=["until"])
    record(event=event, by=by, target=row, detail={"until": until})
    return row
