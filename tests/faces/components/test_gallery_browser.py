"""The gallery in a real Chromium, under the strict policy: axe, no overflow, keys, themes, the idle warning. No
server: pages are handed over."""

import mimetypes
import re
from pathlib import Path

import axe_playwright_python
import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, a development dependency")
pytestmark = pytest.mark.browser

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
SITE = "http://localhost"


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, page):
    """Opens the gallery; collects what the browser complains about."""
    contexts = []

    def open_page(width=1440, scheme="light", *, clock=False, **context):
        html = page(**context)
        where = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(where)
        tab = where.new_page()
        tab.complaints = []
        tab.on("console", lambda said: said.type in ("error", "warning") and tab.complaints.append(said.text))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.route("**/*", lambda route: answer(route, html))
        if clock:
            tab.clock.install()
        tab.goto(f"{SITE}/portal/today/")
        return tab

    yield open_page
    for where in contexts:
        where.close()


def answer(route, html):
    path = route.request.url.removeprefix(SITE)
    if not path.startswith("/static/"):
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
        return
    found = finders.find(path.removeprefix("/static/"))
    if found:
        route.fulfill(body=Path(found).read_bytes(), content_type=mimetypes.guess_type(found)[0])
    else:
        route.fulfill(status=404)


def violations(tab):
    session = tab.context.new_cdp_session(tab)  # the debugger's door: the page's own policy stays as strict as it is
    found = "r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' '))])"
    asked = f"{AXE};axe.run().then(r => JSON.stringify({found}))"
    return session.send("Runtime.evaluate", {"expression": asked, "awaitPromise": True})["result"]["value"]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_overflows(opened, width, scheme):
    tab = opened(width, scheme)
    assert violations(tab) == "[]"
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.complaints == []


@pytest.mark.parametrize("name", ["400.html", "500.html", "503.html"])
def test_axe_finds_nothing_on_a_page_that_needs_nothing_else_to_work(chromium, name):
    html = get_template(name).render({})
    where = chromium.new_context(viewport={"width": 390, "height": 900}, color_scheme="dark")
    tab = where.new_page()
    tab.route("**/*", lambda route: answer(route, html))
    tab.goto(f"{SITE}/")
    assert violations(tab) == "[]"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    where.close()


def test_axe_is_really_asked(opened):
    tab = opened()
    tab.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input>')")
    assert "label" in violations(tab)


def test_no_cell_of_the_worklist_leaves_its_table(opened):
    for width in (1440, 1360, 1200, 1100, 1000, 800, 700, 390):
        tab = opened(width)
        outside = """[...document.querySelectorAll('.worklist td, .worklist th')].filter(cell => cell.offsetParent &&
            getComputedStyle(cell).clipPath === 'none' && !cell.closest('thead') &&
            cell.getBoundingClientRect().right > cell.closest('.table-wrap').getBoundingClientRect().right +
            1).length"""
        assert tab.evaluate(outside) == 0, width


def test_the_worklist_is_worked_by_keys(opened):
    tab = opened()
    name = "document.querySelector('tr[data-active] [data-open]')?.textContent"
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    assert tab.evaluate(name).startswith("Abernathy")
    tab.keyboard.press("k")
    assert tab.evaluate(name).startswith("Okafor")
    assert tab.evaluate("document.activeElement === document.querySelector('tr[data-active] [data-open]')")
    tab.keyboard.press("?")
    assert tab.evaluate("document.querySelector('[data-keys]').open")


def test_keys_are_letters_while_somebody_writes(opened):
    tab = opened()
    tab.focus("#search-q")
    tab.keyboard.type("jk?")
    assert tab.input_value("#search-q") == "jk?"
    assert tab.evaluate("document.querySelector('tr[data-active]')") is None


def test_the_theme_switch_beats_the_system_and_is_remembered(opened):
    tab = opened(scheme="light")
    light = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.click(".menu > summary")
    tab.click("[data-theme-choice=dark]")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert "cc_theme=dark" in tab.evaluate("document.cookie")
    assert opened(scheme="dark", theme="light").evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_a_warning_comes_before_the_sign_out(opened):
    tab = opened(clock=True, idle_minutes=15)
    tab.clock.run_for("12:50")
    assert not tab.is_visible("[data-idle]")
    tab.clock.run_for("00:20")
    assert tab.is_visible("[data-idle]")
    assert "2 min" in tab.inner_text("[data-idle-left]")


def test_the_warning_is_hidden_before_the_sheet_of_the_shell_has_come(opened):
    tab = opened()
    tab.route("**/shell.css", lambda route: route.abort())
    tab.reload()
    assert tab.is_visible("main")
    assert not tab.is_visible("[data-idle]")


def test_staying_takes_the_warning_away(opened):
    tab = opened(clock=True, idle_minutes=15)
    tab.clock.run_for("13:10")
    tab.click("[data-idle-stay]")
    tab.wait_for_selector("[data-idle]", state="hidden")
    tab.clock.run_for("05:00")
    assert not tab.is_visible("[data-idle]")


def test_an_abandoned_page_is_left(opened):
    tab = opened(clock=True, idle_minutes=15)
    tab.clock.run_for("15:01")
    tab.wait_for_url(re.compile(r"/login/\?idle=1&next=%2Fportal%2Ftoday%2F$"))


def test_print_shows_neither_controls_nor_navigation(opened):
    tab = opened()
    tab.emulate_media(media="print")
    assert not tab.is_visible(".nav")
    assert not tab.is_visible("main .btn >> nth=0")
    assert tab.is_visible(".strip svg >> nth=0")
