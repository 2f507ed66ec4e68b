"""Every route, walked from the URLconf, asked by every role for a stranger's objects."""

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import connection
from django.urls import get_resolver

from carecoord.faces.api.authentication import digest
from carecoord.kernel.accounts.models import AccessToken
from tests.architecture.guards import routes
from tests.conftest import as_owner

PEOPLE = ("alice", "bob", "dana", "erin", "grace", "ada", "vera")
ASKERS = ("visitor", *PEOPLE, "frank")
SAFE = ("get", "head", "options")
SESSIONS = "django.contrib.sessions.backends.cache"
"""Thousands of requests in one transaction would leave as many versions of one row, each read on the way to the newest."""
MEASURE = "pdc_rasa"
SLOT = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>|\(\?P<(?P<regex>\w+)>(?:[^()]|\([^)]*\))*\)")


@dataclass(frozen=True)
class Address:
    """A route with ids filled in. `own` is the same route with the ids of the asker's own side; `table` is where their rows are."""

    route: str
    path: str
    own: str
    table: str = ""
    ids: tuple = ()

    @property
    def has_id(self):
        return bool(self.ids)


def rows_of(side):
    """label -> row, of everything that one side of the cast holds."""
    return {name: row for name, row in vars(side).items() if getattr(row, "walls", None) is not None}


def addresses(ours, theirs):
    """Each route with each of a stranger's ids that fits its slots: public ids where it wants a uuid, keys elsewhere."""
    mine, strange = rows_of(ours), rows_of(theirs)
    for pattern, _ in routes(get_resolver()):
        bare = re.sub(r"[\^$\\]|\\Z|\.\?Z", "", pattern)
        slots = list(SLOT.finditer(bare))
        if all(slot["kind"] == "slug" for slot in slots):  # none, or the code of a measure
            plain = "/" + SLOT.sub(MEASURE, bare)
            yield Address(pattern, plain, plain)
            continue
        wants_uuid = any(slot["kind"] == "uuid" for slot in slots)
        wants_words = any(slot["kind"] == "str" or slot["regex"] for slot in slots)
        for name in _fitting(strange, bare, wants_uuid, wants_words):
            keys = [_key(rows[name], wants_uuid) for rows in (strange, mine)]
            yield Address(
                pattern, *("/" + _filled(bare, key) for key in keys), strange[name]._meta.db_table, tuple(keys)
            )


def _fitting(rows, bare, wants_uuid, wants_words):
    """The rows that an address may mean, by the model that it names; else all that have an id of the kind.

    Words in the place of an id, such as a parameter's code, are no row's: two rows have to do.
    """
    able = [n for n, r in rows.items() if not wants_uuid or hasattr(r, "public_id")]
    words = {word.rstrip("s") for word in re.split(r"\W+", bare.lower())}
    named = [n for n in able if {rows[n]._meta.model_name, *n.split("_")} & words]
    return [*named, *(n for n in ("patient", "flag") if n in able and n not in named)] if named or wants_words else able


def _key(row, wants_uuid):
    return str(row.public_id if wants_uuid else row.pk)


def _filled(bare, key):
    return SLOT.sub(lambda slot: MEASURE if slot["kind"] == "slug" else key, bare)


class LookUps:
    """Where each route looks an id up, and so which ids are asked for in vain.

    No two rows of the cast have the same id. When a route refused (404, 403) after it had looked for an id in some tables, or turned
    the asker away before it looked anywhere, then it tells no more about a row of any other table. CARECOORD_MATRIX=every asks for all.
    """

    def __init__(self):
        self._tables = {}

    def in_vain(self, address, method):
        tables = self._tables.get((address.route, method))
        return address.has_id and tables is not None and address.table not in tables and not ASKS_ALL

    @contextmanager
    def watched(self, address, method):
        """Notes the look-ups of one request; what is yielded must be told the answer's status."""
        found, told = set(), []

        def note(execute, sql, params, many, context):
            if any(key in sql or key in str(params) for key in address.ids):
                found.update(re.findall(r'"(\w+)"', sql))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            yield told.append
        found.discard("audit_auditevent")
        if told[0] in REFUSED and found or told[0] in TURNED_AWAY and not found:
            self._tables.setdefault((address.route, method), set()).update(found)


REFUSED = (403, 404)
TURNED_AWAY = (302, 401, 403, 405)
ASKS_ALL = os.environ.get("CARECOORD_MATRIX") == "every"


def body_of(side, more=()):
    """A form that names every id of a side, as key and as public id, and answers what forms may ask."""
    form = {"text": "x", "reason": "already_done", "note": "x", "q": side.canary, "action": "approve", "confirm": "yes"}
    for name, row in rows_of(side).items():
        form[name] = getattr(row, "public_id", row.pk)
        form[f"{name}_id"] = row.pk
    form["ids"] = form["selected"] = form["_selected_action"] = [row.pk for row in rows_of(side).values()]
    return form | dict(more)


def sign_in(client, cast, asker):
    """Session for a person, bearer token for a system, nothing for a visitor. Returns headers."""
    client.cookies.clear()
    if asker in PEOPLE:
        client.force_login(getattr(cast, asker))
    if asker == "frank":
        with as_owner():
            AccessToken.objects.get_or_create(
                digest=digest("a token"), client=cast.frank, defaults={"expires_at": "2099-01-01T00:00Z"}
            )
        return {"Authorization": "Bearer a token"}
    return {}


def may_sign_out(address, method):
    """Looking at a page of the portal, the PBM site or the API ends no session."""
    return method not in SAFE or not address.route.startswith(("portal/", "pbm/", "api/"))


def is_signed_in(client):
    """Some of the routes sign out or lock the screen, and the walk goes on."""
    return "_auth_user_id" in client.session and "locked_at" not in client.session


UNTOLD = ("audit_auditevent", "django_session", "accounts_accesstoken")
"""Tables that requests write whoever's row they ask for."""


def written():
    """Table -> how many rows this transaction wrote so far, rolled-back savepoints included. What stands still did not change."""
    counted = " + ".join(f"pg_stat_get_xact_tuples_{verb}(oid)" for verb in ("inserted", "updated", "deleted"))
    with connection.connection.cursor() as cursor:
        return dict(
            cursor.execute(f"select relname, {counted} from pg_class where oid = any(%s)", [_tables()]).fetchall()
        )


@cache
def _tables():
    with connection.connection.cursor() as cursor:
        told = "select array_agg(relid) from pg_stat_user_tables where relname <> all(%s)"
        return cursor.execute(told, [list(UNTOLD)]).fetchone()[0]


def fingerprint(side):
    """A hash of every row that belongs to a side: it must not change, whoever asks for whatever."""
    keys = {"payer_id": side.payer.pk, "pharmacy_id": side.pharmacy.pk, "patient_id": side.patient.pk}
    parts = []
    for model in apps.get_models():
        if getattr(model, "walls", None) is None or model._meta.db_table == "audit_auditevent":
            continue
        columns = {f.column for f in model._meta.concrete_fields}
        where = [f"{column} = {value}" for column, value in keys.items() if column in columns]
        if where:
            table = model._meta.db_table
            parts.append(
                f"select '{table}' || coalesce(md5(string_agg(t::text, '' order by id)), '') from {table} t where {' or '.join(where)}"
            )
    with as_owner(), connection.connection.cursor() as cursor:
        return tuple(row[0] for row in cursor.execute(" union all ".join(parts)).fetchall())
