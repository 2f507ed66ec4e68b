"""Licences, certificates, exclusion-list checks and attestations: dated, ended, never deleted."""

from carecoord.kernel.accounts.models import User
from carecoord.kernel.audit.actions import audited, record
from pharmacies.models import Credential, Pharmacy
from pharmacies.terms import CannotChange, check_in_order, check_may_edit, end, lock_pharmacy

DESCRIBED = ("number", "issuer", "state", "until", "evidence")


@audited
def add_credential(*, pharmacy, kind, since, until=None, person=None, number="", issuer="", state="", evidence="", by):
    """A paper of a pharmacy, or of one of its people, from `since` on. Raises CannotChange for a person who does not
    work there, and for a paper that is there already."""
    check_may_edit(pharmacy, by)
    check_in_order(since, until)
    lock_pharmacy(pharmacy)
    _check_works_there(person, pharmacy)
    rows = Credential.objects.visible_to(by).filter(pharmacy=pharmacy, person=person, kind=kind, number=number)
    if rows.filter(since=since).exists():
        raise CannotChange("The same paper with the same first day is there already: change that one.")
    credential = Credential.objects.create(
        pharmacy=pharmacy, person=person, kind=kind, number=number, issuer=issuer, state=state.upper(),
        since=since, until=until, evidence=evidence,
    )  # fmt: skip
    record(event="credential.added", by=by, target=credential, detail={"kind": kind, "pharmacy": pharmacy.pk})
    return credential


@audited
def change_credential(*, credential, by, **described):
    """Corrects what is written of a paper (number, issuer, state, last day, evidence). Raises CannotChange."""
    if unknown := set(described) - set(DESCRIBED):
        raise TypeError(f"A credential's {', '.join(sorted(unknown))} cannot be changed.")
    credential = _own(credential, by)
    check_in_order(credential.since, described.get("until", credential.until))
    changed = sorted(name for name, value in described.items() if getattr(credential, name) != value)
    for name in changed:
        setattr(credential, name, described[name])
    if changed:
        credential.save(update_fields=changed)
    record(event="credential.changed", by=by, target=credential, detail={"fields": changed})
    return credential


@audited
def end_credential(*, credential, until, by):
    """`until` is the last day on which the paper counts: it lapsed, or was taken away. Raises CannotChange."""
    return end(_own(credential, by), until, by, event="credential.ended", others=Credential.objects.none())


def _own(credential, by):
    credential = Credential.objects.visible_to(by).select_for_update(of=("self",)).get(pk=credential.pk)
    check_may_edit(Pharmacy.objects.get(pk=credential.pharmacy_id), by)
    return credential


def _check_works_there(person, pharmacy):
    if person and not User.objects.filter(pk=person.pk, memberships__organisation=pharmacy.pk).exists():
        raise CannotChange("This person does not work at the pharmacy: invite them first.")
