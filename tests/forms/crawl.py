"""Every form of every page, as everybody who may open it, sent once as it should be and then with what nobody should send.

Each sending runs in a savepoint that is taken back, so that no try meets what another one left.
"""

import re
import sys
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from allauth.account.internal.userkit import user_id_to_str
from django.apps import apps
from django.contrib.messages import constants, get_messages
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict
from psycopg import Error

from carecoord.kernel.words import tidy
from tests.conftest import as_owner
from tests.matrix import walk

from . import bad
from .page import TEXTS, Page

QUIET = ("logout", "lock/", "keep-alive")
MOST_LINKS = {"portal/patients/<uuid:public_id>/facts/": 14}
"""Of the links that ask one page for more; elsewhere three."""


@dataclass
class Sent:
    """What one sending came to. `faults`: what is wrong with the answer, in words."""

    asker: str
    route: str
    name: str
    label: str
    status: int
    outcome: str
    faults: list = field(default_factory=list)

    def __str__(self):
        return f"{self.asker} {self.route} {self.name}={self.label} {self.status}: {'; '.join(self.faults)}"


class Browser:
    """A client that forgets what each sending did, and sees what a person would."""

    def __init__(self, client, asker):
        self.client, self.asker, self.raised = client, asker, ""
        client.raise_request_exception = False

    @contextmanager
    def watched(self):
        def note(**_):
            self.raised = "".join(traceback.format_exception(*sys.exc_info())[-6:])

        self.raised = ""
        got_request_exception.connect(note)
        cookies = dict(self.client.cookies)
        try:
            with transaction.atomic():
                cache.clear()
                yield
                transaction.set_rollback(True)
        finally:
            got_request_exception.disconnect(note)
            self.client.cookies.clear()
            self.client.cookies.update(cookies)

    def get(self, path):
        with self.watched():
            response = self.client.get(path)
            response.body = body_of(response)
        return response

    def send(self, form, data):
        """(response, whether rows were written, what is wrong with them)."""
        with self.watched():
            before = walk.written()
            response = self._send(form, data)
            response.body = body_of(response)
            touched = {table for table, count in walk.written().items() if count != before[table]}
            wrote = response.status_code < 400 and bool(touched)
            nonsense = stored_nonsense(touched) if wrote and not self.raised else []
        return response, wrote, nonsense

    def _send(self, form, data):
        if form.method == "get":
            return self.client.get(f"{form.action.partition('?')[0]}?{urlencode(pairs(data))}")
        if form.is_multipart:
            return self.client.post(form.action, parts(form, data))
        kind = "application/x-www-form-urlencoded"
        return self.client.generic("POST", form.action, urlencode(pairs(data)), content_type=kind)


def pairs(data):
    return [(name, value) for name, values in data.items() for value in values]


def parts(form, data):
    made = {}
    for name, values in data.items():
        is_file = form.controls[name].kind == "file"
        made[name] = [bad.file_of(v) if is_file else v.decode("latin-1") if isinstance(v, bytes) else v for v in values]
    return made


def body_of(response):
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    return raw.decode("utf-8", "replace") if "html" in response.headers.get("Content-Type", "") else ""


SEEN = r"""[^\s\u200b-\u200f\u2060-\u2064\u3164\ufeff]"""
HIDDEN = r"""[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069\ufffd]"""


def _checks(tables):
    """SQL that names table and column of every row that holds what nobody meant."""
    for model in apps.get_models():
        table = model._meta.db_table
        if table not in tables or table == "jobs_outbox" or not model._meta.managed:
            continue
        columns = {f.column: f.get_internal_type() for f in model._meta.concrete_fields}
        for name, kind in columns.items():
            column = f'"{name}"'
            wrong = {
                "DateField": f"extract(year from {column}) not between 1900 and 2200",
                "DateTimeField": f"extract(year from {column}) not between 1900 and 2200",
                "CharField": f"({column} <> '' and {column} !~ '{SEEN}') or {column} ~ '{HIDDEN}'",
                "TextField": f"({column} <> '' and {column} !~ '{SEEN}') or {column} ~ '{HIDDEN}'",
                "JSONField": f"{column}::text ~ '{HIDDEN}' or {column}::text ~ '[^\\\\]\\\\u00(0[0-8bcef]|1)'",
            }.get(kind)
            if wrong:
                yield f"select '{table}.{name}' where exists (select 1 from {table} where {wrong})"  # noqa: S608
        for first, last in (("since", "until"), ("starts_on", "ends_on")):
            if {first, last} <= set(columns):
                yield f"select '{table}: {last} before {first}' where exists (select 1 from {table} where {last} < {first})"  # noqa: S608


def stored_nonsense(tables):
    """What a commit would refuse, and where in what was written there is now what nobody meant."""
    try:
        with as_owner(), connection.connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute("set constraints all deferred")  # else it lasts beyond the savepoint
            checks = " union all ".join(_checks(tables))
            return [row[0] for row in cursor.execute(checks).fetchall()] if checks else []
    except Error as refusal:
        return [f"no commit: {refusal}"]


def pages(browser, cast, more=()):
    """(path, Page) of everything that answers a GET with a page, the links that ask the same page for more included."""
    addresses, look_ups = by_path(cast), walk.LookUps()
    seen, waiting, links = set(), [*more, *addresses], {}
    while waiting:
        path = waiting.pop(0)
        address = addresses.get(path, walk.Address(route_of(path), path, path))
        if path in seen or path.lstrip("/").startswith(QUIET) or look_ups.in_vain(address, "get"):
            continue
        seen.add(path)
        with look_ups.watched(address, "get") as told:
            response = browser.get(path)
            told(response.status_code)
        if response.status_code >= 500 or browser.raised:
            yield path, browser.raised or str(response.status_code)
            continue
        if response.status_code != 200 or not response.body:
            continue
        yield path, Page(response.body)
        for href in re.findall(r'href="([^"]*\?[^"]+)"', response.body):
            target = urlsplit(urljoin(path, href.replace("&amp;", "&")))
            at = route_of(target.path)
            if at and not target.netloc and links.setdefault(at, 0) < MOST_LINKS.get(at, 3):
                links[at] += 1
                waiting.append(f"{target.path}?{target.query}")


def by_path(cast):
    """Own path -> address of everything there is."""
    return {address.own: address for address in sorted(walk.addresses(cast.a, cast.b), key=lambda one: one.own)}


def route_of(path):
    try:
        return resolve(path).route
    except Resolver404:
        return ""


def forms_of(path, page, seen, *, but=QUIET):
    """The forms that were not met before: the same address, fields and button are the same form."""
    for each in page.forms:
        for form in each.sent():
            form.action = urljoin(path, form.action or path)
            route = route_of(form.action.partition("?")[0])
            buttons = tuple(sorted(c.values[0] for n, c in form.controls.items() if c.kind == "hidden" and n in DEEDS))
            key = (route, form.method, tuple(sorted(form.controls)), buttons)
            if key not in seen and not route.startswith(but):
                seen.add(key)
                yield route, form


DEEDS = ("do", "add", "deed", "action", "kind", "protocol", "format", "remove")


def attack(browser, route, form, *, how=""):
    """Sent as it should be, which tells a question from a deed; then with bad values, one field at a time and all at once.

    `how`: "" lets fields of one kind share the worst values, "fitting" sends each field all that is bad for its kind, "every"
    everything.
    """
    usual = {name: bad.guess(control) for name, control in form.controls.items() if name != "csrfmiddlewaretoken"}
    response, wrote, nonsense = browser.send(form, usual)
    first = Sent(browser.asker, route, "(usual)", "", response.status_code, "")
    yield judge(browser, first, response, wrote, nonsense)
    is_question = response.status_code == 200 and ("q" in usual or not says_no(response)) or form.method == "get"
    for name, label, value in bad.for_form(form, how=how):
        data = usual | {name: as_list(value)}
        yield _try(browser, route, form, name, label, value, data, is_question)
    for label, value in (bad.EVERY if how == "every" else bad.TOGETHER) if len(usual) > 1 else ():
        kept = [name for name in usual if form.controls[name].kind in ("hidden", "file")]
        data = {name: given if name in kept else as_list(value) for name, given in usual.items()}
        yield _try(browser, route, form, "(all)", label, value, data, is_question)


def as_list(value):
    return [] if value is None else list(value) if isinstance(value, tuple) else [value]


def _try(browser, route, form, name, label, value, data, is_question):
    data = {key: values for key, values in data.items() if values}
    response, wrote, nonsense = browser.send(form, data)
    sent = Sent(browser.asker, route, name, label, response.status_code, "")
    judge(browser, sent, response, wrote, nonsense)
    has_words = any(control.kind in (*TEXTS, "date") for control in form.controls.values())
    if sent.outcome == "refused" and response.status_code == 302 and has_words:
        sent.faults.append("what was typed is lost")
    if sent.outcome == "shown" and not is_question and response.status_code == 200:
        sent.faults.append("nothing says that it was refused")
    if sent.outcome == "refused" and not is_question and isinstance(value, str) and name in form.controls:
        judge_page(sent, response, form.controls[name], value)
    return sent


def judge(browser, sent, response, wrote, nonsense):
    if browser.raised or response.status_code >= 500:
        sent.faults.append(browser.raised or "5xx")
    if bad.SCRIPT in response.body or "<script>alert(1)" in response.body:
        sent.faults.append("not escaped")
    if nonsense:
        sent.faults.append(f"stored: {', '.join(nonsense)}")
    sent.outcome = "refused" if says_no(response) else "done" if wrote else "shown"
    if response.status_code >= 400 and not response.body and "json" not in response.headers.get("Content-Type", ""):
        sent.faults.append("a refusal without a page")
    return sent


def says_no(response):
    """Whether the answer tells of a refusal: by its status, by a message, or on the page."""
    if response.status_code >= 400:
        return True
    request = getattr(response, "wsgi_request", None)
    said = list(get_messages(request)) if hasattr(request, "_messages") else []
    return (
        any(m.level >= constants.ERROR for m in said)
        or 'class="error"' in response.body
        or 'role="alert"' in response.body
    )


def judge_page(sent, response, control, value):
    """The form again: what was typed still in it, and the sentence tied to its field."""
    if response.status_code not in (200, 400, 409, 422):
        return
    page = Page(response.body)
    again = [form.controls[control.name] for form in page.forms if control.name in form.controls]
    if not again:  # a page about something else, such as why no file was written
        return
    if control.kind in TEXTS[:-1] and control.kind != "password" or control.kind in ("textarea", "date"):
        shown = {text.strip() for each in again for text in each.values}
        if value and "\0" not in value and tidy(value) == value and value not in shown:
            sent.faults.append("what was typed is not shown again")
    errors = [key for key in page.by_id if key.endswith("_error")]
    tied = set(re.findall(r'aria-describedby="([^"]*)"', response.body))
    tied = {one for words in tied for one in words.split()}
    if untied := [key for key in errors if key not in tied]:
        sent.faults.append(f"not tied to its field: {untied}")
    if errors and "aria-invalid" not in response.body:
        sent.faults.append("no aria-invalid")


def confirmed(client, user):
    """The password was typed a moment ago: the pages of the own account open."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()


@contextmanager
def names_read():
    """The names that anything looks up in what was asked or sent, while it lasts."""
    found, usual = set(), MultiValueDict.__getitem__

    def noted(self, key):
        if isinstance(key, str):
            found.add(key)
        return usual(self, key)

    MultiValueDict.__getitem__ = noted
    try:
        yield found
    finally:
        MultiValueDict.__getitem__ = usual


def question(browser, path, values):
    """A page asked with each name that it reads, holding what nobody should ask; then with all of them at once."""
    with names_read() as names:
        browser.get(path)
    names -= {"csrfmiddlewaretoken", "X-CSRFToken"}
    route = route_of(path.partition("?")[0])
    for label, value in values:
        for name in [*sorted(names), "(all)"] if len(names) > 1 else names:
            asked = {each: as_list(value) for each in (names if name == "(all)" else [name])}
            response = browser.get(f"{path}?{urlencode(pairs(asked))}")
            yield judge(browser, Sent(browser.asker, route, name, label, response.status_code, ""), response, False, [])
