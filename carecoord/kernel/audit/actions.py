"""What the application itself says to the trail: deeds by name, and reads of a chart."""

import json
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps

from django.db import connection, transaction

_deeds = ContextVar("deeds", default=None)
_seen = ContextVar("seen", default=None)


class NotAudited(Exception):
    """An action ended without saying what it did."""


def record(*, event, by, target=None, reason="", patients=(), detail=None, count=None):
    """One line in the trail, in the caller's transaction. `by` is a user, an API client, or None for the worker.

    `target` is a saved model instance; `detail` holds codes and counts, never a patient's data.
    """
    facts = dict(detail or {})
    if reason:
        facts["reason"] = str(reason)
    patient_id = getattr(target, "patient_id", None)
    patient_ids = sorted({*patients, *([patient_id] if patient_id else [])})
    _write(
        event,
        target._meta.db_table if target is not None else "",
        [target.pk] if target is not None else [],
        count if count is not None else int(target is not None),
        patient_ids,
        facts,
    )
    deeds = _deeds.get()
    if deeds is not None:
        deeds.append(event)


def audited(action):
    """One transaction and at least one event, or rollback. Nested actions share the outer transaction."""

    @wraps(action)
    def wrapper(*args, **kwargs):
        if args:
            raise TypeError(f"{action.__name__} takes keyword arguments only.")
        with transaction.atomic():
            deeds = []
            token = _deeds.set(deeds)
            try:
                result = action(**kwargs)
            finally:
                _deeds.reset(token)
            if not deeds:
                raise NotAudited(f"{action.__module__}.{action.__name__} recorded nothing.")
            outer = _deeds.get()
            if outer is not None:
                outer.extend(deeds)
            return result

    wrapper.is_audited = True
    return wrapper


@dataclass
class Seen:
    """Whom this request shows: by key, or, on frozen snapshots, by public id (who may be out of sight by now)."""

    ids: set = field(default_factory=set)
    refs: set = field(default_factory=set)

    def __bool__(self):
        return bool(self.ids or self.refs)


def start_watching():
    """From here on, patients that are loaded are remembered: the middleware writes one read event from them."""
    return _seen.set(Seen())


def saw(*patient_ids, refs=()):
    """Notes that this request shows these patients. Loading a Patient does it by itself; `.values()` does not.

    `refs` are public ids, as snapshots carry them.
    """
    seen = _seen.get()
    if seen is not None:
        seen.ids.update(patient_ids)
        seen.refs.update(refs)


def seen_so_far():
    """Whom the request has shown since `start_watching`."""
    return _seen.get() or Seen()


def stop_watching(token):
    """Ends what `start_watching` began."""
    _seen.reset(token)


def record_read(*, seen, path, status):
    """The read event of a request, in one statement: an event for each payer whose members are shown, seen by its auditors.

    PostgreSQL finds the patients of the refs, and whose members they are, whoever asks; of a reader who serves payers,
    it is those payers' members that are shown.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select app.write_read(%s::bigint[], %s::uuid[], %s::jsonb)",
            [sorted(seen.ids), sorted(seen.refs), json.dumps({"path": path, "status": status})],
        )


def record_refusal(*, path, status, method):
    """A request that was refused. Written outside the request's own transaction, which is rolled back."""
    _write("request.refused", "", [], 0, [], {"path": path, "status": status, "method": method})


def _write(event, table, row_ids, row_count, patient_ids, detail):
    with connection.cursor() as cursor:
        cursor.execute(
            "select app.write_event(%s, %s, %s::bigint[], %s, %s::bigint[], %s::jsonb)",
            [event, table, list(row_ids), row_count, list(patient_ids), json.dumps(detail, default=str)],
        )
