"""The pages about claims files in a real Chromium: axe, no overflow, both widths, both schemes, and a reject's link."""

import pytest

from .portal.browsing import LOOKS, chromium, faults, open_tab
from .portal.conftest import static_root

__all__ = ["static_root"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_pages_about_files_look_right(live_server):
    wrong = []
    with chromium() as browser:
        tab = open_tab(browser, live_server)
        for name in ("", "tuva_csv/"):
            assert tab.goto(f"/formats/{name}").status == 200
            wrong += faults(tab, f"formats-{name.strip('/') or 'all'}", LOOKS)
    assert wrong == []


def test_a_link_to_a_field_leads_to_its_row(live_server):
    with chromium() as browser:
        tab = open_tab(browser, live_server, width=390)
        tab.goto("/formats/tuva_csv/#medical_claim.diagnosis_code_7")
        row = tab.locator("tr", has=tab.locator('[id="medical_claim.diagnosis_code_7"]'))
        box = row.bounding_box()
        assert 0 <= box["y"] < 844
        tab.locator('[id="pharmacy_claim.quantity"]').locator("xpath=../..").get_by_role(
            "link", name="negative_quantity"
        ).click()
        assert tab.url.endswith("/formats/#negative_quantity")
