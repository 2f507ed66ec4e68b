"""Pictures of pages in a real browser, and a contact sheet. Needs Playwright and Chromium, only here."""

import html
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
WIDTHS, SCHEMES = (1440, 390), ("light", "dark")
HEIGHT, TALLEST = 900, 12_000


class NoBrowser(Exception):
    """Pictures cannot be taken here. Says what is missing."""


@dataclass(frozen=True)
class Picture:
    """`faults`: what can be seen without looking, such as a page that is wider than the window."""

    page: object
    width: int
    scheme: str
    file: str
    faults: tuple


def playwright():
    """Raises NoBrowser."""
    try:
        return import_module("playwright.sync_api").sync_playwright
    except ModuleNotFoundError as error:
        raise NoBrowser(
            "Pictures need Playwright, which only developers' environments have: install requirements-dev.lock."
        ) from error


@contextmanager
def served():
    """This process answers on a free port of this machine; gives the address."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args):
            """The request log has it."""

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def take(pages, folder, *, address, say):
    """A picture of each page at each width in each scheme. Returns Pictures. Raises NoBrowser."""
    pictures = []
    try:
        with playwright()() as driver:
            options = {"executable_path": str(CHROMIUM)} if CHROMIUM.exists() else {}
            browser = driver.chromium.launch(args=list(FLAGS), **options)
            for width in WIDTHS:
                for scheme in SCHEMES:
                    say(f"{len(pages)} pages at {width} px, {scheme}")
                    pictures += _round(browser, pages, folder, address, width, scheme)
            browser.close()
    except import_module("playwright.sync_api").Error as error:
        if "Executable doesn't exist" not in str(error):
            raise
        raise NoBrowser(
            "Pictures need Chromium: Debian's package chromium, or `playwright install chromium`."
        ) from error
    return pictures


def _round(browser, pages, folder, address, width, scheme):
    found = []
    for session in sorted({page.session for page in pages}):
        window = browser.new_context(base_url=address, viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
        if session:
            window.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
        for number, page in enumerate(pages):
            if page.session == session:
                file = f"{number:03}-{_slug(page.route)}-{width}-{scheme}.png"
                found.append(Picture(page, width, scheme, file, _shoot(window, page, width, folder / file)))
        window.close()
    return found


def _shoot(window, page, width, file):
    tab, faults = window.new_page(), []
    tab.on("console", lambda said: said.type in ("error", "warning") and faults.append(said.text))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    answer = tab.goto(page.path, wait_until="load")
    if answer.status != page.status:
        faults.append(f"answered {answer.status}")
    if (arrived := urlsplit(tab.url).path) != urlsplit(page.path).path:
        faults.append(f"led to {arrived}")
    over = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if over > 0:
        faults.append(f"{over} px wider than the window")
    # A window as tall as the page: bars that are fixed to the window's edge stay at the page's edge.
    height = tab.evaluate("document.documentElement.scrollHeight")
    tab.set_viewport_size({"width": width, "height": max(HEIGHT, min(height, TALLEST))})
    tab.screenshot(path=file, full_page=True)
    tab.close()
    return tuple(faults)


def _slug(route):
    return re.sub(r"\W+", "-", re.sub(r"<[^>]*>", "one", route)).strip("-")[:60] or "start"


STYLE = (
    "body{font:14px system-ui;margin:24px;background:#888}article{background:#fff;padding:12px;margin-bottom:24px}"
    "div{display:flex;gap:12px;align-items:flex-start}img{border:1px solid #888;max-height:900px;max-width:100%}"
    "figure{margin:0}.w1440{width:36%}.w390{width:12%}.fault{color:#b00}"
)


def contact_sheet(pictures):
    """One HTML page: a row of pictures for each page, what is wrong in red."""
    rows, by_page = [], {}
    for picture in pictures:
        by_page.setdefault(picture.page, []).append(picture)
    for page, taken in by_page.items():
        figures = "".join(
            f'<figure class="w{p.width}"><a href="{p.file}"><img src="{p.file}" loading="lazy" alt=""></a>'
            f"<figcaption>{p.width} px, {p.scheme}"
            + "".join(f'<br><b class="fault">{html.escape(fault)}</b>' for fault in p.faults)
            + "</figcaption></figure>"
            for p in taken
        )
        rows.append(f"<article><h2>/{html.escape(page.route)}</h2><p>as {page.who}</p><div>{figures}</div></article>")
    return f"<!doctype html><meta charset=utf-8><title>Every page</title><style>{STYLE}</style>{''.join(rows)}"
