"""Handing work on without losing it, and doing it once.

The row is written in the transaction that caused it. A worker takes it by locking it (`for update skip locked`), works in
one transaction, and marks it done in that same transaction: killed in the middle, the database forgets the work and frees
the row, and the sweeper finds it again. The number of tries is committed beforehand, so a row that kills its worker every
time is given up after MAX_TRIES instead of for ever.
"""

import logging
from contextlib import suppress
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from carecoord.kernel.telemetry.watch import watched
from carecoord.kernel.tenancy import context

from .models import Lease, Outbox

log = logging.getLogger(__name__)
MAX_TRIES = 5
BACKOFF = timedelta(seconds=20)

_handlers = {}
_wake = None


def register(handlers, *, wake):
    """`handlers`: topic -> dotted path of a function(row). `wake`: called with an outbox id after commit; a broker, or nothing."""
    global _wake
    _handlers.update(handlers)
    _wake = wake


def hand_on(*, topic, payer_id=None, subject_id=None, detail=None, key=None, delay=timedelta(0)):
    """Writes the outbox row and, after commit, wakes a worker. Under a `key` that exists already, does nothing."""
    if topic not in _handlers:
        raise LookupError(f"Nobody handles '{topic}': see carecoord/schedule.py.")
    values = {
        "payer_id": payer_id,
        "subject_id": subject_id,
        "detail": detail or {},
        "next_try_at": timezone.now() + delay,
    }
    if key is None:
        row, is_new = Outbox.objects.create(topic=topic, **values), True
    else:
        row, is_new = Outbox.objects.get_or_create(key=key, defaults={"topic": topic, **values})
    if is_new and not delay:
        transaction.on_commit(lambda: _nudge(row.pk))
    return row


def _nudge(pk):
    if _wake is None:
        return
    try:
        _wake(pk)
    except Exception as error:  # noqa: BLE001 - the broker may be down: the row is safe, and the sweeper will find it
        log.warning("broker not reached, the sweeper will find outbox row %s: %s", pk, error)


def work(*, outbox_id):
    """Does one row, if nobody else is at it. Returns True when it was done here.

    Raises what the handler raises, after noting it on the row; the next try comes after a growing pause.
    """
    with context.logged_in("worker"):
        row = _begin(outbox_id)
        if row is None:
            return False
        try:
            with context.acting_as(context.worker_for(*([row.payer_id] if row.payer_id else []))):
                locked = Outbox.objects.select_for_update(skip_locked=True).filter(pk=outbox_id, done_at=None).first()
                if locked is None:
                    return False
                watched(import_string(_handlers[row.topic]))(locked)
                Outbox.objects.filter(pk=outbox_id).update(done_at=timezone.now(), last_error="")
            return True
        except Exception as error:
            _note_failure(row, error)
            raise


def _begin(outbox_id):
    """Commits the try before it is made. None when the row is done, given up, locked by another worker, or unknown."""
    with transaction.atomic():
        row = (
            Outbox.objects.select_for_update(skip_locked=True)
            .filter(pk=outbox_id, done_at=None, failed_at=None)
            .first()
        )
        if row is None:
            return None
        now = timezone.now()
        row.tries, row.started_at = row.tries + 1, now
        row.next_try_at = now + BACKOFF * 2 ** (row.tries - 1)
        if row.tries > MAX_TRIES:
            row.failed_at, row.last_error = now, row.last_error or "Its worker died at every try."
        row.save()
        return None if row.failed_at else row


def _note_failure(row, error):
    with transaction.atomic():
        given_up = timezone.now() if row.tries >= MAX_TRIES else None
        Outbox.objects.filter(pk=row.pk, done_at=None).update(
            last_error=f"{type(error).__name__}: {error}"[:500], failed_at=given_up
        )


def due(*, limit=500):
    """Ids of rows that nobody is working on and whose time has come, oldest first."""
    with context.logged_in("worker"), transaction.atomic():
        rows = Outbox.objects.select_for_update(skip_locked=True).filter(
            done_at=None, failed_at=None, next_try_at__lte=timezone.now()
        )
        return list(rows.order_by("next_try_at", "id").values_list("pk", flat=True)[:limit])


def sweep():
    """Wakes workers for what was forgotten: by a broker that lost it, or by a worker that died. Returns how many."""
    found = due()
    for pk in found:
        _nudge(pk)
    return len(found)


def drain(*, rounds=100):
    """Does all that is due here and now, in this process, and what follows from it. Returns how many rows were done."""
    done = 0
    for _ in range(rounds):
        ids = due()
        if not ids:
            break
        done += sum(work(outbox_id=pk) for pk in ids)
    return done


def once_a_slot(*, job, every):
    """True for the first caller in each slot of `every` seconds (UTC); False for all others, on any machine."""
    now = timezone.now()
    slot = now - timedelta(seconds=now.timestamp() % every)
    with context.logged_in("worker"), suppress(IntegrityError), transaction.atomic():
        Lease.objects.create(job=job, slot=slot)
        Lease.objects.filter(job=job, slot__lt=slot - timedelta(days=2)).delete()
        return True
    return False
