"""Whatever is sent, by whatever form: no fault of ours, nothing stored that nobody meant, and a sentence for who sent it.

CARECOORD_FORMS=fitting sends each field all that is bad for its kind, =every everything (an hour); FORMS_REPORT names a file that
gets every try, FORMS_ASKERS says as whom (olive,alice,bob,erin,dana,grace,ada,vera).
"""

import os
import time
from pathlib import Path

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import make_password
from django.test import override_settings

from carecoord.kernel.accounts.actions import invitations
from carecoord.kernel.accounts.models import Invitation, Membership, User
from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care import protocols
from patients.care.models import Encounter
from tests.factories import money
from tests.factories.cast import LONG_AGO, PASSWORD
from tests.matrix import walk

from . import bad, crawl
from .page import Page

pytestmark = pytest.mark.django_db
PEOPLE = os.environ.get("FORMS_ASKERS", "olive,erin").split(",")
FACES = ("portal/", "pbm/")
HOW = os.environ.get("CARECOORD_FORMS", "")


@pytest.fixture(autouse=True)
def ready(cast, as_owner):
    """An owner for the pharmacy, a draft of each protocol, a claim in each state."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose
    with override_settings(SECOND_FACTOR_REQUIRED=False, PASSWORD_HASHERS=hashers):
        with as_owner():
            cast.olive = User.objects.create(email="olive@example.org", name="Olive")
            at = {"user": cast.olive, "organisation": cast.a.pharmacy.organisation}
            Membership.objects.create(**at, role="owner", since=LONG_AGO)
        with context.acting_as(cast.alice.scope):
            for code in protocols.every():
                care.start(patient=cast.a.patient, pharmacy=cast.a.pharmacy, protocol=code, by=cast.alice)
        cast.claims, *cast.paid = money.one_of_each(cast, as_owner)
        yield


@pytest.fixture
def states(cast, ready, as_owner):
    """The addresses of drafts, claims, remittance and invoice: the ids of the cast lead to one claim that was submitted."""
    with as_owner():
        rows = Encounter.objects.filter(pharmacy=cast.a.pharmacy, status="draft")
        drafts = [f"/portal/encounters/{row.public_id}/" for row in rows]
    claims = [f"/{face}/claims/{c.public_id}/" for c in cast.claims.values() for face in ("pbm", "portal/billing")]
    fixes = [f"/portal/billing/claims/{cast.claims[state].public_id}/correct/" for state in ("denied", "paid", "held")]
    remittance, _, invoice = cast.paid
    lists = [f"/pbm/claims/?status={status}" for status in ("approved", "pended", "denied", "paid")]
    return [
        *drafts,
        *claims,
        *fixes,
        *lists,
        f"/pbm/remittances/{remittance.public_id}/",
        f"/pbm/invoices/{invoice.public_id}/",
    ]


@pytest.fixture
def found():
    """What is wrong, told at the end; every try goes to FORMS_REPORT as it comes."""
    faults, where = [], os.environ.get("FORMS_REPORT", os.devnull)
    with Path(where).open("a", buffering=1) as report:

        def note(what, *, is_fault):
            print(what, file=report)
            if is_fault:
                faults.append(what)

        yield note
    assert not faults, f"{len(faults)} faults\n" + "\n".join(map(str, faults))


def browser_of(client, cast, asker):
    client.cookies.clear()
    client.force_login(getattr(cast, asker))
    crawl.confirmed(client, getattr(cast, asker))
    return crawl.Browser(client, asker)


def attack(browser, route, form, found):
    found(f"{browser.asker} {form.method} {route} {' '.join(form.controls)}", is_fault=False)
    for sent in crawl.attack(browser, route, form, how=HOW):
        found(sent, is_fault=bool(sent.faults))


@pytest.mark.parametrize("asker", PEOPLE)
def test_every_form(client, cast, states, found, asker):
    """What all of them have, such as the pages of the own account, is sent as the first of them."""
    browser, seen = browser_of(client, cast, asker), set()
    for path, page in crawl.pages(browser, cast, states):
        if isinstance(page, str):
            found(f"{asker} GET {path}: {page}", is_fault=True)
            continue
        for route, form in crawl.forms_of(path, page, seen):
            if asker == PEOPLE[0] or route.startswith(FACES):
                attack(browser, route, form, found)


def doors(client, cast, as_owner):
    """(name, path) of each page of somebody who is not quite in, the client brought there."""
    yield "visitor", "/login/"
    yield "visitor", "/password/reset/"
    with as_owner():
        invited = Invitation.objects.get(email=cast.a.invitation.email)
    client.get(f"/invitation/{invitations.token_of(invited)}/")
    yield "invited", "/invitation/"
    client.cookies.clear()
    key = f"{user_pk_to_url_str(cast.alice)}-{default_token_generator.make_token(cast.alice)}"
    yield "forgetful", client.get(f"/password/reset/key/{key}/").headers["Location"]
    with as_owner():
        TOTP.activate(cast.alice, generate_totp_secret())
        User.objects.filter(pk=cast.alice.pk).update(password=make_password(PASSWORD))
    client.cookies.clear()
    client.post("/login/", {"login": cast.alice.email, "password": PASSWORD})
    yield "at the second factor", "/second-factor/authenticate/"
    client.cookies.clear()
    client.force_login(cast.bob)
    crawl.confirmed(client, cast.bob)
    yield "with a PIN to set", "/lock/pin/"
    session = client.session
    session["locked_at"] = int(time.time())
    session.save()
    yield "locked out", "/lock/"


def test_every_door(client, cast, as_owner, found):
    seen = set()
    for name, path in doors(client, cast, as_owner):
        browser = crawl.Browser(client, name)
        response = browser.get(path)
        assert response.status_code == 200, (name, path, response.status_code)
        for route, form in crawl.forms_of(path, Page(response.body), seen, but=("logout",)):
            attack(browser, route, form, found)


def test_every_question(client, cast, found):
    seen = set()
    for asker in PEOPLE:
        browser, look_ups = browser_of(client, cast, asker), walk.LookUps()
        for path, address in crawl.by_path(cast).items():
            route = crawl.route_of(path)
            if route in seen or path.lstrip("/").startswith(crawl.QUIET) or look_ups.in_vain(address, "get"):
                continue
            with look_ups.watched(address, "get") as told:
                status = browser.get(path).status_code
                told(status)
            if status != 200:
                continue
            seen.add(route)
            for sent in crawl.question(browser, path, bad.EVERY if HOW == "every" else bad.ASKED):
                found(sent, is_fault=bool(sent.faults))
