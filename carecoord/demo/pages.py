"""Every page that somebody of the demo can open: walked from the URLconf, with objects that the person may see."""

import re
from dataclasses import dataclass

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

from carecoord.kernel.accounts.actions import invitations
from carecoord.kernel.accounts.models import Invitation, User
from carecoord.kernel.tenancy import context
from patients.measures.models import MeasureResult

from .people import password

SLOT = re.compile(r"<(?:\w+:)?\w+>")
NOUN = re.compile(r"([\w-]+)/<")
"""What an address says before an id: what the id is of."""
CALLED = {
    "attested": "serviceattestation",
    "conflict-rulings": "conflictruling",
    "feeds": "delivery",
    "opt-ins": "participation",
    "papers": "credential",
    "people": "user",
    "webhooks": "endpoint",
}
"""What addresses call by another name than the model."""
FACES = {
    "portal/": ("alice", "charlie", "olive", "bob"),
    "pbm/claims/": ("erin", "dana", "ada"),
    "pbm/recoupments/": ("erin",),
    "pbm/invoices/": ("erin",),
    "pbm/webhooks/": ("ada",),
    "pbm/": ("dana", "erin", "ada", "grace", "vera"),
    "": ("", "alice"),
}
"""Prefix of the address -> whom to ask, in this order; the empty name is a visitor."""
LEAVES = ("metrics", "health", "ready", "api/")
MOST_OBJECTS = 20
KINDS = ("protocol", "status", "frequency")
"""Columns by which objects of one table look different on a page."""
VIEWS = {
    "portal/": ("show=mine", "segment=near_miss"),
    "portal/billing/": ("status=denied",),
    "portal/vaccines/": ("show=all",),
    "portal/patients/<uuid:public_id>/facts/": ("kind=caregiver",),
    "portal/patients/<uuid:public_id>/": ("timeline=all",),
    "pbm/claims/": ("status=all", "status=pended", "status=approved"),
    "pbm/network/pharmacies/": ("papers=90",),
    "pbm/roster/letters/": ("state=printed", "state=sent"),
}
"""Route -> queries by which its page looks different."""
CODES = {"<slug:code>": ("supd", "pdc_rasa"), "<str:code>": ("flags.points_urgent",)}
"""Slot -> codes that stand in an address: of measures, of parameters."""
LEADS_TO = {"portal/flags/<uuid:public_id>/": "portal/?open=<uuid:public_id>"}
"""Route -> the page that it sends people to, and which has no route of its own."""


@dataclass(frozen=True)
class Page:
    route: str
    path: str
    who: str
    session: str
    """The cookie that signs the browser in; empty for a visitor."""
    status: int = 200


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
                found += [Page(route, path, name or "a visitor", _session(client)) for path in pages]
                break
    alice, _ = people["alice"]
    return [*found, *_refusals(alice), *_doors()]


def _person(name):
    """Signed in by the page itself, so that nobody is asked for the password once more."""
    client = Client(raise_request_exception=False)
    user = User.objects.filter(email=f"{name}@demo.example").first() if name else None
    if user is not None:
        client.post("/login/", {"login": user.email, "password": password()})
        client.post("/reauthenticate/", {"password": password()})
    return client, user


def _session(client):
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


def _refusals(client):
    """What is not there, and what somebody may not see."""
    asked = {"portal/nothing-here/": 404, "pbm/claims/": 403}
    return [Page(f"{path} ({status})", f"/{path}", "alice", _session(client), status) for path, status in asked.items()]


def _doors():
    """Pages that a session leads to: the choice among two stores, the lock, an invitation, a code, a new password."""
    found = []
    halfway, user = _person("sam")
    if user is not None:
        asks = "second-factor/authenticate/"
        found.append(Page(asks, f"/{asks}", "sam, by password", _session(halfway)))
        forgot, key = Client(), f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        way = forgot.get(f"/password/reset/key/{key}/").headers["Location"]
        found.append(Page("password/reset/key/", way, "sam, by the link", _session(forgot)))
    chooses, user = _person("pia")
    if user is not None:
        found.append(Page("place/", "/place/", "pia", _session(chooses)))
    locked, user = _person("bob")
    if user is not None:
        locked.post("/lock/")
        found.append(Page("lock/", "/lock/", "bob", _session(locked)))
    _, owner = _person("olive")
    if owner is not None:
        with context.acting_as(owner.scope):
            asked = Invitation.objects.filter(accepted_at=None, cancelled_at=None).first()
        invited = Client()
        invited.get(f"/invitation/{invitations.token_of(asked)}/")
        found.append(Page("invitation/ (open)", "/invitation/", "somebody invited", _session(invited)))
    return found


def _routes(resolver, before=""):
    for entry in resolver.url_patterns:
        pattern = re.sub(r"[\^$\\]|\\Z|\.\?Z", "", before + str(entry.pattern))
        yield from [pattern] if isinstance(entry, URLPattern) else _routes(entry, pattern)


def _paths(route, user):
    """The address itself, or filled with ids of what the person may see."""
    for slot, codes in CODES.items():
        if slot in route:
            return [path for code in codes for path in _paths(route.replace(slot, code), user)]
    slots = SLOT.findall(route)
    if "(" in route or len(slots) > 1:
        return []
    if not slots:
        return [f"/{route}{query}" for query in _queries(route)]
    if user is None or user.scope is None:
        return []
    keys, route = _keys(route, user), LEADS_TO.get(route, route)
    more = [f"/{SLOT.sub(key, route)}{query}" for key in keys[:1] for query in _queries(route)[1:]]
    return ["/" + SLOT.sub(key, route) for key in keys] + more


def _queries(route):
    return ["", *(f"?{query}" for query in VIEWS.get(route, ()))]


def _keys(route, user):
    """Public ids (or ids) of rows of the model that the address names; one of each kind, where kinds look different."""
    if "/results/" in route:
        return _judged(route, user)
    noun = NOUN.search(route.lower()).group(1)
    model = next((each for each in _models() if _means(CALLED.get(noun, noun), each)), None)
    if model is None:
        return []
    with context.acting_as(user.scope):
        rows = _rows(model, user)
        columns = [name for name in KINDS if name in {field.name for field in model._meta.fields}]
        kinds = list(rows.order_by(*columns).values(*columns).distinct()) if columns else [{}]
        chosen = [rows.filter(**kind).first() for kind in kinds[:MOST_OBJECTS]]
        return [str(getattr(row, "public_id", row.pk)) for row in chosen if row is not None]


def _judged(route, user):
    """A patient with a result in the measure that the address ends with; in any where it names none."""
    with context.acting_as(user.scope):
        rows = MeasureResult.objects.visible_to(user).filter(denominator=True).select_related("patient")
        code = route.rstrip("/").rpartition("/")[2]
        row = (rows.filter(measure=code) if code != "results" else rows).order_by("-pk").first()
        return [str(row.patient.public_id)] if row else []


def _rows(model, user):
    if model is User:
        return User.objects.filter(memberships__organisation=user.membership.organisation).exclude(pk=user.pk)
    return getattr(model.objects, "visible_to", lambda _: model.objects.all())(user).order_by("-pk")


def _models():
    """Short names first: `claim` is a claim, not a claim's line."""
    ours = [m for m in apps.get_models() if getattr(m, "walls", None) or getattr(m, "grants", None)]
    return sorted(ours, key=lambda model: len(model._meta.model_name))


def _means(noun, model):
    noun = noun.replace("-", "")
    singular = re.sub(r"ies$", "y", noun) if noun.endswith("ies") else noun.rstrip("s")
    return model._meta.model_name.endswith((noun, singular))


def _is_page(client, path):
    answer = client.get(path)
    return answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/html")
