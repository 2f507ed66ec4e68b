"""The organisations of the demo: made once, found again on every later start."""

from datetime import date

from django.contrib.auth.hashers import make_password

from carecoord.kernel.accounts.models import Membership, Organisation, ServedPayer, User
from carecoord.kernel.audit import actions as audit
from carecoord.kernel.codes.rurality import ruca_of
from carecoord.kernel.codes.states import STATES
from carecoord.kernel.tenancy import context
from carecoord.kernel.tenancy.context import Scope, acting_as
from patients.claims.synthetic import medicaid
from patients.claims.synthetic.directory import pharmacies
from patients.models import Client
from patients.programs.models import Participation, Program
from pharmacies.models import Contract, Fee, Network, NetworkMembership, PbmParticipation, Pharmacy

from . import papers
from .people import everybody, password

OPENED = date(2024, 1, 1)
PAYER = "meridian"
MEDICAID = "medicaid-high-risk"
CHANNELS = {"long_term_care": "ltc"}
FEES = [
    ("99605", "Medication review, first visit", 7500),
    ("99606", "Adherence call", 3200),
    ("99607", "Medication review, each further 15 minutes", 2400),
    ("90471", "Vaccine given", 2400),
    ("90472", "Vaccine given, each further", 1400),
    ("G0008", "Influenza vaccine given", 3300),
    ("G0009", "Pneumococcal vaccine given", 3300),
    ("G0010", "Hepatitis B vaccine given", 3300),
    ("90480", "COVID vaccine given", 4100),
    ("BP-CHECK", "Blood pressure check", 1500),
    ("NUTR-15", "Nutrition counselling, 15 minutes", 2800),
]
PROGRAMS = (
    ("medicare-htn-dm", "Medicare hypertension and diabetes", "medicare_htn_dm"),
    (MEDICAID, "Medicaid high risk", "medicaid_high_risk"),
)
"""Code, title, definition."""
CONTACT = "Call 304-555-0100, Monday to Friday, 8 to 6\nPO Box 100, Charleston, WV 25301"
THEIR_STORES = ("1000000186", "1000000038")
"""Where Alice and Charlie work: two stores of the invented directory that many members use."""

NOT_OPTED_IN = 1
"""How many clients of the Medicare programme have not opted in, so that the demo shows that reason too."""


def organisation(kind, code, name):
    return Organisation.objects.get_or_create(kind=kind, code=code, defaults={"name": name})[0]


def make():
    """PBM, payer, network, pharmacies, contract, programmes and people. Returns (pbm, payer, programmes)."""
    with context.logged_in("worker"):
        pbm = organisation("pbm", "northbridge", "Northbridge Benefit Partners")
        payer = organisation("payer", PAYER, "Meridian Health Plan")
        lead = organisation("network", "lantern", "Lantern Community Pharmacies")
        ServedPayer.objects.get_or_create(pbm=pbm, payer=payer)
        network, _ = Network.objects.get_or_create(organisation=lead, defaults={"name": lead.name})
        stores = [_pharmacy(place) for place in pharmacies()]
    with acting_as(staff_of(pbm, payer)):
        for place, store in zip(pharmacies(), stores, strict=True):
            PbmParticipation.objects.get_or_create(pbm=pbm, pharmacy=store, since=OPENED)
            if place.in_network:
                NetworkMembership.objects.get_or_create(network=network, pharmacy=store, since=OPENED)
        _contract(pbm, network)
        programs = _programs(pbm, network)
        _people()
        papers.make(opened=OPENED)
        papers.name_payers()
        audit.record(event="demo.places", by=None, target=pbm, count=len(stores))
    for store in stores:
        with acting_as(Scope(role="portal", organisation_id=store.pk)):
            papers.name_store(store)
    return pbm, payer, programs


def staff_of(pbm, *payers):
    """The scope of a PBM's own people."""
    return Scope(role="pbm", organisation_id=pbm.pk, payer_ids=tuple(p.pk for p in payers))


def _pharmacy(place):
    found, _ = Pharmacy.objects.get_or_create(
        npi=place.npi,
        defaults={
            "organisation": organisation("pharmacy", place.npi, place.name),
            "name": place.name,
            "street": place.street,
            "city": place.city,
            "state": place.state,
            "zip": place.zip,
            "phone": place.phone,
            "channel": CHANNELS.get(place.channel, place.channel),
            "ruca": ruca_of(place.zip),
            "time_zone": STATES[place.state].time_zone,
        },
    )
    return found


def _contract(pbm, network):
    contract, _ = Contract.objects.get_or_create(
        pbm=pbm, code="SVC-1", defaults={"network": network, "title": "Pharmacist services", "since": OPENED}
    )
    for code, label, cents in FEES:
        Fee.objects.get_or_create(
            contract=contract, code=code, since=OPENED, defaults={"label": label, "amount_cents": cents}
        )


def _programs(pbm, network):
    """One for each line of business."""
    given = {"pbm": pbm, "network": network, "since": OPENED, "contact": CONTACT}
    return [
        Program.objects.get_or_create(code=code, defaults=given | {"title": title, "definition": definition})[0]
        for code, title, definition in PROGRAMS
    ]


def _people():
    places = {o.code: o for o in Organisation.objects.filter(kind__in=("pharmacy", "network", "pbm"))}
    hashed = None
    for person in everybody(*THEIR_STORES):
        user = User.objects.filter(email=person.email).first()
        if user is None:
            hashed = hashed or make_password(password())
            user = User.objects.create(email=person.email, name=person.name, password=hashed)
        place = places[person.organisation]
        if not Membership.objects.filter(user=user, organisation=place).exists():
            Membership.objects.create(user=user, organisation=place, role=person.role, since=OPENED)


def opt_in(*, pbm, payer, program):
    """The Medicaid plan joins its programme, all other clients but the first NOT_OPTED_IN the other. Clients are known once the
    eligibility feed is loaded."""
    with acting_as(staff_of(pbm, payer)):
        everybody = Client.objects.filter(payer=payer).order_by("code")
        if program.code == MEDICAID:
            clients = list(everybody.filter(code=medicaid.CLIENT[0]))
        else:
            clients = list(everybody.exclude(code=medicaid.CLIENT[0]))
            clients = clients[NOT_OPTED_IN:] or clients
        for client in clients:
            Participation.objects.get_or_create(payer=payer, program=program, client=client, since=OPENED)
        audit.record(event="demo.opt_in", by=None, target=program, count=len(clients))
