"""The pages about feeds in a real Chromium, wide and narrow, light and dark: no complaint of the strict policy, nothing for axe."""

import pytest
from django.test import Client
from django.urls import reverse

from carecoord.kernel.accounts.models import ApiClient, Organisation
from patients.claims.models import Delivery, Reject
from tests.faces.portal.browsing import LOOKS, chromium, faults, open_tab

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def told(cast, as_owner):
    """A delivery with everything to tell, and one that is being loaded."""
    alike = dict(
        payer=cast.a.payer, format="tuva_csv", kind="pharmacy_claim", stored_as="x", sha256="0" * 64, size_bytes=12_000,
        state="loaded",
    )  # fmt: skip
    with as_owner():
        for week in range(3):
            Delivery.objects.create(file_name=f"week_{week}.csv", lines=1000, loaded=990, repeated=10, **alike)
        full = Delivery.objects.create(
            **alike, file_name="week_4.csv", lines=400, loaded=300, repeated=20, waiting=10, rejected=60, conflicting=10,
            totals={"pharmacy_claim": {"rows": 340, "quantity": "10230.500", "paid_cents": "1234567"}},
            notes={"no_days_supply": 12, "ndc_not_11_digits": 3},
            drift={"missing": ["daw", "channel"], "unknown": ["sender_batch"], "reordered": ["claim_id"]},
        )  # fmt: skip
        for line in range(60):
            Reject.objects.create(
                payer=cast.a.payer, delivery=full, line_number=line * 7 + 2, digest="a" * 64,
                field=("quantity", "dispensing_date")[line % 2], code=("not_a_number", "not_a_date")[line % 2],
                message=("quantity is not a number.", "dispensing_date is not a date of the calendar.")[line % 2],
            )  # fmt: skip
        loading = Delivery.objects.create(**alike | {"state": "loading"}, file_name="large.csv")
        refused = Delivery.objects.create(
            **alike | {"state": "refused"}, file_name="old.csv", refusal="The header names no known column (line 1)."
        )
    return full, loading, refused


def pages(cast, told):
    page = "pbm:claims_delivery_change"
    yield reverse("pbm:claims_delivery_changelist")
    yield from (reverse(page, args=[one.public_id]) for one in told)
    yield reverse("pbm:delivery_reject_lines", args=[told[0].public_id]) + "?code=not_a_date&field=dispensing_date"
    yield from (reverse(f"pbm:{name}") for name in ("feed_health", "conflicts", "conflict_rulings"))
    yield reverse("pbm:conflict_pharmacy", args=[cast.a.pharmacy_event.pk])
    yield reverse("pbm:conflict_pharmacy_rule", args=[cast.a.other_event.pk])


def cookies_of(person):
    client = Client()
    client.force_login(person)
    return [("sessionid", client.cookies["sessionid"].value)]


def test_every_page_about_feeds_is_well_in_every_look(cast, told, live_server):
    assert_well(live_server, cookies_of(cast.dana), list(pages(cast, told)), "feeds")


def test_every_page_about_feeds_is_well_when_it_is_opened_on_a_phone(cast, told, live_server):
    """Loaded at that width, not brought to it."""
    assert_well(live_server, cookies_of(cast.dana), list(pages(cast, told)), "phone", width=390, looks=[(390, "light")])


def test_every_page_about_sandboxes_is_well_in_every_look(cast, told, live_server, as_owner):
    with as_owner():
        payer = {"kind": "payer", "code": "acme-trial", "name": "Acme, trial", "is_sandbox": True}
        sandbox = Organisation.objects.create(**payer, sandbox_of=cast.pbm)
        ApiClient.objects.create(organisation=sandbox, name="Frank's", public_jwks={"keys": [{"kid": "frank-1"}]})
        for one in told:
            Delivery.objects.filter(pk=one.pk).update(payer=sandbox)
    pages = [reverse("pbm:sandboxes"), reverse("pbm:sandbox_add"), reverse("pbm:claims_delivery_changelist")]
    pages += [reverse(f"pbm:{name}", args=[sandbox.public_id]) for name in ("sandbox", "sandbox_empty")]
    assert_well(live_server, cookies_of(cast.ada), pages, "sandboxes")


def assert_well(live_server, cookies, pages, name, *, width=1440, looks=LOOKS):
    found = []
    with chromium() as browser:
        tab = open_tab(browser, live_server, width=width, cookies=cookies)
        for number, address in enumerate(pages):
            answer = tab.goto(address)
            found += [(address, answer.status)] if answer.status != 200 else []
            found += [(address, *fault) for fault in faults(tab, f"{name}-{number}", looks)]
    assert not found, "\n".join(map(str, found))
