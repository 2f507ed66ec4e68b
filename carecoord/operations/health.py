"""Whether it works: one function a check. A check says what it found, since when, and what to do; it never raises."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from carecoord.kernel.audit import seals
from carecoord.kernel.jobs.models import Outbox
from carecoord.kernel.telemetry import sightings
from carecoord.kernel.webhooks.models import EndpointHealth

from . import figures

BEAT_LATE = timedelta(minutes=2)  # it comes every 30 seconds
WORK_LATE = timedelta(minutes=5)  # the sweeper looks every 20 seconds
NIGHT_LATE = BACKUP_LATE = timedelta(hours=26)
DRILL_LATE = timedelta(days=35)
SEAL_LATE = timedelta(minutes=10)  # one comes every minute
DISK_LOW, DISK_FULL = 0.10, 0.02
OK, WARNING, FAILING = "ok", "warning", "failing"


@dataclass(frozen=True)
class Finding:
    """`since` is when it was last well, or first not; None when nobody knows. `todo` is empty when all is well."""

    code: str
    title: str
    state: str
    says: str
    since: datetime | None = None
    todo: str = ""


def readiness():
    """The checks of /ready, in the order in which they are asked."""
    first = database()
    if first.state == FAILING:
        return [first, disk(), broker()]
    return [first, migrations(), disk(), broker(), beat(), outbox()]


SERVES = {"database", "migrations", "disk"}
"""What a web server cannot serve without. The others are told, but do not take it out of the balance: with the broker or the
beat down pages work and nothing is lost, and the other web servers would be no better off."""


def is_ready(findings):
    return not any(each.state == FAILING and each.code in SERVES for each in findings)


def everything():
    """For the Health page."""
    return [*readiness(), failures(), night(), trail(), backup(), drill()]


def database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('server_version'), pg_postmaster_start_time()")
            version, started = cursor.fetchone()
    except DatabaseError:
        todo = "Look at the server's log and at DATABASE_URL. Pages answer 500 until it is back; nothing is lost."
        return Finding("database", "Database", FAILING, "It does not answer.", todo=todo)
    return Finding("database", "Database", OK, f"PostgreSQL {version.split()[0]} answers.", started)


@cache
def _migrations_of_the_code():
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def migrations():
    missing = sorted(_migrations_of_the_code() - set(MigrationRecorder(connection).applied_migrations()))
    if missing:
        says = f"{len(missing)} are not applied, the first is {'.'.join(missing[0])}."
        return Finding("migrations", "Migrations", FAILING, says, todo="Run manage.py migrate on one machine.")
    return Finding("migrations", "Migrations", OK, "All that the code knows are applied.")


def disk():
    """The fullest of the disks that we write to."""
    places = {path for path in (settings.HOME, settings.DELIVERIES) if Path(path).exists()} or {settings.BASE_DIR}
    free = min(usage.free / usage.total for usage in map(shutil.disk_usage, places))
    state = FAILING if free < DISK_FULL else WARNING if free < DISK_LOW else OK
    todo = (
        ""
        if state == OK
        else "Make room or enlarge the disk: without space deliveries are refused, and then all writes."
    )
    return Finding("disk", "Disk", state, f"{free:.0%} free.", todo=todo)


def broker():
    if not settings.BROKER_URL:
        return Finding("broker", "Broker", WARNING, "None is configured.", todo="Set BROKER_URL.")
    try:
        lengths = queue_lengths()
    except redis.RedisError:
        todo = "Start Valkey again. Work waits in the database meanwhile and is taken up by itself."
        return Finding("broker", "Broker", FAILING, "It does not answer.", todo=todo)
    return Finding("broker", "Broker", OK, f"It answers; {sum(lengths.values()):,} messages wait.")


def queue_lengths():
    """queue -> messages that no worker has taken. Raises redis.RedisError."""
    url = settings.BROKER_URL.replace("redis+socket://", "unix://", 1)
    with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
        return {name: client.llen(name) for name in figures.QUEUES}


def beat():
    seen = sightings.latest().get("beat")
    todo = "See that one beat and a worker of the queue “quick” run (manage.py serve starts both)."
    return _lately("beat", "Beat and workers", seen and seen.at, BEAT_LATE, todo, failing=True)


def _lately(code, title, at, limit, todo, *, failing=False):
    """Well if it was seen within the limit."""
    bad = FAILING if failing else WARNING
    if at is None:
        return Finding(code, title, bad, "Never seen.", todo=todo)
    if timezone.now() - at > limit:
        return Finding(code, title, bad, "Not seen for too long.", at, todo)
    return Finding(code, title, OK, "Seen in time.", at)


def outbox():
    due = Outbox.objects.filter(done_at=None, failed_at=None, next_try_at__lt=timezone.now() - WORK_LATE)
    oldest = due.order_by("next_try_at", "id").first()
    if oldest is None:
        return Finding("outbox", "Outbox", OK, "No work waits longer than five minutes.")
    says = f"Work waits: the oldest is '{oldest.topic}', tried {oldest.tries} times."
    todo = "Look at the workers of its queue below; a large load may simply take its time."
    return Finding("outbox", "Outbox", WARNING, says, oldest.next_try_at, todo)


def failures():
    found = figures.given_up()
    if not found:
        return Finding("failures", "Work given up", OK, "None.")
    says = f"{sum(count for _, count, _ in found):,} pieces of work were given up."
    todo = "Look for their outbox ids in the log, mend the cause, and hand the work on again."
    return Finding("failures", "Work given up", WARNING, says, min(first for _, _, first in found), todo)


def webhooks(user):
    """Endpoints of the payers that a person's PBM serves; not among `everything`, which belongs to nobody."""
    since = EndpointHealth.objects.visible_to(user).filter(endpoint__is_on=True, endpoint__removed_at=None)
    found = list(since.exclude(gave_up_at=None).order_by("gave_up_at").values_list("gave_up_at", flat=True))
    if not found:
        return Finding("webhooks", "Webhooks", OK, "No endpoint is failing.")
    says = f"Messages to {len(found):,} {'endpoint' if len(found) == 1 else 'endpoints'} were given up."
    todo = "See Webhooks under Feeds for what they answered; tell the payer's engineer, then send the failed messages again."
    return Finding("webhooks", "Webhooks", WARNING, says, found[0], todo)


def night():
    last = Outbox.objects.filter(topic="night").exclude(done_at=None).order_by("-done_at").first()
    todo = "Members' measures of today are missing: see beat and outbox; evaluate_measures does it by hand."
    return _lately("night", "Nightly run", last and last.done_at, NIGHT_LATE, todo)


def trail():
    """The exposure: what is not sealed yet could be rewritten by whoever owns the database, and nobody would know."""
    waited = seals.unsealed_for()
    if waited is None or waited < SEAL_LATE:
        return Finding("trail", "Audit trail", OK, "Sealed to within ten minutes.")
    says = f"The oldest event without a seal is {waited // timedelta(minutes=1):,} minutes old."
    todo = (
        "A large load holds sealing back until it ends. Without one, see beat and the workers of “quick”, then run "
        "manage.py verify_audit: on heads that disagree nothing is sealed."
    )
    return Finding("trail", "Audit trail", WARNING, says, timezone.now() - waited, todo)


def backup():
    seen = sightings.latest().get("backup")
    return _lately("backup", "Back-up", seen and seen.at, BACKUP_LATE, "Run manage.py backup DIR, every day, by cron.")


def drill():
    seen = sightings.latest().get("drill")
    todo = (
        "Run manage.py restore --drill DIR on the newest back-up, every month: one that was never restored is a hope."
    )
    return _lately("drill", "Restore drill", seen and seen.at, DRILL_LATE, todo)
