"""The file of a first installation, checked as a whole before anything is written: every problem, with the path of its key.

`problems(plan)` looks at the file alone; installation.py then looks at what the file names and the database does not have.
"""

import re
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.accounts.roles import ALLOWED, Role
from carecoord.kernel.codes.states import STATES
from carecoord.kernel.npi import is_npi
from pharmacies.models import Contract, Credential, Fee

from . import definitions
from .models import Program

EVERY_CLIENT = "*"
SETS_UP = (Role.PROGRAM, Role.ADMIN)
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 1, 1)
BIGGEST_FEE_CENTS = 100_000_00
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
PARTS = {  # part: (keys that it must have, keys that it may have)
    "pbm": (("code", "name", "payers"), ()),
    "network": (("code", "name", "since", "pharmacies"), ()),
    "contract": (("code", "title", "since", "fees"), ("until", "uplift_basis_points")),
    "program": (("code", "title", "definition", "since", "clients"), ("until", "contact")),
}
MAY_BE_LEFT_OUT = {"network", "contract", "program"}
NEED_A_NETWORK = ("contract", "program")
PERSON = ("email", "name", "role", "at")
PAPER = (("npi", "kind", "since"), ("until", "email", "number", "issuer", "state", "evidence"))
MOST_UPLIFT = 10_000


@dataclass(frozen=True)
class Problem:
    """`path` is the key in the file, such as network.since or people[2].role (counted from 1); `what` is wrong, `do` mends it."""

    path: str
    what: str
    do: str

    def __str__(self):
        return f"{self.path}: {self.what} {self.do}"


def problems(plan):
    """Every problem that the file shows by itself, in its order."""
    found = [
        Problem(key, "This part is not known.", f"Known are {', '.join(PARTS)}, people and papers.")
        for key in sorted(set(plan) - set(PARTS) - {"people", "papers"})
    ]
    if "network" not in plan:
        found += [
            Problem(part, "It needs a network.", "Write [network] too, or leave this part out.")
            for part in NEED_A_NETWORK
            if part in plan
        ]
    whole = {}
    for part, (needed, optional) in PARTS.items():
        faults = list(_keys(part, plan.get(part), needed, optional, part in MAY_BE_LEFT_OUT))
        found += faults
        if part in plan and not faults:
            whole[part] = plan[part]
    for part, told in whole.items():
        found += CHECKS[part](told)
        found += _days(part, told)
    if "pbm" in whole and "program" in whole and isinstance(whole["pbm"]["payers"], dict):
        found += _payers_of_clients(whole["program"]["clients"], whole["pbm"]["payers"])
    return [*found, *_people(plan.get("people"), "network" in plan), *_papers(plan.get("papers", []))]


def _keys(path, told, needed, optional=(), may_be_absent=False):
    if told is None:
        if not may_be_absent:
            yield Problem(path, "This part is missing.", f"Write [{path}] with {', '.join(needed)}.")
    elif not isinstance(told, dict):
        yield Problem(path, "This is not a table.", f"Write it with the keys {', '.join(needed)}.")
    else:
        for key in sorted(set(told) - {*needed, *optional}):
            yield Problem(
                f"{path}.{key}",
                "This key is not known.",
                f"Known are {', '.join((*needed, *optional))}; mend or drop it.",
            )
        for key in needed:
            if key not in told:
                yield Problem(f"{path}.{key}", "This key is missing.", "Add it; set_up --help shows an example.")


def _text(path, value, field):
    """A text that fits the model's field: its length, its validators, and nothing that no screen can show."""
    if not isinstance(value, str) or not value.strip():
        yield Problem(path, "This must be a text that is not empty.", "Write it in double quotes.")
    elif not value.isprintable():
        yield Problem(path, "There is a control character in it.", "Write plain text on one line.")
    elif field.max_length and len(value) > field.max_length:
        yield Problem(path, f"It has {len(value)} characters.", f"Shorten it to {field.max_length}.")
    else:
        try:
            field.run_validators(value)
        except ValidationError as wrong:
            yield Problem(path, f"{value!r} will not do.", " ".join(wrong.messages))


def _code(path, value, field):
    faults = list(_text(path, value, field))
    if not faults and not CODE.fullmatch(value):
        yield Problem(
            path, f"{value!r} is no code.", "Use letters, digits, '.', '-' and '_', beginning with a letter or digit."
        )
    yield from faults


def _days(part, told):
    """since, and until where it is there: dates, of this age, in order."""
    given = {key: told[key] for key in ("since", "until") if key in told}
    for key, day in given.items():
        if type(day) is not date:
            yield Problem(
                f"{part}.{key}", f"{day!r} is not a date.", "Write a day such as 2026-01-01, without quotes and time."
            )
        elif not FIRST_DAY <= day <= LAST_DAY:
            yield Problem(f"{part}.{key}", f"{day} cannot be meant.", f"Write a day from {FIRST_DAY} to {LAST_DAY}.")
    if len(given) == 2 and all(type(day) is date for day in given.values()) and given["until"] < given["since"]:
        yield Problem(
            f"{part}.until", f"{given['until']} lies before since, {given['since']}.", "Put the days in order."
        )


def _pbm(told):
    yield from _organisation("pbm", told)
    payers = told["payers"]
    if not isinstance(payers, dict) or not payers:
        yield Problem("pbm.payers", "No payer is named.", 'Write payers = { acme = "Acme Health" }.')
        return
    for code, name in payers.items():
        yield from _code(f"pbm.payers.{code}", code, Organisation._meta.get_field("code"))
        yield from _text(f"pbm.payers.{code}", name, Organisation._meta.get_field("name"))


def _organisation(part, told):
    yield from _code(f"{part}.code", told["code"], Organisation._meta.get_field("code"))
    yield from _text(f"{part}.name", told["name"], Organisation._meta.get_field("name"))


def _network(told):
    yield from _organisation("network", told)
    yield from _list_of_texts("network.pharmacies", told["pharmacies"], "the NPIs of its pharmacies")
    for place, npi in enumerate(told["pharmacies"] if isinstance(told["pharmacies"], list) else [], 1):
        if isinstance(npi, str) and not is_npi(npi):
            yield Problem(
                f"network.pharmacies[{place}]",
                f"{npi!r} is no NPI.",
                "An NPI has ten digits, and its check digit must hold.",
            )


def _contract(told):
    yield from _code("contract.code", told["code"], Contract._meta.get_field("code"))
    yield from _text("contract.title", told["title"], Contract._meta.get_field("title"))
    fees = told["fees"]
    if not isinstance(fees, dict):
        yield Problem("contract.fees", "This is not a table.", 'Write fees = { "99606" = ["Adherence call", 3200] }.')
        return
    for code, fee in fees.items():
        path = f"contract.fees.{code}"
        yield from _code(path, code, Fee._meta.get_field("code"))
        if not isinstance(fee, list) or len(fee) != 2:
            yield Problem(path, "A fee is a short label and an amount.", 'Write ["Adherence call", 3200], in cents.')
            continue
        yield from _text(path, fee[0], Fee._meta.get_field("label"))
        if type(fee[1]) is not int or not 0 <= fee[1] <= BIGGEST_FEE_CENTS:
            yield Problem(path, f"{fee[1]!r} is no amount.", f"Write whole cents, from 0 to {BIGGEST_FEE_CENTS}.")
    uplift = told.get("uplift_basis_points", 0)
    if type(uplift) is not int or not 0 <= uplift <= MOST_UPLIFT:
        path = "contract.uplift_basis_points"
        yield Problem(path, f"{uplift!r} is no uplift.", "Write 1250 for 12.5 percent; 10000 at most.")


def _program(told):
    yield from _code("program.code", told["code"], Program._meta.get_field("code"))
    yield from _text("program.title", told["title"], Program._meta.get_field("title"))
    if told["definition"] not in list(definitions.every()):
        yield Problem(
            "program.definition",
            f"There is no definition {told['definition']!r}.",
            f"There are: {', '.join(definitions.every())}.",
        )
    if not isinstance(told.get("contact", ""), str):
        yield Problem("program.contact", "This is not a text.", "Write how members reach the programme, in quotes.")
    if not isinstance(told["clients"], dict):
        yield Problem("program.clients", "This is not a table.", 'Write clients = { acme = "*" }.')
        return
    for payer, codes in told["clients"].items():
        if codes != EVERY_CLIENT:
            yield from _list_of_texts(
                f"program.clients.{payer}", codes, 'client codes, or "*" for all that are known now'
            )


def _payers_of_clients(clients, payers):
    for payer in sorted(set(clients) - set(payers)) if isinstance(clients, dict) else ():
        yield Problem(
            f"program.clients.{payer}",
            "The PBM does not serve this payer.",
            "Name it under pbm.payers, or drop it here.",
        )


def _people(people, has_network):
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        people = []
    if not any(person.get("role") in SETS_UP and person.get("at") == "pbm" for person in people):
        yield Problem(
            "people",
            "Nobody could go on from here.",
            "Name somebody under [[people]] at = 'pbm' with the role 'program' or 'admin'.",
        )
    seen = {}
    for place, person in enumerate(people, 1):
        path = f"people[{place}]"
        faults = list(_keys(path, person, PERSON))
        yield from faults
        if faults:
            continue
        yield from _text(f"{path}.email", person["email"], User._meta.get_field("email"))
        yield from _text(f"{path}.name", person["name"], User._meta.get_field("name"))
        first = seen.setdefault(str(person["email"]).casefold(), place)
        if first != place:
            yield Problem(
                f"{path}.email", f"people[{first}] has this address too.", "Each person has one address and one place."
            )
        yield from _place(path, person["role"], person["at"], has_network)


def _place(path, role, at, has_network):
    kind = at if at in ("pbm", "network") else "pharmacy"
    if kind == "network" and not has_network:
        yield Problem(f"{path}.at", "The file has no network.", "Write [network] too.")
    elif kind == "pharmacy" and not (isinstance(at, str) and is_npi(at)):
        yield Problem(f"{path}.at", f"{at!r} is no place.", "Write 'pbm', 'network', or the NPI of a pharmacy.")
    elif role not in Role.values:
        yield Problem(f"{path}.role", f"There is no role {role!r}.", f"There are: {', '.join(Role.values)}.")
    elif role not in ALLOWED[kind]:
        can = ", ".join(each for each in Role.values if each in ALLOWED[kind])
        yield Problem(f"{path}.role", f"A {kind} has no {role}.", f"It can have: {can}.")


def _papers(papers):
    """Licences, certificates and checks, of a pharmacy or (with `email`) of one of its people."""
    if not isinstance(papers, list) or not all(isinstance(paper, dict) for paper in papers):
        yield Problem("papers", "These are not tables.", "Write each under [[papers]].")
        return
    for place, paper in enumerate(papers, 1):
        path = f"papers[{place}]"
        faults = list(_keys(path, paper, *PAPER))
        yield from faults
        if faults:
            continue
        if not isinstance(paper["npi"], str) or not is_npi(paper["npi"]):
            yield Problem(f"{path}.npi", f"{paper['npi']!r} is no NPI.", "Write the NPI of the pharmacy, in quotes.")
        if paper["kind"] not in Credential.Kind.values:
            kinds = ", ".join(Credential.Kind.values)
            yield Problem(f"{path}.kind", f"There is no kind {paper['kind']!r}.", f"There are: {kinds}.")
        if paper.get("state", "") not in {"", *STATES}:
            yield Problem(f"{path}.state", f"{paper['state']!r} is no state.", "Write its two letters.")
        for key in sorted({"email", "number", "issuer", "evidence"} & paper.keys()):
            field = User._meta.get_field("email") if key == "email" else Credential._meta.get_field(key)
            yield from _text(f"{path}.{key}", paper[key], field)
        yield from _days(path, paper)


def _list_of_texts(path, value, meant):
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        yield Problem(path, "This is not a list of texts.", f'Write {meant}, in quotes: ["..."].')
        return
    for each in sorted({each for each in value if value.count(each) > 1}):
        yield Problem(path, f"{each!r} is named twice.", "Name it once.")


CHECKS = {"pbm": _pbm, "network": _network, "contract": _contract, "program": _program}
