"""CARECOORD_HOME: the folder where the embedded servers keep their data, their locks and their passwords.

Layout (everything is made on first use):

    secrets.json            passwords and keys, mode 0600, of the user who runs CareCoord
    *.lock                  flocks: who starts a server, who uses it, who supervises
    logs/                   what the servers said, mode 0700
    postgres/  valkey/      mode 0700, owned by the user that the server runs as
    programs/               copies of server binaries, only when that user cannot read those in the virtual environment

PostgreSQL refuses to run as root. When root asks, the servers run as an unprivileged user: the owner of an
existing data folder, else the owner of the home, else `CARECOORD_SERVER_USER`, else `nobody`.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import secrets as random
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .roles import ROLES

AS_ROOT = Path("/var/lib/carecoord")
LONGEST_SOCKET_PATH = 107  # sockaddr_un.sun_path is 108 bytes on Linux, the last one is NUL
OURS = {"logs", "postgres", "valkey", "programs", "secrets.json", "static", "deliveries", "metrics", "audit"}


class CannotStart(Exception):
    """An embedded server cannot start. The text says why and what to do; `log` holds the server's last lines."""

    def __init__(self, sentence, *, log=""):
        self.sentence, self.log = sentence, log
        super().__init__(f"{sentence}\nThe last lines of the server's log:\n{log}" if log else sentence)


@dataclass(frozen=True)
class Account:
    """The operating system user that a server runs as."""

    name: str
    uid: int
    gid: int


def path():
    """CARECOORD_HOME, absolute and without symbolic links; nothing is made."""
    if given := os.environ.get("CARECOORD_HOME"):
        return Path(given).expanduser().resolve()
    if os.geteuid() == 0:
        return AS_ROOT
    xdg = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
    return ((xdg if xdg.is_absolute() else Path("~/.local/share").expanduser()) / "carecoord").resolve()


def prepare():
    """Make the home if there is none; returns its path. Raises CannotStart when that fails or it is another user's."""
    home = path()
    with explained(home):
        if not home.is_dir():
            _make_parents(home)
            home.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() not in (0, home.stat().st_uid):
            raise PermissionError
    return home


def _make_parents(home):
    """Missing parents are made passable whatever the umask: the server's user has to walk through them."""
    for parent in reversed([p for p in home.parents if not p.exists()]):
        with contextlib.suppress(FileExistsError):
            parent.mkdir(mode=0o700)
            parent.chmod(0o755)


@contextlib.contextmanager
def explained(home):
    """Turn the operating system's refusals into a sentence."""
    try:
        yield
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        owner = _name(home.stat().st_uid) if home.exists() else None
        belongs = f" It belongs to the user {owner}." if owner else ""
        raise CannotStart(
            f"CareCoord cannot use the folder {home} ({error.strerror or 'another user owns it'}).{belongs} "
            "Run as that user, or set CARECOORD_HOME to a folder of your own."
        ) from error
    except OSError as error:
        raise CannotStart(f"CareCoord cannot use the folder {home}: {error.strerror or error}.") from error


def _name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def server_account(home, name):
    """The Account that the server in `home/name` runs as; None when it runs as the user who asks (not root)."""
    if os.geteuid():
        return None
    for folder in (home / name, home):
        if folder.is_dir() and (status := folder.lstat()).st_uid:
            return Account(_name(status.st_uid), status.st_uid, status.st_gid)
    wanted = os.environ.get("CARECOORD_SERVER_USER") or "nobody"
    try:
        entry = pwd.getpwnam(wanted)
    except KeyError as error:
        raise CannotStart(f"There is no user {wanted}: set CARECOORD_SERVER_USER to an ordinary user.") from error
    if entry.pw_uid == 0:
        raise CannotStart("CARECOORD_SERVER_USER must be an ordinary user: PostgreSQL refuses to run as root.")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def server_folder(home, name, account):
    """Make `home/name` for the server's user, mode 0700, and let that user pass through the home."""
    folder = home / name
    with explained(home):
        folder.mkdir(mode=0o700, exist_ok=True)
        if account:
            os.chown(folder, account.uid, account.gid)
            _let_through(home, account)
        folder.chmod(0o700)
    return folder


def _let_through(home, account):
    """Root's home gets mode 0710 and the server's group, but only when all in it is ours: it could be /root."""
    status = home.stat()
    if status.st_uid != 0 or (status.st_gid == account.gid and status.st_mode & stat.S_IXGRP):
        return
    if status.st_mode & stat.S_IXOTH:
        return
    if all(e.name in OURS or e.suffix == ".lock" or e.name.startswith((".new-", "beat")) for e in home.iterdir()):
        os.chown(home, -1, account.gid)
        home.chmod(0o710)


def socket_folder(home, name, account, socket_name):
    """Where the server listens: its own folder, or a short one in the temp directory when that path is too long."""
    folder = home / name
    if len(os.fsencode(folder / socket_name)) <= LONGEST_SOCKET_PATH and "," not in str(folder):
        return folder  # (libpq takes a comma for a list of hosts)
    key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    for temp in dict.fromkeys((tempfile.gettempdir(), "/tmp")):  # noqa: S108 - made 0700 and checked below
        short = Path(temp, f"carecoord-{key}")
        if len(os.fsencode(short / socket_name)) <= LONGEST_SOCKET_PATH:
            return _private_folder(short, account)
    raise CannotStart(f"The path {folder} is too long for a socket: set CARECOORD_HOME to a shorter one.")


def _private_folder(folder, account):
    """Anybody may make folders in the temp directory, so one that is not ours and private is refused."""
    uid = account.uid if account else os.geteuid()
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if account:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != uid or stat.S_IMODE(status.st_mode) != 0o700:
        raise CannotStart(f"{folder} exists and is not a private folder of ours: remove it, or shorten CARECOORD_HOME.")
    return folder


def open_private(file, flags):
    """Open a file with mode 0600, made if missing; it belongs to the folder's owner even when root makes it."""
    descriptor = os.open(file, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        owner = file.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


@contextlib.contextmanager
def locked(home, name):
    """Hold `home/name.lock` alone for the length of the block; waits for whoever holds it."""
    with explained(home):
        descriptor = open_private(home / f"{name}.lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def secrets():
    """The generated passwords and keys, the same for every process that asks.

    Keys: django_secret_key, postgres_password (the superuser's), broker_password, and roles (role name -> password).
    Raises CannotStart when the file is damaged: passwords are never silently replaced, the databases know the old ones.
    """
    home = prepare()
    file = home / "secrets.json"
    found = _read_secrets(home, file)
    if found is not None and _completed(found) == found:
        return found
    with locked(home, "secrets"):
        found = _read_secrets(home, file) or {}
        if (complete := _completed(found)) != found:
            with explained(home):
                _write_whole(file, json.dumps(complete, indent=2).encode())
    return complete


def keep_secret(name, value):
    """Put a secret of another home into this one, as a restore does. Processes that run keep the one they read."""
    home = prepare()
    with locked(home, "secrets"), explained(home):
        found = _completed(_read_secrets(home, home / "secrets.json") or {})
        _write_whole(home / "secrets.json", json.dumps(found | {name: value}, indent=2).encode())


def _read_secrets(home, file):
    with explained(home):
        try:
            text = file.read_text()
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                file.chmod(0o600)
        except FileNotFoundError:
            return None
    try:
        found = json.loads(text)
        if not isinstance(found, dict) or not isinstance(found.get("roles", {}), dict):
            raise ValueError
    except ValueError as error:
        raise CannotStart(
            f"{file} is damaged. Put a copy back, or move {home} away to start with empty data."
        ) from error
    return found


def _completed(found):
    """`found` plus a fresh secret for each one that is missing."""
    plain = {key: found.get(key) or random.token_urlsafe(48) for key in ("django_secret_key",)}
    plain |= {key: found.get(key) or random.token_urlsafe(24) for key in ("postgres_password", "broker_password")}
    roles = found.get("roles", {})
    return {**found, **plain, "roles": {**roles, **{r: roles.get(r) or random.token_urlsafe(24) for r in ROLES}}}


def _write_whole(file, content):
    """Readers see the old file or the new one, never half of it, also after a power cut."""
    new = file.with_name(f".new-{random.token_hex(8)}")
    descriptor = open_private(new, os.O_WRONLY | os.O_EXCL)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_log(home, name):
    """A descriptor that appends to `home/logs/name.log`; the file is put aside when it has grown past 10 MB."""
    logs = home / "logs"
    with explained(home):
        logs.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(logs, home.stat().st_uid, home.stat().st_gid)
        log = logs / f"{name}.log"
        if log.exists() and log.stat().st_size > 10_000_000:
            log.replace(logs / f"{name}.1.log")
        return open_private(log, os.O_WRONLY | os.O_APPEND)


def log_tail(home, name, *, since=0, lines=15):
    """The last lines of a log, of what was written after byte `since`."""
    log = home / "logs" / f"{name}.log"
    if not log.exists():
        return ""
    with log.open("rb") as stream:
        stream.seek(max(since, log.stat().st_size - 20_000))
        return "\n".join(stream.read().decode(errors="replace").splitlines()[-lines:])
