"""What the application itself says to the trail: deeds by name, and reads of a chart."""

import json
from contextvars import ContextVar
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


def start_watching():
    """From here on, patients that are loaded are remembered: the middleware writes one read event from them."""
    return _seen.set(set())


def saw(*patient_ids):
    """Notes that this request shows these patients. Loading a Patient does it by itself; `.values()` does not."""
    seen = _seen.get()
    if seen is not None:
        seen.update(patient_ids)


def seen_so_far():
    """Ids of the patients seen since `start_watching`, in order."""
    return sorted(_seen.get() or ())


def stop_watching(token):
    """Ends what `start_watching` began."""
    _seen.reset(token)


def record_read(*, patient_ids, path, status):
    """The one read event of a request."""
    _write("patient.read", "patients_patient", [], len(patient_ids), patient_ids, {"path": path, "status": status})


def record_refusal(*, path, status, method):
    """A request that was refused. Written outside the request's own transaction, which is rolled back."""
    _write("request.refused", "", [], 0, [], {"path": path, "status": status, "method": method})


def _write(event, table, row_ids, row_count, patient_ids, detail):
    with connection.cursor() as cursor:
        cursor.execute(
            "select app.write_event(%s, %s, %s::bigint[], %s, %s::bigint[], %s::jsonb)",
            [event, table, list(row_ids), row_count, list(patient_ids), json.dumps(detail, default=str)],
        )
