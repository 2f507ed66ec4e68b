"""Every page that somebody of the demo can open: walked from the URLconf, with objects that the person may see."""

import re
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

from carecoord.kernel.accounts.models import User
from carecoord.kernel.tenancy import context

SLOT = re.compile(r"<(?:\w+:)?\w+>")
FACES = {
    "portal/": ("alice", "charlie", "olive", "bob"),
    "pbm/": ("dana", "erin", "ada", "grace", "vera"),
    "": ("", "alice"),
}
"""Prefix of the address -> whom to ask, in this order; the empty name is a visitor."""
LEAVES = ("logout", "metrics", "health", "ready", "api/")
VERBS = ("", "add", "change", "delete", "history")
MOST_OBJECTS = 2
KINDS = ("protocol", "status", "state")
"""Columns by which objects of one table look different on a page."""


@dataclass(frozen=True)
class Page:
    route: str
    path: str
    who: str
    session: str
    """The cookie that signs the browser in; empty for a visitor."""


def everything():
    """A Page for each address that answers GET with HTML, asked by the first person for whom it is there."""
    people = {name: _person(name) for names in FACES.values() for name in names}
    found = []
    for route in _routes(get_resolver()):
        if route.startswith(LEAVES) or route.endswith(".csv"):
            continue
        names = next(names for prefix, names in FACES.items() if route.startswith(prefix))
        for name in names:
            client, user = people[name]
            pages = [path for path in _paths(route, user) if _is_page(client, path)]
            if pages:
                session = client.cookies.get(settings.SESSION_COOKIE_NAME)
                found += [Page(route, path, name or "a visitor", session.value if session else "") for path in pages]
                break
    return found


def _person(name):
    client = Client(raise_request_exception=False)
    user = User.objects.filter(email=f"{name}@demo.example").first() if name else None
    if user is not None:
        client.force_login(user)
    return client, user


def _routes(resolver, before=""):
    for entry in resolver.url_patterns:
        pattern = re.sub(r"[\^$\\]|\\Z|\.\?Z", "", before + str(entry.pattern))
        yield from [pattern] if isinstance(entry, URLPattern) else _routes(entry, pattern)


def _paths(route, user):
    """The address itself, or filled with ids of what the person may see."""
    slots = SLOT.findall(route)
    if not slots:
        return ["/" + route] if "(" not in route else []
    if len(slots) > 1 or user is None or user.scope is None:
        return []
    return ["/" + SLOT.sub(key, route) for key in _keys(route, user)]


def _keys(route, user):
    """Public ids (or ids) of rows of the model that the address names; one of each kind, where kinds look different."""
    words = [word for word in re.split(r"\W+", SLOT.sub("", route).lower()) if word not in VERBS]
    model = next((m for word in reversed(words) for m in _models() if _means(word, m)), None)
    if model is None:
        return []
    with context.acting_as(user.scope):
        rows = getattr(model.objects, "visible_to", lambda _: model.objects.all())(user).order_by("-pk")
        column = next((c for c in KINDS if c in {f.name for f in model._meta.fields}), None)
        kinds = list(rows.order_by(column).values_list(column, flat=True).distinct()) if column else [None]
        chosen = [rows.filter(**({column: kind} if column else {})).first() for kind in kinds[:MOST_OBJECTS]]
        return [str(getattr(row, "public_id", row.pk)) for row in chosen if row is not None]


def _models():
    """Short names first: `claim` is a claim, not a claim's line."""
    ours = [m for m in apps.get_models() if getattr(m, "walls", None) or getattr(m, "grants", None)]
    return sorted(ours, key=lambda model: len(model._meta.model_name))


def _means(word, model):
    singular = re.sub(r"ies$", "y", word) if word.endswith("ies") else word.rstrip("s")
    return model._meta.model_name.endswith((word, singular))


def _is_page(client, path):
    answer = client.get(path)
    return answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/html")
