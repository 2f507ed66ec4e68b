"""A pharmacy's word that it gives the services of a network's standard."""

from datetime import timedelta

from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.parameters.parameter import Parameter
from pharmacies.models import NetworkMembership, ServiceAttestation
from pharmacies.queries import in_force
from pharmacies.standard import BY_CODE
from pharmacies.terms import CannotChange, check_in_order, check_looked_after, check_may_lead, lock_pharmacy

ATTESTATION_DAYS = Parameter(
    "pharmacies.attestation_days",
    default=365,
    unit="days",
    low=30,
    high=1096,
    why="A pharmacy attests its services once a year, as networks commonly ask.",
)


@audited
def attest(*, network, pharmacy, services, attested_by, evidence, since, until=None, by):
    """The word for some services of the standard, from `since` on; the word before it ends the day before.

    Without `until` it counts for ATTESTATION_DAYS. Raises CannotChange for a pharmacy outside the network, for a
    service that the network does not ask for, and before a word that begins later.
    """
    check_may_lead(network, by)
    check_looked_after(pharmacy, by)
    lock_pharmacy(pharmacy)
    until = until or since + timedelta(days=ATTESTATION_DAYS.on(since) - 1)
    check_in_order(since, until)
    members = NetworkMembership.objects.visible_to(by).filter(in_force(since), network=network, pharmacy=pharmacy)
    if not members.exists():
        raise CannotChange("On that day the pharmacy is not in this network.")
    if foreign := sorted(set(services) - set(network.services)):
        raise CannotChange(f"The network does not ask for: {', '.join(foreign)}.")
    made = [_attest_one(network, pharmacy, code, attested_by, evidence, since, until, by) for code in services]
    record(
        event="services.attested",
        by=by,
        target=pharmacy,
        count=len(made),
        detail={"network": network.pk, "services": list(services), "until": until},
    )
    return made


def _attest_one(network, pharmacy, code, attested_by, evidence, since, until, by):
    rows = ServiceAttestation.objects.visible_to(by).filter(network=network, pharmacy=pharmacy, service=code)
    for row in rows.filter(until__gte=since).select_for_update(of=("self",)):
        if row.since >= since:
            raise CannotChange(f"{BY_CODE[code].title}: an attestation from {row.since:%-d %b %Y} on is there already.")
        row.until = since - timedelta(days=1)
        row.save(update_fields=["until"])
    return ServiceAttestation.objects.create(
        network=network, pharmacy=pharmacy, service=code, attested_by=attested_by, evidence=evidence,
        since=since, until=until,
    )  # fmt: skip


@audited
def end_attestation(*, attestation, until, by):
    """`until` is the last day on which the word counts: the service is no longer given. Raises CannotChange."""
    row = ServiceAttestation.objects.visible_to(by).select_for_update(of=("self",)).get(pk=attestation.pk)
    check_may_lead(row.network, by)
    check_in_order(row.since, until)
    if until > row.until:
        raise CannotChange("A word that was given is not made longer: attest the service anew.")
    row.until = until
    row.save(update_fields=["until"])
    record(event="attestation.ended", by=by, target=row, detail={"until": until})
    return row
