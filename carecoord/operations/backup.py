"""Making a back-up: the database as of one moment, the deliveries that wait, the heads of the audit trail's hash chain, and
the secret key if a pass phrase is given.

The folder appears whole or not at all. It is as secret as the database: mode 0700, and for an encrypted disk.
"""

import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from patients.claims.models import Delivery

from . import manifest as manifests
from .admin import CannotOperate, administrator, check_sees_all, major_version, program
from .sealed import seal

DUMP = "database.dump"
HEADS = "audit-heads.jsonl"
SECRET = "secret-key.sealed"  # noqa: S105 - a file name
WAITING = (Delivery.State.RECEIVED, Delivery.State.LOADING)


def back_up(folder):
    """Write a back-up into `folder`, which must not exist or be empty. Returns the manifest. Raises CannotOperate."""
    folder = Path(folder).resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotOperate(f"{folder} exists already and is not empty: name a new folder for each back-up.")
    began, made_at = time.monotonic(), datetime.now(UTC)
    partial = folder.with_name(f".{folder.name}.partial-{os.getpid()}")
    try:
        partial.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise CannotOperate(f"{partial.parent} cannot be written to: {error.strerror}.") from error
    try:
        facts = _fill(partial)
        manifest = {
            "format": manifests.FORMAT,
            "made_at": made_at.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - began, 1),
            "carecoord": manifests.carecoord_version(),
            **facts,
            "files": manifests.describe(partial),
        }
        manifests.write(partial, manifest)
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)  # it is there only when something failed
    return manifest


def _fill(folder):
    """Files that wait are copied before and after the moment of the dump: one that is loaded meanwhile is in the first copy."""
    _copy_deliveries(folder / "deliveries")
    if settings.AUDIT_HEADS.exists():  # before the dump: a head whose seal the database lacks would look like a loss
        shutil.copyfile(settings.AUDIT_HEADS, folder / HEADS)
    admin = administrator()
    with admin.connect() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        check_sees_all(connection)
        if connection.execute("select to_regclass('public.django_migrations')").fetchone()[0] is None:
            raise CannotOperate(f"The database {admin.database} is empty: there is nothing to back up.")
        (snapshot,) = connection.execute("select pg_export_snapshot()").fetchone()
        major = major_version(connection)
        dump = ("--format=custom", f"--snapshot={snapshot}", f"--file={folder / DUMP}")
        admin.run(program("pg_dump", major), *dump)
        facts = {
            "postgresql": major,
            "migrations": manifests.migrations_of(connection),
            "rows": manifests.rows_of_every_table(connection),
        }
        waiting = [
            name
            for (name,) in connection.execute(
                f"select stored_as from {Delivery._meta.db_table} where state = any(%s)",  # noqa: S608 - our own name
                [list(WAITING)],
            )
        ]
    _copy_deliveries(folder / "deliveries")
    lost = [name for name in waiting if not (folder / "deliveries" / name[:2] / name).exists()]
    secret = _seal_secret(folder)
    return facts | {"deliveries_waiting": len(waiting), "deliveries_without_file": lost, "key": secret}


def _copy_deliveries(target):
    """What is not there yet: the files are never written to again once they have their name."""
    for source in settings.DELIVERIES.glob("??/*"):
        copy = target / source.parent.name / source.name
        if not copy.exists():
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                shutil.copy2(source, copy)
            except FileNotFoundError:
                copy.unlink(missing_ok=True)  # loaded in this moment, and forgotten


def _seal_secret(folder):
    """Says what became of it: "left out" without CARECOORD_BACKUP_PHRASE."""
    phrase = os.environ.get("CARECOORD_BACKUP_PHRASE", "")
    if not phrase:
        return "left out"
    (folder / SECRET).write_text(seal(settings.SECRET_KEY.encode(), phrase))
    return "sealed"
