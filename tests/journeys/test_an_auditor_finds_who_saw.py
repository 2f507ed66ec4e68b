"""Vera is asked who looked at one member: by member, by event, by day; as a file; and whether the trail is whole.

What she finds was left by Erin, who opened a claim in a browser of her own. Looking leaves a line too.
"""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from tests.faces.portal.browsing import chromium, picture
from tests.sealing import sealed

from .signing_in import come_in, give_passwords

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def heads(settings, tmp_path):
    settings.AUDIT_HEADS = tmp_path / "audit" / "heads.jsonl"


def look_at_a_claim(cast, settings):
    """Erin, without the second factor, which is not what this is about."""
    settings.SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(cast.erin)
    assert client.get(f"/pbm/claims/{cast.a.service_claim.public_id}/").status_code == 200
    settings.SECOND_FACTOR_REQUIRED = True


def ask(tab, **given):
    """Fills the filters anew, and shows."""
    tab.goto("/pbm/audit/")
    for name, value in given.items():
        tab.locator(f"main [name={name}]").first.fill(value)
    tab.get_by_role("button", name="Show").click()
    expect(tab.get_by_role("heading", name="Audit trail")).to_be_visible()
    return tab.locator("tbody tr")


def as_file(tab):
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Export as CSV").click()
    return list(csv.DictReader(io.StringIO(waiting.value.path().read_text("utf-8-sig"))))


def test_vera_finds_who_saw_a_member(cast, live_server, settings):
    look_at_a_claim(cast, settings)
    give_passwords()  # which ends sessions
    member, today = f"M-{cast.a.canary}", timezone.now().date()
    with chromium() as browser:
        vera = come_in(browser, live_server, cast.vera)
        rows = ask(vera, member=member)
        expect(vera.locator("#main")).to_contain_text(f"Members asked for: {cast.a.patient.pk} {cast.a.canary}, Pat")
        expect(rows.filter(has_text="Erin").first).to_contain_text(str(cast.a.patient.pk))
        picture(vera, "auditor-member")
        found = as_file(vera)
        assert found and {str(cast.a.patient.pk)} <= set.intersection(
            *(set(row["patient_ids"].split()) for row in found)
        )
        assert "Erin" in {row["user"] for row in found}
        assert ask(vera, member=f"M-{cast.b.canary}").count() == 0
        expect(vera.locator("#main")).to_contain_text("No events")
        expect(ask(vera, event="audit.exported").first).to_contain_text("Vera")
        day = ask(vera, member=member, since=today.isoformat(), until=today.isoformat())
        expect(day.filter(has_text="Erin").first).to_be_visible()
        assert ask(vera, member=member, until=(today - timedelta(days=1)).isoformat()).count() == 0
        assert vera.complaints == []
    assert is_whole()["events"] > 0


def is_whole():
    """Seals what there is, and asks `verify_audit`, which would end with 1."""
    sealed()
    said = io.StringIO()
    call_command("verify_audit", stdout=said)
    return json.loads(said.getvalue())
