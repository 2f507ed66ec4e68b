"""Reads of the supply side: who is in which network, and with which papers, on a day."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from carecoord.kernel.tenancy.context import current_scope

from .models import Credential, Network, NetworkMembership, PbmParticipation


@dataclass(frozen=True, kw_only=True)
class Term:
    """A pharmacy's time somewhere: the name of a network or a PBM, from day to day (inclusive; None is open)."""

    name: str
    since: date
    until: date | None


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A credential in force: whose (`person` is empty for the pharmacy's own), and from day to day (None is open)."""

    kind: str
    title: str
    number: str
    state: str
    person_id: int | None
    person: str
    since: date
    until: date | None


def in_force(day):
    """Rows with `since` and `until` that contain the day."""
    return Q(since__lte=day) & (Q(until=None) | Q(until__gte=day))


def percent(basis_points):
    """1250 -> '12.5%'."""
    return f"{basis_points // 100}.{basis_points % 100:02d}".rstrip("0").rstrip(".") + "%"


def networks_of(who, *, pharmacy):
    """The pharmacy's times in networks, newest first."""
    rows = NetworkMembership.objects.visible_to(who).filter(pharmacy=pharmacy).select_related("network")
    return tuple(Term(name=r.network.name, since=r.since, until=r.until) for r in rows.order_by("-since", "-id"))


def participations_of(who, *, pharmacy):
    """The pharmacy's times in PBMs' own networks, newest first."""
    rows = PbmParticipation.objects.visible_to(who).filter(pharmacy=pharmacy).select_related("pbm")
    return tuple(Term(name=r.pbm.name, since=r.since, until=r.until) for r in rows.order_by("-since", "-id"))


def credentials_on(pharmacy_id, day):
    """The papers of a pharmacy and its people in force on the day, as this transaction's scope sees them, by kind."""
    rows = Credential.objects.visible_to(current_scope()).filter(in_force(day), pharmacy=pharmacy_id)
    return tuple(
        Paper(
            kind=row.kind,
            title=row.get_kind_display(),
            number=row.number,
            state=row.state,
            person_id=row.person_id,
            person=row.person.name if row.person else "",
            since=row.since,
            until=row.until,
        )
        for row in rows.select_related("person").order_by("kind", "person__name", "since", "pk")
    )


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A network of the tree: its own members on the day, and those of the networks below it too (each once)."""

    ref: str
    name: str
    depth: int
    members: int
    members_with_below: int
    rural: int
    branches: tuple


def network_tree(who, *, on):
    """The networks without a parent, each with its branches, by name; as members on the day."""
    below, members = {}, {}
    for network in Network.objects.order_by("name", "pk"):
        below.setdefault(network.parent_id, []).append(network)
    rows = NetworkMembership.objects.visible_to(who).filter(in_force(on)).select_related("pharmacy")
    for row in rows:
        members.setdefault(row.network_id, {})[row.pharmacy_id] = bool(row.pharmacy.is_rural)
    return tuple(_branch(network, below, members, 0)[0] for network in below.get(None, ()))


def _branch(network, below, members, depth):
    """(Branch, {pharmacy: is rural} of it and all below)."""
    own = members.get(network.pk, {})
    everybody, branches = dict(own), []
    for each in below.get(network.pk, ()):
        branch, theirs = _branch(each, below, members, depth + 1)
        branches.append(branch)
        everybody |= theirs
    found = Branch(
        ref=str(network.public_id),
        name=network.name,
        depth=depth,
        members=len(own),
        members_with_below=len(everybody),
        rural=sum(everybody.values()),
        branches=tuple(branches),
    )
    return found, everybody
