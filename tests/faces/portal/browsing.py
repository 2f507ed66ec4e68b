"""A real Chromium in front of the real server: every role logs in to the database, the strict policy is on.

axe runs through the debugger, so that the page's own policy stays as strict as it is.
"""

import json
import os
from contextlib import contextmanager
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import sync_playwright

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
LOOKS = [(width, scheme) for width in (1440, 390) for scheme in ("light", "dark")]
PICTURES = os.environ.get("CARECOORD_PICTURES", "")
"""A folder for pictures of every page that a browser test looks at; none without it."""


@contextmanager
def chromium():
    """Playwright keeps an event loop in its thread; Django would take every query beside it for one from async code."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def open_tab(browser, server, *, width=1440, scheme="light", cookies=(), javascript=True):
    """A tab in a context of its own; `complaints` collects what the browser says against the page."""
    context = browser.new_context(
        base_url=server.url.replace("127.0.0.1", "localhost"),
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=javascript,
    )
    context.add_cookies([{"name": name, "value": value, "url": context_url(server)} for name, value in cookies])
    tab = context.new_page()
    tab.set_default_timeout(30_000)
    tab.complaints = []
    tab.on("console", lambda said: said.type in ("error", "warning") and tab.complaints.append(said.text))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    return tab


def context_url(server):
    return server.url.replace("127.0.0.1", "localhost")


def violations(tab):
    """What axe finds: a list of [rule, [selectors]]."""
    session = tab.context.new_cdp_session(tab)

    def evaluated(expression):
        return session.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True})["result"]["value"]

    if evaluated("typeof axe") == "undefined":
        evaluated(f"{AXE};0")
    told = "JSON.stringify(r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' '))]))"
    return json.loads(evaluated(f"axe.run({{resultTypes: ['violations']}}).then(r => {told})"))


def faults(tab, name, looks):
    """(width, scheme, what is wrong) of each look of the page that is open; it is a page's style that tells looks apart, no script."""
    for width, scheme in looks:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour on its way to another
        picture(tab, f"{name}-{width}-{scheme}")
        too_wide = tab.evaluate("document.documentElement.scrollWidth") > width
        if wrong := [*violations(tab), *(["too wide"] if too_wide else []), *tab.complaints]:
            yield width, scheme, wrong
        tab.complaints.clear()


def picture(tab, name):
    """Keeps a picture of the whole page, where a folder for them is named."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
