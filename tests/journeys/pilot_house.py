"""An empty house, and people who do everything by its pages: they sign in by password, fill forms in, and read what comes."""

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import cached_property
from html import unescape
from urllib.parse import urljoin

from django.core import mail
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse

from carecoord.kernel.jobs import actions as jobs
from tests.factories.cast import PASSWORD
from tests.forms.page import Page

MORNING = time(15, tzinfo=UTC)
"""Ten at the pharmacies."""


@dataclass
class House:
    """`clock` is the traveller of time_machine; `passwords` what everybody chose; `browsers` are open for one day."""

    clock: object
    passwords: dict = field(default_factory=dict)
    browsers: dict = field(default_factory=dict)
    server: ClientHandler = field(default_factory=lambda: ClientHandler(enforce_csrf_checks=False))

    def on(self, day):
        """The workers do what waits; then it is the morning of that day, and nobody is signed in."""
        self.work()
        self.clock.move_to(datetime.combine(day, MORNING))
        self.browsers.clear()

    def work(self):
        """The workers do what waits."""
        jobs.drain()

    def new_browser(self):
        """All share one server, which is started once."""
        client = Client()
        client.handler = self.server
        return client

    def browser(self, name):
        """Of a person, by their first name; signed in with the password."""
        if name not in self.browsers:
            client, address = self.new_browser(), f"{name}@example.org"
            answer = client.post(
                reverse("account_login"), {"login": address, "password": self.passwords.get(name, PASSWORD)}
            )
            assert answer.status_code == 302, f"{name} cannot sign in"
            self.browsers[name] = client
        return self.browsers[name]

    def read(self, name, address):
        """The page as its words, tags taken out."""
        return words(self.open(name, address))

    def open(self, name, address):
        """The page as HTML."""
        answer = self.browser(name).get(address)
        assert answer.status_code == 200, f"{name} {address}: {answer.status_code} {words(answer.content.decode())}"
        return answer.content.decode()

    def look(self, name, address):
        """The page as `fill` takes and gives it."""
        return Shown(self, name, address)

    def rows(self, name, address):
        """A CSV file as dicts."""
        return list(csv.DictReader(io.StringIO(self.open(name, address))))

    def fill(self, name, page, /, *, to="", press="", stays=False, **given):
        """Opens a page, or takes one that is open, fills its form in as a person would, and sends it.

        `to`: where the form goes; `press`: the value of its button; `stays`: it leads to no other page, as a search or a refusal. A
        select takes its words. Returns the page that comes: its `address`, its `text` (HTML), its `words`.
        """
        page, html = (page, self.open(name, page)) if isinstance(page, str) else (page.address, page.text)
        form = _form(html, page, to, press)
        data = {each.name: each.values for each in form.controls.values() if each.values}
        for asked, value in given.items():
            assert asked in form.controls, f"{page} does not ask for {asked}: {sorted(form.controls)}"
            value = value if isinstance(value, list) else [str(value)]
            data[asked] = [_choice(html, form.controls[asked], each) for each in value]
        answer = self.browser(name).post(urljoin(page, form.action) or page, data)
        assert (answer.status_code == 302) is not stays, f"{name} {page}: {words(answer.content.decode())}"
        return Shown(self, name, page, answer.content.decode()) if stays else Shown(self, name, answer.url)

    def join(self, inviter, name, role, *, face="portal", place="", since):
        """Somebody is invited, opens the link of the e-mail, sets a password, and is in."""
        where = {"place": place} if face == "pbm" else {}
        given = {"email": f"{name}@example.org", "name": name.title(), "role": role, "since": since}
        self.fill(inviter, reverse(f"{face}:invite"), **given, **where)
        letter = next(each for each in reversed(mail.outbox) if each.to == [given["email"]])
        client = self.new_browser()
        client.get(re.search(r"http://testserver(/invitation/\S+/)", letter.body)[1])
        answer = client.post(
            reverse("invitation"), {"name": given["name"], "password": PASSWORD, "again": PASSWORD}, follow=True
        )
        assert answer.status_code == 200, answer.content.decode()
        self.browsers[name] = client


class Shown:
    """A page that somebody has before them; one to which a form led is opened when it is read."""

    def __init__(self, house, name, address, text=None):
        self.house, self.name, self.address = house, name, address
        if text is not None:
            self.text = text

    @cached_property
    def text(self):
        return self.house.open(self.name, self.address)

    @cached_property
    def words(self):
        return words(self.text)


def words(html):
    """What a page says, in one line."""
    bare = re.sub(r"<(script|style|svg|template)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def dollars(cents):
    """-123456 -> '-$1,234.56'."""
    return f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}"


def link(html, text):
    """Where the link with these words leads."""
    found = [
        href
        for href, inner in re.findall(r'<a\b[^>]*href="([^"]+)"[^>]*>(.*?)</a>', html, re.S)
        if text in words(inner)
    ]
    assert found, f"No link says {text!r}"
    return unescape(found[0])


def _form(html, page, to, press):
    """The one form that goes there, with the button that is pressed."""
    sent = [each for form in Page(html).forms if form.method == "post" for each in form.sent()]
    found = [
        each
        for each in sent
        if (to in urljoin(page, each.action) if to else not _is_everywhere(each))
        and (not press or press in [value for control in each.controls.values() for value in control.values])
    ]
    assert found, f"{page} has no form to {to} with {press}: {[each.action for each in sent]}"
    return found[0]


def _is_everywhere(form):
    """Signing out, locking, choosing a place: they stand on every page."""
    return any(word in form.action for word in ("logout", "/lock/", "/place/", "/keep-alive/"))


def _choice(html, control, value):
    """The value of a select's option, by its value or by its words."""
    if control.kind != "select" or value in control.choices:
        return value
    select = re.search(rf'<select\b[^>]*name="{control.name}".*?</select>', html, re.S)[0]
    options = re.findall(r'<option\b[^>]*value="([^"]*)"[^>]*>(.*?)</option>', select, re.S)
    found = [unescape(code) for code, said in options if value in words(said)]
    assert len(found) == 1, f"{control.name}: {value!r} names {len(found)} of {[words(said) for _, said in options]}"
    return found[0]
