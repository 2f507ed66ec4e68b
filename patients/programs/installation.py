"""A first installation, from one file: PBM, payers, network, contract, programme, clients, people.

Everything goes through the actions that the PBM site uses, and running it twice changes nothing the second time: what is
there is found by its code, NPI or address. The keys of the file: `manage.py set_up --help`.
"""

import secrets
from datetime import date

from carecoord.kernel.accounts import actions as accounts
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.accounts.roles import Role
from carecoord.kernel.tenancy import context
from patients.models import Client
from pharmacies import actions as supply
from pharmacies.models import Contract, Fee, Network, NetworkMembership, PbmParticipation, Pharmacy

from . import definitions, opt_ins
from .models import Participation, Program

EVERY_CLIENT = "*"
SETS_UP = (Role.PROGRAM, Role.ADMIN)
KEYS = {
    "pbm": {"code", "name", "payers"},
    "network": {"code", "name", "since", "pharmacies"},
    "contract": {"code", "title", "since", "fees"},
    "program": {"code", "title", "definition", "since", "clients"},
}


class CannotSetUp(Exception):
    """The sentence says what is wrong with the file, or what has to come first."""


def set_up(plan):
    """Does what the file says. Returns what was made: counts, clients joined, and first passwords of new people.

    Raises CannotSetUp; what was found to be wrong inside a step leaves nothing of that step behind.
    """
    _check(plan)
    with context.acting_as(context.worker_for()):
        pbm = accounts.serve(
            pbm_code=plan["pbm"]["code"], pbm_name=plan["pbm"]["name"], payers=plan["pbm"]["payers"], by=None
        )
    made = dict.fromkeys(("memberships", "participations", "fees"), 0)
    try:
        with context.acting_as(context.Scope(role="pbm", organisation_id=pbm.pk)):
            network = _network(plan["network"])
            places = {"pbm": pbm, "network": network.organisation}
            people = [_person(each, places, plan["network"]["since"]) for each in plan["people"]]
        by = next(user for user, role, _ in people if role in SETS_UP and user.membership.organisation_id == pbm.pk)
        with context.acting_as(by.scope):
            _stores(plan["network"], network, pbm, made, by)
            _contract(plan.get("contract"), network, pbm, made, by)
            joined = _program(plan["program"], network, by)
    except (supply.CannotChange, opt_ins.CannotChange, accounts.CannotAdd) as refusal:
        raise CannotSetUp(str(refusal)) from None
    return made | {"clients": joined, "first_passwords": {user.email: word for user, _, word in people if word}}


def _check(plan):
    for part, keys in KEYS.items():
        if part not in plan:
            if part == "contract":
                continue
            raise CannotSetUp(f"The file has no part [{part}].")
        if wrong := sorted(set(plan[part]) ^ keys):
            raise CannotSetUp(f"[{part}] must have exactly the keys {', '.join(sorted(keys))}; see {wrong[0]}.")
        if "since" in keys and type(plan[part]["since"]) is not date:
            raise CannotSetUp(f"[{part}] since must be a date, such as 2026-01-01 without quotes.")
    try:
        definitions.find(plan["program"]["definition"])
    except definitions.UnknownDefinition as unknown:
        raise CannotSetUp(str(unknown)) from None
    people = plan.get("people", [])
    if not any(person.get("role") in SETS_UP and person.get("at") == "pbm" for person in people):
        raise CannotSetUp("Name somebody under [[people]] who works at = 'pbm' with the role 'program' or 'admin'.")
    for person in people:
        if set(person) != {"email", "name", "role", "at"}:
            raise CannotSetUp("Each of [[people]] must have exactly email, name, role and at.")


def _network(told):
    found = Network.objects.filter(organisation__code=told["code"]).select_related("organisation").first()
    return found or supply.add_network(code=told["code"], name=told["name"], by=None)


def _person(told, places, since):
    """(user, role, first password or '')"""
    place = places.get(told["at"]) or Organisation.objects.filter(kind="pharmacy", code=told["at"]).first()
    if place is None:
        raise CannotSetUp(f"There is no pharmacy with NPI {told['at']} for {told['email']}: load_pharmacies first.")
    if told["role"] not in Role.values:
        raise CannotSetUp(f"There is no role {told['role']!r}; there are: {', '.join(Role.values)}.")
    password = secrets.token_urlsafe(12)
    user, is_new = accounts.add_person(
        email=told["email"],
        name=told["name"],
        organisation=place,
        role=told["role"],
        password=password,
        since=since,
        by=None,
    )
    return user, told["role"], password if is_new else ""


def _stores(told, network, pbm, made, by):
    npis = set(told["pharmacies"])
    stores = list(Pharmacy.objects.filter(npi__in=npis).order_by("npi"))
    if missing := sorted(npis - {store.npi for store in stores}):
        raise CannotSetUp(f"No pharmacy of the directory has the NPI {missing[0]}: load_pharmacies first.")
    inside = set(NetworkMembership.objects.filter(network=network, until=None).values_list("pharmacy_id", flat=True))
    ours = set(PbmParticipation.objects.filter(pbm=pbm, until=None).values_list("pharmacy_id", flat=True))
    for store in stores:
        if store.pk not in inside:
            supply.add_to_network(network=network, pharmacy=store, since=told["since"], by=by)
            made["memberships"] += 1
        if store.pk not in ours:
            supply.add_participation(pharmacy=store, since=told["since"], by=by)
            made["participations"] += 1


def _contract(told, network, pbm, made, by):
    if told is None:
        return
    contract = Contract.objects.filter(pbm=pbm, code=told["code"]).first() or supply.add_contract(
        network=network, code=told["code"], title=told["title"], since=told["since"], by=by
    )
    for code, (label, cents) in told["fees"].items():
        if not Fee.objects.filter(contract=contract, code=code, until=None, amount_cents=cents).exists():
            supply.set_fee(contract=contract, code=code, label=label, amount_cents=cents, since=told["since"], by=by)
            made["fees"] += 1


def _program(told, network, by):
    """{payer code: client codes that joined now}"""
    program = Program.objects.filter(code=told["code"]).first() or opt_ins.add_program(
        network=network,
        code=told["code"],
        title=told["title"],
        definition=told["definition"],
        since=told["since"],
        by=by,
    )
    joined = {}
    for payer, codes in told["clients"].items():
        known = {client.code: client for client in Client.objects.filter(payer__code=payer).order_by("code")}
        wanted = list(known) if codes == EVERY_CLIENT else codes
        if unknown := sorted(set(wanted) - set(known)):
            raise CannotSetUp(
                f"{payer} has no client {unknown[0]}. It has: {', '.join(known) or 'none; load its eligibility first'}."
            )
        in_already = set(
            Participation.objects.filter(program=program, payer__code=payer, until=None).values_list(
                "client__code", flat=True
            )
        )
        joined[payer] = [code for code in wanted if code not in in_already]
        for code in joined[payer]:
            opt_ins.opt_in(program=program, client=known[code], since=told["since"], by=by)
    return joined
