"""What the actions of the supply side ask alike: who may, and whether days are in order. Refusals are sentences."""

from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.actions import record
from pharmacies.models import NetworkMembership, Pharmacy
from pharmacies.queries import looks_after

Kind = Organisation.Kind


class CannotChange(Exception):
    """The sentence says why, to the person who asked."""


def lock_pharmacy(pharmacy):
    """Two people who add the same pharmacy wait for one another, and the second is told."""
    Pharmacy.objects.select_for_update().get(pk=pharmacy.pk)


def check_in_order(since, until):
    if until is not None and until < since:
        raise CannotChange("The last day lies before the first.")


def check_may_lead(network, by):
    """A network's own people change their network alone; a PBM's people may change any (the directory is shared)."""
    organisation = by.membership.organisation
    if organisation.kind == Kind.NETWORK and network.pk != organisation.pk and network.parent_id != organisation.pk:
        raise CannotChange("This is another network: its own people decide who belongs to it.")


def check_may_edit(pharmacy, by):
    """A network's own people describe the pharmacies of their network; a PBM's people, and commands (None), any."""
    if by is None or by.membership.organisation.kind != Kind.NETWORK:
        return
    organisation, today = by.membership.organisation, timezone.localdate()
    theirs = NetworkMembership.objects.visible_to(by).filter(
        Q(network=organisation.pk) | Q(network__parent=organisation.pk), Q(until=None) | Q(until__gte=today)
    )
    if not theirs.filter(pharmacy=pharmacy).exists():
        raise CannotChange("This pharmacy is in none of your networks: its own network, or the PBM, describes it.")


def check_looked_after(pharmacy, by):
    """Papers and words are written by those in whose network the pharmacy is, and by commands (None)."""
    if by is not None and not looks_after(by, pharmacy):
        raise CannotChange("This pharmacy is not in your own network: add it there first.")


def pbm_of(by):
    organisation = by.membership.organisation
    if organisation.kind != Kind.PBM:
        raise CannotChange("Only people of a PBM do this.")
    return organisation


def end(row, until, by, *, event, others):
    """Sets the last day; `others` are the rows that may not be in force on the same days. Raises CannotChange."""
    check_in_order(row.since, until)
    check_free(others.exclude(pk=row.pk), row.since, until, "Another time that is set already would overlap this one.")
    row.until = until
    row.save(update_fields=["until"])
    record(event=event, by=by, target=row, detail={"until": until})
    return row


def check_free(rows, since, until, refusal):
    """That none of the rows is in force on a day from `since` to `until`. Raises CannotChange with the sentence."""
    check_in_order(since, until)
    overlap = rows.filter(Q(until=None) | Q(until__gte=since))
    if until is not None:
        overlap = overlap.filter(since__lte=until)
    if overlap.exists():
        raise CannotChange(refusal)
