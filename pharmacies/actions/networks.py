"""Who is in which network, and in which PBM's own, from when to when. Periods are ended, never deleted."""

from django.db.models import Q

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.actions import audited, record
from pharmacies.models import Network, NetworkMembership, PbmParticipation
from pharmacies.terms import CannotChange, Kind, check_in_order, check_may_lead, end, lock_pharmacy, pbm_of


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
    check_may_lead(network, by)
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
    check_may_lead(network, by)
    lock_pharmacy(pharmacy)
    _check_free(NetworkMembership.objects.visible_to(by).filter(network=network, pharmacy=pharmacy), since, until)
    membership = NetworkMembership.objects.create(network=network, pharmacy=pharmacy, since=since, until=until)
    record(event="network.joined", by=by, target=membership, detail={"pharmacy": pharmacy.pk, "network": network.pk})
    return membership


@audited
def end_membership(*, membership, until, by):
    """`until` is the last day in the network. Raises CannotChange."""
    membership = NetworkMembership.objects.visible_to(by).select_for_update().get(pk=membership.pk)
    check_may_lead(membership.network, by)
    return end(membership, until, by, event="network.left")


@audited
def add_participation(*, pharmacy, since, until=None, by):
    """A pharmacy's time in the PBM's own network begins. `by` works at that PBM. Raises CannotChange."""
    pbm = pbm_of(by)
    lock_pharmacy(pharmacy)
    _check_free(PbmParticipation.objects.visible_to(by).filter(pbm=pbm, pharmacy=pharmacy), since, until)
    participation = PbmParticipation.objects.create(pbm=pbm, pharmacy=pharmacy, since=since, until=until)
    record(event="participation.began", by=by, target=participation, detail={"pharmacy": pharmacy.pk})
    return participation


@audited
def end_participation(*, participation, until, by):
    """`until` is the last day in the PBM's network. Raises CannotChange."""
    participation = PbmParticipation.objects.visible_to(by).select_for_update().get(pk=participation.pk)
    return end(participation, until, by, event="participation.ended")


def _check_free(rows, since, until):
    check_in_order(since, until)
    overlap = rows.filter(Q(until=None) | Q(until__gte=since))
    if until is not None:
        overlap = overlap.filter(since__lte=until)
    if overlap.exists():
        raise CannotChange("This pharmacy is in that network on some of these days already. End that time first.")
