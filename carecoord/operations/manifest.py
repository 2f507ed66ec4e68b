"""What is in a back-up: every file with size and sha256, versions, migrations, rows of every table."""

import hashlib
import json
import tomllib
from pathlib import Path

from django.conf import settings
from psycopg import sql

from .admin import CannotOperate

NAME = "manifest.json"
FORMAT = 1


def carecoord_version():
    """As pyproject.toml says."""
    return tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


def rows_of_every_table(connection):
    """table -> number of rows, of the schema `public`."""
    found = connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1").fetchall()
    count = sql.SQL("select count(*) from public.{}")
    return {name: connection.execute(count.format(sql.Identifier(name))).fetchone()[0] for (name,) in found}


def migrations_of(connection):
    """`app.name` of every migration that stands in the database, in order."""
    return [row[0] for row in connection.execute("select app || '.' || name from django_migrations order by 1")]


def describe(folder):
    """relative path -> {"bytes", "sha256"} of every file in the folder but the manifest."""
    return {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": _digest(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / NAME
    }


def _digest(path):
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write(folder, manifest):
    (folder / NAME).write_text(json.dumps(manifest, indent=2) + "\n")


def read(folder):
    """The manifest of a back-up whose files are all there, unchanged. Raises CannotOperate and names what is not."""
    file = Path(folder) / NAME
    if not file.is_file():
        raise CannotOperate(f"{folder} is no back-up: it holds no {NAME}.")
    try:
        manifest = json.loads(file.read_text())
        stated = manifest["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise CannotOperate(f"{file} is damaged.") from error
    if manifest.get("format") != FORMAT:
        raise CannotOperate(f"The back-up is of format {manifest.get('format')}, and this CareCoord reads {FORMAT}.")
    found = describe(Path(folder))
    faults = [f"{name} is missing" for name in stated.keys() - found.keys()]
    faults += [f"{name} is not in the manifest" for name in found.keys() - stated.keys()]
    faults += [f"{name} has changed" for name in stated.keys() & found.keys() if stated[name] != found[name]]
    if faults:
        raise CannotOperate(f"The back-up is not whole: {'; '.join(sorted(faults)[:5])}.")
    return manifest
