"""The pages about webhooks in a real Chromium, wide and narrow, light and dark: no complaint of the strict policy, nothing for axe."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.webhooks.models import Attempt, Endpoint, EndpointHealth, Message
from tests.faces.portal.browsing import chromium, open_tab, picture, violations
from tests.kernel.webhooks.receiver import endpoint_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LOOKS = [(width, scheme) for width in (1440, 390) for scheme in ("light", "dark")]
BODY = '{"type":"delivery.loaded","timestamp":"2026-11-27T12:00:00.000Z","data":{"state":"loaded","counts":{"lines":1000}}}'


@pytest.fixture
def failing(cast, as_owner):
    """An endpoint with a message of each kind, one of them with long answers."""
    endpoint, _ = endpoint_of(cast.frank, "https://hooks.example.com/carecoord/deliveries", host="hooks.example.com")
    now = timezone.now()
    with as_owner():
        Endpoint.objects.filter(pk=endpoint.pk).update(note="Call the feeds desk, 304 555 0100")
        EndpointHealth.objects.filter(endpoint=endpoint).update(
            last_success_at=now - timedelta(days=4), failing_since=now - timedelta(days=3), gave_up_at=now
        )
        for number, state in enumerate(("sent", "failed", "waiting") * 3):
            message = Message.objects.create(
                payer=cast.a.payer, endpoint=endpoint, type="delivery.loaded", body=BODY, state=state, tries=number,
                ended_at=None if state == "waiting" else now,
            )  # fmt: skip
            told = {"payer": cast.a.payer, "message": message}
            Attempt.objects.create(
                status=502, fault="It answered 502.", answer="<html>" * 83, milliseconds=1234, **told
            )
            Attempt.objects.create(fault="It took longer than ten seconds.", milliseconds=10_000, **told)
            if state == "sent":
                Attempt.objects.create(status=204, milliseconds=38, **told)
    return endpoint, message


def pages(cast, endpoint, message):
    yield from (reverse(f"pbm:{name}") for name in ("webhooks", "webhook_hosts", "webhook_add", "webhook_allow"))
    names = (
        "webhook",
        "webhook_types",
        "webhook_rotate",
        "webhook_switch_off",
        "webhook_remove",
        "webhook_send_failed",
    )
    yield from (reverse(f"pbm:{name}", args=[endpoint.public_id]) for name in names)
    yield reverse("pbm:webhook", args=[cast.a.webhook.public_id])
    yield reverse("pbm:webhook_message", args=[message.public_id])
    yield reverse("pbm:webhook_disallow", args=[cast.a.webhook_host.public_id])
    yield reverse("pbm:index")
    yield reverse("api:docs")


def look(tab, name):
    picture(tab, name)
    wide = tab.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    seen = [tab.complaints[:], violations(tab), wide and "too wide"]
    tab.complaints.clear()
    return seen if any(seen) else []


def test_every_page_about_webhooks_is_well_in_every_look(cast, failing, live_server):
    client, found = Client(), []
    client.force_login(cast.ada)
    cookies = [("sessionid", client.cookies["sessionid"].value)]
    with chromium() as browser:
        for width, scheme in LOOKS:
            tab = open_tab(browser, live_server, width=width, scheme=scheme, cookies=cookies)
            for number, address in enumerate(pages(cast, *failing)):
                assert tab.goto(address).status == 200, address
                found += [(width, scheme, address, one) for one in look(tab, f"hooks-{number}-{width}-{scheme}") if one]
            tab.goto(reverse("pbm:webhook_rotate", args=[failing[0].public_id]))
            tab.get_by_role("button", name="Yes, replace it").click()
            tab.get_by_text("It is shown this once").wait_for()
            found += [(width, scheme, "secret", one) for one in look(tab, f"hooks-secret-{width}-{scheme}") if one]
            tab.context.close()
    assert not found, "\n".join(map(str, found))
