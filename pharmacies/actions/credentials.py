"""Licences, certificates, exclusion-list checks and attestations: dated, ended, never deleted."""

from datetime import timedelta

from carecoord.kernel.accounts.models import User
from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.parameters.parameter import Parameter
from pharmacies.models import Credential, Pharmacy
from pharmacies.terms import CannotChange, check_in_order, check_may_edit, end, lock_pharmacy

CHECK_LASTS_DAYS = Parameter(
    "pharmacies.exclusion_check_days",
    default=31,
    unit="days",
    low=7,
    high=366,
    why="The federal list of excluded providers comes out monthly, and is to be read as often.",
)
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
def record_checks(*, pharmacies, checked_on, evidence, found=(), by):
    """The list of excluded providers was read on a day for many pharmacies; the check counts for CHECK_LASTS_DAYS.

    `found` are the NPIs that the list names: these get no check, so that they cannot bill. A pharmacy that has a check
    of that day keeps it. Returns how many were recorded. Raises CannotChange for an NPI that is not among them.
    """
    here = {pharmacy.npi: pharmacy for pharmacy in pharmacies}
    if strange := sorted(set(found) - set(here)):
        raise CannotChange(f"None of the pharmacies checked has the NPI {strange[0]}.")
    until = checked_on + timedelta(days=CHECK_LASTS_DAYS.on(checked_on))
    there = Credential.objects.visible_to(by).filter(kind=Credential.Kind.EXCLUSION_CHECK, since=checked_on)
    there = set(there.values_list("pharmacy", flat=True))
    made = Credential.objects.bulk_create(
        Credential(
            pharmacy=pharmacy, kind=Credential.Kind.EXCLUSION_CHECK, since=checked_on, until=until, evidence=evidence
        )
        for npi, pharmacy in here.items()
        if npi not in found and pharmacy.pk not in there
    )
    record(
        event="exclusions.checked", by=by, count=len(made), detail={"checked_on": checked_on, "found": sorted(found)}
    )
    return len(made)


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
