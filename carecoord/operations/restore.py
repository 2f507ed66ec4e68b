"""Putting a back-up back into an empty place, or into a scratch database to see that it would work."""

import io
import os
import shutil
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from carecoord.embedded import home as homes
from carecoord.kernel.telemetry import sightings

from . import manifest as manifests
from . import verify
from .admin import CannotOperate, administrator, check_sees_all, major_version, program, scratch_database
from .backup import DUMP, HEADS, SECRET
from .sealed import unseal


def restore(folder):
    """Everything in `folder` into this home or DATABASE_URL, which must be empty. Returns counts. Raises CannotOperate.

    The database comes back in one transaction: after a failure it is as empty as before.
    """
    began, folder = time.monotonic(), Path(folder).resolve()
    manifest = manifests.read(folder)
    _check_knows(manifest)
    secret = _secret(folder)
    if settings.DATABASE_URL:
        call_command("sync_roles", stdout=io.StringIO())
    admin = administrator()
    with admin.connect(autocommit=True) as connection:
        _check_empty(connection, admin.database)
    _load(folder, manifest, admin)
    with admin.connect(autocommit=True) as connection:
        verify.rows(connection, manifest["rows"])
    if (folder / "deliveries").is_dir():
        shutil.copytree(folder / "deliveries", settings.DELIVERIES, dirs_exist_ok=True)
    if (folder / HEADS).exists() and not settings.AUDIT_HEADS.exists():
        settings.AUDIT_HEADS.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(folder / HEADS, settings.AUDIT_HEADS)
    if secret and not settings.DATABASE_URL:
        homes.keep_secret("django_secret_key", secret)
    call_command("migrate", interactive=False, verbosity=0)  # then roles' walls and audit triggers, as the models say
    with admin.connect(autocommit=True) as connection:
        verify.walls_and_trail(connection)
    verify.log_ins(admin)
    answer = _answer(manifest, began)
    sightings.note("restore", **answer)
    return answer


def drill(folder):
    """Restores into a scratch database beside the running one, verifies it, drops it. Returns counts and seconds."""
    began, folder = time.monotonic(), Path(folder).resolve()
    manifest = manifests.read(folder)
    _check_knows(manifest)
    _secret(folder)
    with scratch_database(administrator()) as admin:
        _load(folder, manifest, admin)
        with admin.connect(autocommit=True) as connection:
            verify.rows(connection, manifest["rows"])
            verify.walls_and_trail(connection)
        verify.log_ins(admin)
    answer = _answer(manifest, began)
    sightings.note("drill", **answer)
    return answer


def _check_knows(manifest):
    """A back-up of a newer CareCoord has tables that this one would not guard."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if newer := sorted(set(manifest["migrations"]) - known):
        raise CannotOperate(
            f"The back-up was made by a newer CareCoord (it knows {newer[0]}): restore it with that one."
        )


def _secret(folder):
    """The secret key of the back-up, or None when it was left out."""
    file = folder / SECRET
    if not file.exists():
        return None
    phrase = os.environ.get("CARECOORD_BACKUP_PHRASE", "")
    if not phrase:
        raise CannotOperate("The back-up holds the secret key: give its pass phrase in CARECOORD_BACKUP_PHRASE.")
    return unseal(file.read_text(), phrase).decode()


def _check_empty(connection, database):
    tables = connection.execute("select count(*) from pg_tables where schemaname in ('public', 'app')").fetchone()[0]
    if tables:
        raise CannotOperate(
            f"The database {database} is not empty ({tables} tables). A restore replaces nothing: name an empty "
            "database, or set CARECOORD_HOME to a new folder."
        )
    if settings.DELIVERIES.is_dir() and any(settings.DELIVERIES.glob("??/*")):
        raise CannotOperate(f"The deliveries folder {settings.DELIVERIES} is not empty: move its files away first.")


def _load(folder, manifest, admin):
    with admin.connect(autocommit=True) as connection:
        check_sees_all(connection)
        major = major_version(connection)
    if major < manifest["postgresql"]:
        raise CannotOperate(
            f"The back-up is of PostgreSQL {manifest['postgresql']}, and this server is {major}: it needs that or newer."
        )
    admin.run(program("pg_restore", major), "--exit-on-error", "--single-transaction", folder / DUMP)


def _answer(manifest, began):
    return {
        "made_at": manifest["made_at"],
        "seconds": round(time.monotonic() - began, 1),
        "tables": len(manifest["rows"]),
        "rows": sum(manifest["rows"].values()),
        "deliveries_waiting": manifest["deliveries_waiting"],
        "bytes": sum(file["bytes"] for file in manifest["files"].values()),
    }
