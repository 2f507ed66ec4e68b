"""Handing work on without losing it, and doing it once.

The row is written in the transaction that caused it. A worker takes it by locking it (`for update skip locked`), works in
one transaction, and marks it done in that same transaction: killed in the middle, the database forgets the work and frees
the row, and the sweeper finds it again. The number of tries is committed beforehand, so a row that kills its worker every
time is given up after MAX_TRIES instead of for ever.
"""

import logging
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import Error as DatabaseError
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
_mourners = {}
_wake = None


def register(handlers, *, wake, given_up=()):
    """`handlers`: topic -> dotted path of a function(row). `wake`: called with an outbox id after commit; a broker, or nothing.

    `given_up`, shaped like `handlers`: who is told, once, of a row that is not tried any more.
    """
    global _wake
    _handlers.update(handlers)
    _mourners.update(given_up)
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


@contextmanager
def nobody_woken():
    """While it lasts, rows are written and wait for the sweeper."""
    global _wake
    before, _wake = _wake, None
    try:
        yield
    finally:
        _wake = before


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
        if row.failed_at:
            _tell_of_giving_up(row)
        return None if row.failed_at else row


def _note_failure(row, error):
    with transaction.atomic():
        row.last_error, row.failed_at = fault_of(error), timezone.now() if row.tries >= MAX_TRIES else None
        noted = Outbox.objects.filter(pk=row.pk, done_at=None, failed_at=None).update(
            last_error=row.last_error, failed_at=row.failed_at
        )
        if noted and row.failed_at:
            _tell_of_giving_up(row)


def fault_of(error):
    """An error in one line that may be kept: of the database's only its name, for its text may quote a patient's row."""
    if isinstance(error, DatabaseError):
        return type(error.__cause__ or error).__name__
    return f"{type(error).__name__}: {error}".partition("\n")[0][:500]


def _tell_of_giving_up(row):
    """What the row was about learns that nobody works on it any more. A fault in telling must not revive the row."""
    log.error("outbox row %s (%s) is given up after %s tries: %s", row.pk, row, row.tries, row.last_error)
    if row.topic not in _mourners:
        return
    try:
        with context.acting_as(context.worker_for(*([row.payer_id] if row.payer_id else []))):
            import_string(_mourners[row.topic])(row)
    except Exception:
        log.exception("nobody could be told that outbox row %s is given up", row.pk)


def due(*, limit=500):
    """Ids of rows that nobody is working on and whose time has come, oldest first."""
    with context.logged_in("worker"), transaction.atomic():
        rows = Outbox.objects.select_for_update(skip_locked=True).filter(
            done_at=None, failed_at=None, next_try_at__lte=timezone.now()
        )
        return list(rows.order_by("next_try_at", "id").values_list("pk", flat=True)[:limit])


def work_on(*, subject_id, topics):
    """Does what is left to do about a subject, whether or not its pause is over. Returns how many rows were done."""
    with context.logged_in("worker"):
        rows = Outbox.objects.filter(topic__in=topics, subject_id=subject_id, done_at=None, failed_at=None)
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
    return sum(work(outbox_id=pk) for pk in ids)


def sweep():
    """Wakes workers for what was forgotten: by a broker that lost it, or by a worker that died. Returns how many."""
    found = due()
    for pk in found:
        _nudge(pk)
    return len(found)


def drain(*, rounds=100):
    """Does all that is due here and now, in this process, and what follows from it. Returns how many rows were done.

    One row's fault does not keep the others waiting: the first one is raised when all is tried.
    """
    done, faults = 0, []
    for _ in range(rounds):
        ids = due()
        if not ids:
            break
        for pk in ids:
            try:
                done += work(outbox_id=pk)
            except Exception as fault:  # noqa: BLE001 - raised below
                faults.append(fault)
    if faults:
        raise faults[0]
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
