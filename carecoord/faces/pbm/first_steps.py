"""What a new installation needs before the first service can be billed, in the order in which it is done."""

from dataclasses import dataclass

from django.urls import reverse

from carecoord.kernel.accounts.models import ServedPayer
from carecoord.kernel.accounts.permissions import Permission as P
from patients.claims.models import Delivery
from patients.programs.models import Participation, Program
from pharmacies.models import Contract, Fee, Network, NetworkMembership, PbmParticipation, Pharmacy


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
    seen = {model: model.objects.visible_to(user).exists() for model in (NetworkMembership, PbmParticipation, Contract)}
    seen |= {model: model.objects.visible_to(user).exists() for model in (Fee, Program, Participation)}
    steps = (
        _step(user, "Load the pharmacies", Pharmacy.objects.exists(), "pbm:pharmacies_import", P.NETWORK_EDIT),
        _step(user, "Add a network", Network.objects.exists(), "pbm:pharmacies_network_add", P.NETWORK_EDIT),
        _step(user, "Put pharmacies into it", seen[NetworkMembership], "pbm:pharmacies_networkmembership_add", P.NETWORK_EDIT),
        _step(user, "Put them into our own network", seen[PbmParticipation], "pbm:pharmacies_pbmparticipation_add", P.CONTRACT_EDIT),
        _step(user, "Agree on a contract", seen[Contract], "pbm:pharmacies_contract_add", P.CONTRACT_EDIT),
        _step(user, "Set its fees", seen[Fee], "pbm:pharmacies_contract_changelist", P.CONTRACT_EDIT),
        Step(title="Name the payers", how="by set_up", href="", done=ServedPayer.objects.filter(pbm=pbm).exists()),
        _step(user, "Set up a programme", seen[Program], "pbm:programs_program_add", P.PROGRAM_EDIT),
        Step(
            title="Receive the first feed",
            how="by the API (register_client) or load_feed",
            href="",
            done=not user.may(P.DELIVERY_VIEW) or Delivery.objects.visible_to(user).exists(),
        ),
        _step(user, "Let a client opt in", seen[Participation], "pbm:clients", P.PROGRAM_EDIT),
    )  # fmt: skip
    return () if all(step.done for step in steps) else steps


def _step(user, title, done, name, permission):
    return Step(title=title, how="", href=reverse(name) if user.may(permission) else "", done=done)
