"""Programmes as a PBM sets them up, the clients of its payers, and which opt in. Opt-ins are ended, never deleted."""

from django.db.models import Q

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.actions import audited, record
from patients.models import Client

from . import definitions
from .models import Participation, Program

LEAST_DIGITS = 10


class CannotChange(Exception):
    """The sentence says why, to the person who asked."""


@audited
def add_program(*, network, code, title, definition, since, until=None, contact="", by):
    """A programme of the PBM of `by` with a network. Raises CannotChange for a code that is taken, an unknown definition,
    days out of order, or a contact without a telephone number."""
    if definition not in definitions.every():
        raise CannotChange(f"There is no definition '{definition}'. There are: {', '.join(definitions.every())}.")
    _check_in_order(since, until)
    _check_can_be_called(contact)
    if Program.objects.visible_to(by).filter(code=code).exists():
        raise CannotChange(f"There is a programme with the code '{code}' already.")
    program = Program.objects.create(
        pbm=pbm_of(by),
        network=network,
        code=code,
        title=title,
        definition=definition,
        since=since,
        until=until,
        contact=contact,
    )
    record(event="program.added", by=by, target=program)
    return program


@audited
def edit_program(*, program, title, until, contact, by):
    """Renames a programme, sets its last day, or how members reach it. Raises CannotChange for another PBM's programme."""
    program = Program.objects.visible_to(by).select_for_update(of=("self",)).get(pk=program.pk)
    if program.pbm_id != pbm_of(by).pk:
        raise CannotChange("This is another PBM's programme.")
    _check_in_order(program.since, until)
    _check_can_be_called(contact)
    program.title, program.until, program.contact = title, until, contact
    program.save(update_fields=["title", "until", "contact"])
    record(event="program.edited", by=by, target=program, detail={"until": until})
    return program


@audited
def add_client(*, payer, code, name, by):
    """A client before the payer's first file names it, under the code that the file will use. Raises CannotChange."""
    if payer.pk not in by.scope.payer_ids:
        raise CannotChange("The PBM does not serve this payer.")
    if Client.objects.visible_to(by).filter(payer=payer, code=code).exists():
        raise CannotChange(f"{payer} has a client with the code '{code}' already.")
    client = Client.objects.create(payer=payer, code=code, name=name)
    record(event="client.added", by=by, target=client)
    return client


@audited
def opt_in(*, program, client, since, until=None, by):
    """A client's members may be enrolled from `since` on. Raises CannotChange where the client is in on some of these days."""
    _check_in_order(since, until)
    rows = Participation.objects.visible_to(by).filter(program=program, client=client).select_for_update()
    overlap = rows.filter(Q(until=None) | Q(until__gte=since))
    if until is not None:
        overlap = overlap.filter(since__lte=until)
    if overlap.exists():
        raise CannotChange("This client has opted in for some of these days already. End that time first.")
    participation = Participation.objects.create(
        payer_id=client.payer_id, program=program, client=client, since=since, until=until
    )
    record(event="program.opted_in", by=by, target=participation, detail={"client": client.pk, "program": program.pk})
    return participation


@audited
def end_opt_in(*, participation, until, by):
    """`until` is the last day on which the client takes part. Raises CannotChange."""
    participation = Participation.objects.visible_to(by).select_for_update().get(pk=participation.pk)
    _check_in_order(participation.since, until)
    participation.until = until
    participation.save(update_fields=["until"])
    record(event="program.opt_in_ended", by=by, target=participation, detail={"until": until})
    return participation


def _check_in_order(since, until):
    if until is not None and until < since:
        raise CannotChange("The last day lies before the first.")


def _check_can_be_called(contact):
    if contact and sum(character.isdigit() for character in contact) < LEAST_DIGITS:
        raise CannotChange("Write a telephone number, with area code, into the contact: members call it to say no.")


def pbm_of(by):
    """The PBM for which a person works. Raises CannotChange."""
    organisation = by.membership.organisation
    if organisation.kind != Organisation.Kind.PBM:
        raise CannotChange("Only people of a PBM do this.")
    return organisation
