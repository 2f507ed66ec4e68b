"""The letter to the prescriber in a real Chromium: on the screen and on paper."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.faces.portal.browsing import chromium, open_tab, picture, violations

from .test_one_evidence import life  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_letter_keeps_the_strict_policy_and_axe_finds_nothing(life, live_server, settings):  # noqa: F811
    settings.SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(life.alice)
    cookies, found = [("sessionid", client.cookies["sessionid"].value)], []
    with chromium() as browser:
        for width, scheme in [(1440, "light"), (390, "dark")]:
            tab = open_tab(browser, live_server, width=width, scheme=scheme, cookies=cookies)
            for name, code in (("portal:letter", "pdc_sta"), ("portal:result", "opioid_50_mme")):
                answer = tab.goto(reverse(name, args=[life.a.patient.public_id, code]))
                picture(tab, f"{name.replace(':', '-')}-{width}")
                wide = tab.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                seen = [answer.status != 200 and answer.status, tab.complaints[:], violations(tab), wide and "too wide"]
                found += [(name, width, *seen)] if any(seen) else []
            tab.context.close()
    assert not found
