"""A first installation, from one file: PBM, payers, network, contract, programme, clients, people, papers.

The whole file is checked first, by itself (installation_file.py) and against what is in the database; then all of it is
written in one transaction of the owner's, like a migration, through the actions that the PBM site uses: half an
installation does not exist. Running it twice changes nothing the second time: what is there is found by its code, NPI or
address. The keys of the file: `manage.py set_up --help`.
"""

import secrets

from django.db import transaction
from django.utils import timezone

from carecoord.kernel.accounts import actions as accounts
from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.tenancy import context
from patients.models import Client
from pharmacies import actions as supply
from pharmacies.models import (
    Contract,
    Credential,
    Fee,
    Network,
    NetworkMembership,
    PbmParticipation,
    Pharmacy,
    RuralUplift,
)

from . import opt_ins
from .installation_file import EVERY_CLIENT, SETS_UP, Problem, problems
from .models import Participation, Program

REFUSALS = (supply.CannotChange, opt_ins.CannotChange, accounts.CannotAdd)


class CannotSetUp(Exception):
    """`problems` says everything that is wrong; nothing was written."""

    def __init__(self, found):
        self.problems = found
        super().__init__("\n".join(map(str, found)))


def set_up(plan, *, dry_run=False):
    """Does what the file says. Returns what was made: counts, clients joined, and first passwords of new people.

    A dry run does the same and takes it back; the passwords are blank then. Raises CannotSetUp.
    """
    if found := problems(plan):
        raise CannotSetUp(found)
    with context.logged_in("owner"), transaction.atomic():
        with context.acting_as(context.Scope(role="owner")):
            if found := list(_unknown(plan)):
                raise CannotSetUp(found)
        made = _write(plan)
        if dry_run:
            transaction.set_rollback(True)
            made["first_passwords"] = dict.fromkeys(made["first_passwords"], "")
    return made


def _write(plan):
    """Step by step, each as the one who would do it; what an action refuses takes all of it back."""
    made, joined = dict.fromkeys(("memberships", "participations", "fees"), 0), {}
    net, papers = plan.get("network"), plan.get("papers", [])
    step = "pbm"
    try:
        with context.acting_as(context.Scope(role="owner")):
            told = plan["pbm"]
            pbm = accounts.serve(pbm_code=told["code"], pbm_name=told["name"], payers=told["payers"], by=None)
        with context.acting_as(context.Scope(role="owner", organisation_id=pbm.pk)):
            step = "network"
            network = _network(net) if net else None
            places, people = {"pbm": pbm, "network": network and network.organisation}, []
            for number, person in enumerate(plan["people"], 1):
                step = f"people[{number}]"
                people.append(_person(person, places, net["since"] if net else timezone.localdate()))
        by = next(user for user, role, _ in people if role in SETS_UP and user.membership.organisation_id == pbm.pk)
        scope = context.Scope(
            role="owner", user_id=by.pk, organisation_id=pbm.pk, payer_ids=by.scope.payer_ids
        )  # what the trail is told
        with context.acting_as(scope):
            if net:
                step = "network.pharmacies"
                _stores(net, network, pbm, made, by)
            if "contract" in plan:
                step = "contract"
                _contract(plan["contract"], network, pbm, made, by)
            if "program" in plan:
                step = "program"
                joined = _program(plan["program"], network, pbm, by)
            for number, paper in enumerate(papers, 1):
                step = f"papers[{number}]"
                made["papers"] = made.get("papers", 0) + _paper(paper, by)
    except REFUSALS as refusal:
        raise CannotSetUp(
            [Problem(step, str(refusal), "Nothing was written; mend the file and run it again.")]
        ) from None
    return made | {"clients": joined, "first_passwords": {user.email: word for user, _, word in people if word}}


def _unknown(plan):
    """What the file names and the database does not have, or has otherwise."""
    stores = plan.get("network", {}).get("pharmacies", [])
    named = {npi: f"network.pharmacies[{place}]" for place, npi in enumerate(stores, 1)}
    for place, paper in enumerate(plan.get("papers", []), 1):
        named.setdefault(paper["npi"], f"papers[{place}].npi")
    for place, person in enumerate(plan["people"], 1):
        if person["at"] not in ("pbm", "network"):
            named.setdefault(person["at"], f"people[{place}].at")
    there = set(Pharmacy.objects.filter(npi__in=named).values_list("npi", flat=True))
    for npi, path in named.items():
        if npi not in there:
            yield Problem(path, f"There is no pharmacy with NPI {npi} in the directory.", "Run load_pharmacies first.")
    program = plan.get("program", {"code": "", "clients": {}})
    for payer, codes in program["clients"].items():
        known = set(_clients(payer))
        for code in sorted(set(codes) - known) if codes != EVERY_CLIENT else ():
            has = ", ".join(sorted(known)) or "none; load its eligibility first"
            yield Problem(f"program.clients.{payer}", f"{payer} has no client {code}.", f"It has: {has}.")
    taken = Program.objects.filter(code=program["code"]).exclude(pbm__code=plan["pbm"]["code"])
    if taken.exists():
        yield Problem("program.code", "Another PBM has a programme with this code.", "Choose another.")
    yield from _known_otherwise(plan)


def _known_otherwise(plan):
    """People who are known, and work elsewhere or as something else."""
    codes = {part: plan[part]["code"] for part in ("pbm", "network") if part in plan}
    for place, person in enumerate(plan["people"], 1):
        user = User.objects.filter(email__iexact=person["email"]).first()
        open_ones = user.memberships.filter(until=None).values_list("organisation__code", "role") if user else ()
        if user and (codes.get(person["at"], person["at"]), person["role"]) not in open_ones:
            yield Problem(
                f"people[{place}].email",
                f"{user.email} is known already, and works elsewhere or as something else.",
                "Drop this person here, and change them on the site.",
            )


def _clients(payer):
    """Client code -> client."""
    return {client.code: client for client in Client.objects.filter(payer__code=payer).order_by("code")}


def _network(told):
    found = Network.objects.filter(organisation__code=told["code"]).select_related("organisation").first()
    return found or supply.add_network(code=told["code"], name=told["name"], by=None)


def _person(told, places, since):
    """(user, role, first password or '')"""
    place = places.get(told["at"]) or Organisation.objects.get(kind="pharmacy", pharmacy__npi=told["at"])
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
    inside = set(NetworkMembership.objects.filter(network=network, until=None).values_list("pharmacy_id", flat=True))
    ours = set(PbmParticipation.objects.filter(pbm=pbm, until=None).values_list("pharmacy_id", flat=True))
    for store in Pharmacy.objects.filter(npi__in=told["pharmacies"]).order_by("npi"):
        if store.pk not in inside:
            supply.add_to_network(network=network, pharmacy=store, since=told["since"], by=by)
            made["memberships"] += 1
        if store.pk not in ours:
            supply.add_participation(pharmacy=store, since=told["since"], by=by)
            made["participations"] += 1


def _contract(told, network, pbm, made, by):
    days = {"since": told["since"], "until": told.get("until")}
    contract = Contract.objects.filter(pbm=pbm, code=told["code"]).first() or supply.add_contract(
        network=network, code=told["code"], title=told["title"], **days, by=by
    )
    for code, (label, cents) in told["fees"].items():
        if not Fee.objects.filter(contract=contract, code=code, until=None, amount_cents=cents).exists():
            supply.set_fee(contract=contract, code=code, label=label, amount_cents=cents, since=told["since"], by=by)
            made["fees"] += 1
    points = told.get("uplift_basis_points")
    if (
        points is not None
        and not RuralUplift.objects.filter(contract=contract, until=None, basis_points=points).exists()
    ):
        supply.set_uplift(contract=contract, basis_points=points, since=told["since"], by=by)


def _program(told, network, pbm, by):
    """{payer code: client codes that joined now}"""
    given = {name: told[name] for name in ("code", "title", "definition", "since", "until", "contact") if name in told}
    program = Program.objects.filter(pbm=pbm, code=told["code"]).first() or opt_ins.add_program(
        network=network, **given, by=by
    )
    joined = {}
    for payer, codes in told["clients"].items():
        known = _clients(payer)
        wanted = list(known) if codes == EVERY_CLIENT else codes
        in_already = set(
            Participation.objects.filter(program=program, payer__code=payer, until=None).values_list(
                "client__code", flat=True
            )
        )
        joined[payer] = [code for code in wanted if code not in in_already]
        for code in joined[payer]:
            opt_ins.opt_in(program=program, client=known[code], since=told["since"], by=by)
    return joined


def _paper(told, by):
    """Whether it is new: one with the same kind, number and first day is found, not changed."""
    store = Pharmacy.objects.get(npi=told["npi"])
    person = User.objects.filter(email__iexact=told["email"]).first() if "email" in told else None
    if "email" in told and person is None:
        raise supply.CannotChange(f"Nobody has the address {told['email']}.")
    same = {"pharmacy": store, "person": person, "kind": told["kind"], "since": told["since"]}
    same |= {"number": told.get("number", "")}
    if Credential.objects.filter(**same).exists():
        return False
    more = {name: told[name] for name in ("until", "issuer", "state", "evidence") if name in told}
    supply.add_credential(**same, **more, by=by)
    return True
