"""A draft in a real Chromium: what was typed is kept whoever leaves however soon, and nothing is saved that nobody typed."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care.models import Encounter
from tests.conftest import as_owner

from .browsing import chromium, open_tab

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STATE = "[data-status-for=visit]"
LONG_ENOUGH_MS = 2_500
"""Three times what a draft waits for the next key."""


@pytest.fixture
def draft(cast, story):
    """A call whose answers are what no browser shows as they are: a day and a number that are none, lines of text."""
    with context.acting_as(cast.alice.scope):
        draft = care.start(
            protocol="adherence_call", patient=cast.a.patient, pharmacy=cast.a.pharmacy, by=cast.alice, flag=story[0]
        )
        answers = draft.answers | {
            "next_contact_on": "next week",
            "minutes": "ten",
            "note": "One\nTwo",
            "outcome": "reached",
        }
        return care.save(encounter=draft, answers=answers, revision=draft.revision, by=cast.alice)


@pytest.fixture
def tab(cast, draft, live_server, settings):
    """Alice on the page of the draft. `saves` collects what the browser sends."""
    settings.SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(cast.alice)
    cookies = [(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)]
    with chromium() as browser:
        tab = open_tab(browser, live_server, cookies=cookies)
        tab.saves, tab.asked = [], []
        tab.on("request", lambda sent: tab.saves.append(sent) if sent.url.endswith("/save/") else None)
        tab.on("dialog", lambda dialog: (tab.asked.append(dialog.type), dialog.accept()))
        tab.goto(f"/portal/encounters/{draft.public_id}/")
        tab.wait_for_function("window.htmx")
        yield tab


def kept(draft):
    with as_owner():
        return Encounter.objects.get(pk=draft.pk)


def complaints(tab):
    """Chromium says of a day that is none that it leaves it out."""
    return [said for said in tab.complaints if "yyyy-MM-dd" not in said]


def becomes(tab, draft, note):
    """Waits until the draft's note is this one."""
    for _ in range(50):
        if kept(draft).answers.get("note") == note:
            return
        tab.wait_for_timeout(100)
    assert kept(draft).answers.get("note") == note


def test_nothing_is_saved_that_nobody_typed(tab, draft):
    for again in (lambda: None, tab.reload, lambda: (tab.goto("/portal/"), tab.go_back())):
        again()
        tab.wait_for_function("window.htmx")
        tab.wait_for_timeout(LONG_ENOUGH_MS)
        assert tab.saves == []
    assert kept(draft).revision == draft.revision
    assert tab.asked == complaints(tab) == []


def test_the_line_says_saved_only_after_a_save(tab, draft):
    line = tab.locator(STATE)
    expect(line).to_have_attribute("data-state", "idle")
    expect(line).to_contain_text("Saved ")  # before, and when
    tab.locator("#visit [name=note]").fill("One\nTwo.")
    expect(line).to_have_attribute("data-state", "saved")
    becomes(tab, draft, "One\nTwo.")


@pytest.mark.parametrize("way", ["a link", "reload", "another address", "closed"])
def test_whoever_leaves_at_once_loses_nothing_and_is_asked_nothing(tab, draft, way):
    other = tab.context.new_page()
    tab.bring_to_front()
    tab.locator("#visit [name=note]").fill("Evening dose")
    if way == "a link":
        tab.locator(".page-head a").first.click()
    elif way == "reload":
        tab.reload()
    elif way == "another address":
        tab.goto("/portal/")
    else:
        tab.close(run_before_unload=True)
    becomes(other, draft, "Evening dose")
    assert len(tab.saves) == 1
    assert kept(draft).revision == draft.revision + 1
    assert tab.asked == complaints(tab) == []


def test_a_save_under_way_asks_before_the_page_is_left(tab, draft):
    held = []
    tab.route("**/save/", lambda route: held.append(route))
    tab.locator("#visit [name=note]").fill("Evening dose")
    expect(tab.locator(STATE)).to_have_attribute("data-state", "saving")
    tab.locator(".page-head a").first.click()
    assert tab.asked == ["beforeunload"]


def test_who_stays_after_all_goes_on_with_the_draft(tab, draft):
    """A telephone number is a link, too: the page is told that it will be left, and stays."""
    note = tab.locator("#visit [name=note]")
    note.fill("Evening dose")
    tab.evaluate("window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    expect(tab.locator(STATE)).to_have_attribute("data-state", "saved")
    becomes(tab, draft, "Evening dose")
    note.fill("Morning dose")
    becomes(tab, draft, "Morning dose")
    expect(tab.locator("#draft-state [role=alert]")).to_have_count(0)
    assert complaints(tab) == []


def test_under_the_lock_nothing_is_sent(tab, draft):
    tab.locator("#visit [name=note]").fill("Evening dose")
    tab.evaluate("document.documentElement.dataset.locked = ''; window.dispatchEvent(new Event('pagehide'))")
    tab.wait_for_timeout(200)
    assert tab.saves == []
