"""What a new installation needs before the first service is billed and paid, in the order in which it is done."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from carecoord.kernel.accounts.models import Invitation, Membership, ServedPayer
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.accounts.roles import Role
from patients.claims.models import Delivery
from patients.models import Client
from patients.programs.models import Participation, Program
from pharmacies.models import Contract, Credential, Fee, Network, NetworkMembership, PbmParticipation, Pharmacy

WHO_ELSE = {P.PROGRAM_EDIT: "by a programme manager", P.USER_MANAGE: "by an administrator"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """`href` is empty where the person may not do it, or it is done by a command (then `how` names it)."""

    title: str
    how: str
    href: str
    done: bool


def steps_of(user):
    """The steps, or nothing once all are done; to those who set up alone."""
    if not user.may(P.CONTRACT_EDIT):
        return ()
    pbm = user.membership.organisation_id
    roles = _roles(user, pbm)
    rows = (NetworkMembership, PbmParticipation, Contract, Credential, Fee, Program, Client, Participation)
    seen = {model: model.objects.visible_to(user).exists() for model in rows}
    steps = (
        _step(user, "Invite a programme manager", Role.PROGRAM in roles, "pbm:invite", P.USER_MANAGE),
        _step(user, "Invite people for claims and finance", Role.CLAIMS in roles, "pbm:invite", P.USER_MANAGE),
        _step(user, "Load the pharmacies", Pharmacy.objects.exists(), "pbm:pharmacies_import", P.NETWORK_EDIT),
        _step(user, "Add a network", Network.objects.exists(), "pbm:pharmacies_network_add", P.NETWORK_EDIT),
        _join("Put pharmacies into it", seen[NetworkMembership]),
        _join("Put them into our own network", seen[PbmParticipation]),
        _step(user, "Record their papers, on each pharmacy's page", seen[Credential], "pbm:pharmacies_pharmacy_changelist", P.NETWORK_EDIT),
        _step(user, "Agree on a contract", seen[Contract], "pbm:pharmacies_contract_add", P.CONTRACT_EDIT),
        _fees(user, pbm, seen[Fee]),
        Step(title="Name the payers", how="by set_up", href="", done=ServedPayer.objects.filter(pbm=pbm).exists()),
        _step(user, "Set up a programme", seen[Program], "pbm:programs_program_add", P.PROGRAM_EDIT),
        _step(user, "Add a client, or wait for the first feed", seen[Client], "pbm:client_add", P.PROGRAM_EDIT),
        _step(user, "Let a client opt in", seen[Participation], "pbm:clients", P.PROGRAM_EDIT),
        Step(
            title="Receive the first feed",
            how="by the API (register_client) or load_feed",
            href="",
            done=not user.may(P.DELIVERY_VIEW) or Delivery.objects.visible_to(user).exists(),
        ),
        _step(user, "Invite each pharmacy's owner", Role.OWNER in roles, "pbm:invite", P.USER_MANAGE),
    )  # fmt: skip
    return () if all(step.done for step in steps) else steps


def _step(user, title, done, name, permission):
    may = user.may(permission)
    return Step(
        title=title,
        how="" if may or done else WHO_ELSE.get(permission, ""),
        href=reverse(name) if may else "",
        done=done,
    )


def _join(title, done):
    """Into the newest network, where there is one."""
    newest = None if done else Network.objects.order_by("-pk").first()
    href = (
        reverse("pbm:network_join", args=[newest.public_id]) if newest else reverse("pbm:pharmacies_network_changelist")
    )
    return Step(title=title, how="", href=href, done=done)


def _fees(user, pbm, done):
    """Fees stand in a contract: the newest own one, where there is one."""
    newest = None if done else Contract.objects.visible_to(user).filter(pbm=pbm).order_by("-pk").first()
    href = reverse("pbm:contract", args=[newest.public_id]) if newest else reverse("pbm:pharmacies_contract_changelist")
    return Step(title="Set its fees", how="", href=href, done=done)


def _roles(user, pbm):
    """Roles that somebody has at the PBM, and `owner` where a pharmacy has one or one is invited."""
    here = Q(organisation=pbm) | Q(role=Role.OWNER)
    found = set(Membership.objects.filter(here, until=None).values_list("role", flat=True).distinct())
    invited = Invitation.objects.visible_to(user).filter(role=Role.OWNER, cancelled_at=None)
    return found if Role.OWNER in found or not invited.exists() else found | {Role.OWNER}
