"""Who is in which network, and in which PBM's own, from when to when. Periods are ended, never deleted."""

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.actions import audited, record
from pharmacies.models import Network, NetworkMembership, PbmParticipation, Pharmacy
from pharmacies.standard import BY_CODE
from pharmacies.terms import CannotChange, Kind, check_free, check_may_lead, end, lock_pharmacy, pbm_of

MOST_TOLD = 5
THERE_ALREADY = "This pharmacy is in that network on some of these days already. End that time first."


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
def edit_network(*, network, name, parent=None, services=None, by):
    """Renames a network, hangs it under another parent, or sets the services that it asks its members for (None: as
    they are). Raises CannotChange for a circle."""
    network = Network.objects.select_for_update().get(pk=network.pk)
    check_may_lead(network, by)
    above = parent
    while above is not None:
        if above.pk == network.pk:
            raise CannotChange("A network cannot lie below itself.")
        above = above.parent
    network.name, network.parent = name, parent
    if services is not None:
        network.services = [code for code in BY_CODE if code in services]
    network.save(update_fields=["name", "parent", "services"])
    Organisation.objects.filter(pk=network.pk).update(name=name)
    record(event="network.edited", by=by, target=network)
    return network


@audited
def add_to_network(*, network, pharmacy, since, until=None, by):
    """A pharmacy's time in a network begins. Raises CannotChange where it is in that network already."""
    check_may_lead(network, by)
    lock_pharmacy(pharmacy)
    rows = NetworkMembership.objects.visible_to(by).filter(network=network, pharmacy=pharmacy)
    check_free(rows, since, until, THERE_ALREADY)
    membership = NetworkMembership.objects.create(network=network, pharmacy=pharmacy, since=since, until=until)
    record(event="network.joined", by=by, target=membership, detail={"pharmacy": pharmacy.pk, "network": network.pk})
    return membership


@audited
def add_many_to_network(*, network, npis, since, is_ours=False, by):
    """Pharmacies of the directory join a network, all or none, and with `is_ours` the own network of the PBM of `by` too;
    those that are in either already stay as they are. Returns how many joined. Raises CannotChange."""
    stores = {pharmacy.npi: pharmacy for pharmacy in Pharmacy.objects.filter(npi__in=npis)}
    if unknown := [npi for npi in dict.fromkeys(npis) if npi not in stores]:
        more = f" and {len(unknown) - MOST_TOLD} more" if len(unknown) > MOST_TOLD else ""
        raise CannotChange(
            f"Not in the directory: {', '.join(unknown[:MOST_TOLD])}{more}. Load or add them there first."
        )
    members = NetworkMembership.objects.visible_to(by).filter(network=network, until=None)
    inside = set(members.values_list("pharmacy", flat=True))
    ours = set(PbmParticipation.objects.visible_to(by).filter(until=None).values_list("pharmacy", flat=True))
    joined = [store for npi, store in sorted(stores.items()) if store.pk not in inside]
    for store in joined:
        add_to_network(network=network, pharmacy=store, since=since, by=by)
    for _, store in sorted(stores.items()) if is_ours else ():
        if store.pk not in ours:
            add_participation(pharmacy=store, since=since, by=by)
    record(event="network.many_joined", by=by, target=network, count=len(joined))
    return len(joined)


@audited
def end_membership(*, membership, until, by):
    """`until` is the last day in the network. Raises CannotChange."""
    membership = NetworkMembership.objects.visible_to(by).select_for_update().get(pk=membership.pk)
    check_may_lead(membership.network, by)
    others = NetworkMembership.objects.visible_to(by).filter(
        network=membership.network_id, pharmacy=membership.pharmacy_id
    )
    return end(membership, until, by, event="network.left", others=others)


@audited
def add_participation(*, pharmacy, since, until=None, by):
    """A pharmacy's time in the PBM's own network begins. `by` works at that PBM. Raises CannotChange."""
    pbm = pbm_of(by)
    lock_pharmacy(pharmacy)
    rows = PbmParticipation.objects.visible_to(by).filter(pbm=pbm, pharmacy=pharmacy)
    check_free(rows, since, until, THERE_ALREADY)
    participation = PbmParticipation.objects.create(pbm=pbm, pharmacy=pharmacy, since=since, until=until)
    record(event="participation.began", by=by, target=participation, detail={"pharmacy": pharmacy.pk})
    return participation


@audited
def end_participation(*, participation, until, by):
    """`until` is the last day in the PBM's network. Raises CannotChange."""
    participation = PbmParticipation.objects.visible_to(by).select_for_update().get(pk=participation.pk)
    others = PbmParticipation.objects.visible_to(by).filter(
        pbm=participation.pbm_id, pharmacy=participation.pharmacy_id
    )
    return end(participation, until, by, event="participation.ended", others=others)
