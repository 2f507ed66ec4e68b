"""How the pilot is set up, each step by the page and the person that it belongs to."""

import re
from datetime import date
from urllib.parse import urljoin

from django.urls import reverse

from tests.factories.cast import npi

from .pilot_house import link

BEGIN, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
SET_UP = """
[pbm]
code = "northbridge"
name = "Northbridge PBM"
payers = { acme = "Acme Health" }

[[people]]
email = "ada@example.org"
name = "Ada"
role = "admin"
at = "pbm"
"""
STORES = {
    "A": ("Ash Street Pharmacy", npi(801), "Lewisburg", "24901", "olive", "alice"),
    "B": ("Birch Road Pharmacy", npi(802), "Charleston", "25301", "oscar", "bruno"),
    "C": ("Cedar Lane Pharmacy", npi(803), "Charleston", "25301", "opal", "charlie"),
}
"""Letter -> name, NPI, city, ZIP code, owner, pharmacist. Ash alone is rural."""
FEES = (("99606", "Adherence call", "32.00"), ("BP-CHECK", "Blood pressure check", "15.00"), ("G0008", "Flu vaccine given", "27.35"),
        ("NUTR-15", "Nutrition counselling", "240.00"))  # fmt: skip
EXPIRES = date(2026, 10, 31)
"""The last day of Cedar's immunization certificate."""


def staff_the_pbm(house):
    for name, role in (("dana", "program"), ("erin", "claims"), ("ines", "claims")):
        house.join("ada", name, role, face="pbm", since=BEGIN)


def build_the_network(house):
    """Three pharmacies of the directory join a network, and the PBM's own; a contract says what they are paid."""
    for name, number, city, zip_code, *_ in STORES.values():
        address = {"street": "12 Main Street", "city": city, "state": "WV", "zip": zip_code, "phone": "3045550100"}
        house.fill("ada", reverse("pbm:pharmacies_pharmacy_add"), npi=number, name=name, **address)
    house.fill("ada", reverse("pbm:pharmacies_network_add"), code="lantern", name="Lantern Network")
    tree = house.open("ada", reverse("pbm:pharmacies_network_changelist"))
    network = link(tree, "Lantern Network")
    everybody = "\n".join(number for _, number, *_ in STORES.values())
    house.fill("ada", urljoin(network, "join/"), npis=everybody, since=BEGIN, is_ours="on")
    contract = reverse("pbm:pharmacies_contract_add")
    house.fill("ada", contract, network="Lantern Network", code="SVC-1", title="Pharmacist services", since=BEGIN)
    contract = link(house.open("ada", reverse("pbm:pharmacies_contract_changelist")), "Pharmacist services")
    for code, label, dollars in FEES:
        house.fill("ada", urljoin(contract, "fee/"), code=code, label=label, amount_cents=dollars, since=BEGIN)
    house.fill(
        "ada", urljoin(contract, "fee/"), code="BP-CHECK", label=FEES[1][1], amount_cents="18.50", since=NOVEMBER
    )
    house.fill("ada", urljoin(contract, "uplift/"), basis_points="12.5", since=NOVEMBER)


def start_the_programme(house):
    """A client that no file has named yet opts in."""
    definition = "Medicare hypertension and diabetes"
    programme = {
        "network": "Lantern Network",
        "code": "htn-dm",
        "title": definition,
        "definition": definition,
        "since": BEGIN,
    }
    house.fill("dana", reverse("pbm:programs_program_add"), **programme, contact="Call 304-555-0100")
    house.fill("dana", reverse("pbm:client_add"), payer="Acme Health", code="G100", name="Riverside County")
    client = link(house.open("dana", reverse("pbm:clients")), "Riverside County")
    house.fill("dana", urljoin(client, "opt-in/"), program=definition, since=BEGIN)


def invite_the_pharmacies(house):
    """The administrator invites each owner, and the owner the pharmacist; the PBM has their papers."""
    for name, number, _, zip_code, owner, pharmacist in STORES.values():
        house.join("ada", owner, "owner", face="pbm", place=number, since=BEGIN)
        house.join(owner, pharmacist, "pharmacist", since=BEGIN)
        add_paper(house, name, kind="license", number="P-1", since=BEGIN)
        add_paper(house, name, kind="immunization", number="I-1", since=BEGIN, until=EXPIRES if owner == "opal" else "")
        facts = {
            "tax_id": "123456789",
            "zip": f"{zip_code}1234",
            "contact_name": "The owner",
            "contact_phone": "3045550100",
        }
        house.fill(owner, reverse("portal:claim_files"), to="/identity/", **facts)
    compare_the_exclusion_list(house, BEGIN)


def compare_the_exclusion_list(house, day):
    """Once a month; without it nothing can be billed."""
    house.fill("ada", reverse("pbm:exclusion_check"), checked_on=day, evidence="The month's list, compared by Ada.")


def add_paper(house, store, **paper):
    """On the page of the pharmacy."""
    directory = house.open("ada", reverse("pbm:pharmacies_pharmacy_changelist"))
    house.fill("ada", urljoin(link(directory, store), "papers/add/"), **paper)


def public_id(address):
    return re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", address)[0]
