"""A folder into which a payer's system puts files, and what becomes of each: taken once, loaded, laid down in done or failed.

DIR/PAYER/FORMAT/... is what a file is, unless DIR/rules.toml says otherwise. A file is complete when it has not changed for a
while and its name does not say that it is still being written. It is renamed into a folder of its own in DIR/work, where the
lock on `.claim.json` says who is at it; that folder becomes DIR/done/... or DIR/failed/... in one rename, with what became of
the lines as JSON beside the file. Killed at any point, the next watcher goes on where this one was: the idempotency key, of
bytes and name, makes that one delivery.
"""

import errno
import fcntl
import hashlib
import json
import logging
import os
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from carecoord.kernel.accounts.models import ApiClient, Organisation
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context

from . import actions, queries, storage
from .formats import FORMATS
from .inbox_rules import RULES, find
from .models import Delivery

log = logging.getLogger(__name__)
WORK, DONE, FAILED = "work", "done", "failed"
OURS = {WORK, DONE, FAILED, RULES}
UNFINISHED = (".part", ".tmp", ".filepart", ".partial", ".crdownload", ".swp", "~")
"""How the names of files end that a client still writes: it renames them when they are whole."""
DEEPEST = 8
CLAIM = ".claim.json"
LONGEST_NAME = 250
CHUNK = 1 << 20
NOT_YET = {Delivery.State.RECEIVED, Delivery.State.LOADING}
PAUSE_SECONDS = 20
NO_LINES = dict.fromkeys(queries.COUNTS, 0)


class Faulty(Exception):
    """The file cannot be taken as it is: code and sentence go into the JSON beside it."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@dataclass
class Inbox:
    """A watched folder. `settle`: seconds without a change after which a file is complete."""

    folder: Path
    rules: tuple = ()
    settle: float = 10.0
    seen: dict = field(default_factory=dict)
    not_before: dict = field(default_factory=dict)
    stuck: set = field(default_factory=set)

    def look(self, *, stop=lambda: False):
        """One round: takes what is complete, works on what is taken. Returns ([told of each file that is finished], whether
        something is still under way)."""
        told, is_waiting = self._take(stop)
        for job in _jobs(self.folder):
            if stop():
                break
            if time.monotonic() < self.not_before.get(job.name, 0):
                is_waiting = True
                continue
            with _alone(job) as is_mine:
                finished = self._work(job) if is_mine else None
            is_waiting |= is_mine and finished is None
            told += [finished] if finished else []
        return told, is_waiting

    def _take(self, stop):
        """Renames complete files into folders of their own. Returns ([told of what cannot be taken, once], whether others are
        still being written)."""
        found, is_waiting, now, cannot = {}, False, time.monotonic(), []
        for place, name, state, folder in _files(self.folder, onerror=cannot.append):
            key, looks = (place, name), (state.st_ino, state.st_size, state.st_mtime_ns)
            was, since = self.seen.get(key, (None, now))
            since = since if was == looks else now
            found[key] = (looks, since)
            if now - since < self.settle:
                is_waiting = True
            elif not stop():
                try:
                    if _claim(self.folder, place, name, folder):
                        del found[key]
                except OSError as error:
                    cannot.append(error)
        self.seen = found
        now_stuck = {(str(error.filename), error.strerror) for error in cannot}
        told = [_stuck(path, why) for path, why in sorted(now_stuck - self.stuck)]
        self.stuck = now_stuck
        return told, is_waiting

    def _work(self, job):
        """Delivers and loads the file of a folder in work, and lays it down. None while it is not finished."""
        name = _name_in(job)
        if name is None:
            _forget(job)
            return None
        try:
            told = self._deliver(job, name)
        except Faulty as fault:
            told = _faulty(fault)
        if told is None:
            self.not_before[job.name] = time.monotonic() + PAUSE_SECONDS
            return None
        told |= {"inbox_file": json.loads((job / CLAIM).read_bytes())["path"]}
        is_good = bool(told["deliveries"]) and all(d["state"] == Delivery.State.LOADED for d in told["deliveries"])
        write_result(job, name, told)
        lay_down(self.folder, job, DONE if is_good else FAILED)
        return told | {"is_good": is_good}

    def _deliver(self, job, name):
        """What load_feed prints about the delivery of this file, or None when it has not come to its end."""
        path = json.loads((job / CLAIM).read_bytes())["path"]
        found = find(self.rules, path)
        if found is None:
            formats = ", ".join(sorted(FORMATS))
            raise Faulty(
                "no_rule",
                f"No rule of {RULES} fits, and the file does not lie in a folder PAYER/FORMAT. The formats are {formats}.",
            )
        payer, client = _sender(found.payer)
        with _opened(job / name) as stream:
            digest = _digest(stream)
            key = hashlib.sha256(f"{digest}\0{path}".encode(errors="surrogateescape")).hexdigest()
            delivery = receive(payer, client, found.format, stream, name, f"inbox-{key}")
        scope = context.worker_for(payer.pk)
        try:
            jobs.work_on(subject_id=delivery.pk, topics=("delivery.received",))
        except Exception:  # noted in the outbox, which gives it up in the end
            log.exception("work failed while %s was loaded", job.name)
            return None
        with context.acting_as(scope):
            if Delivery.objects.get(pk=delivery.pk).state in NOT_YET:
                return None  # a worker of the running stack was faster, and is at it
            return queries.summary([delivery])


def _faulty(fault):
    """What is told of a file that nothing was taken of."""
    told = NO_LINES | {"notes": {}, "deliveries": [], "rejects": []}
    return told | {"fault": {"code": fault.code, "message": str(fault)}}


def _stuck(path, why):
    fault = Faulty("cannot_move", f"It cannot be read, or moved to {WORK}: {why}. It is tried again at each look.")
    return _faulty(fault) | {"inbox_file": path, "is_good": False}


def receive(payer, client, format, stream, name, key):
    """The delivery of these bytes under this key; a new one where the former was withdrawn since."""
    with context.acting_as(context.worker_for(payer.pk)):
        while True:
            stream.seek(0)
            given = {"payer": payer, "format": format, "stream": stream, "file_name": name, "client": client}
            try:
                delivery = actions.receive(**given, idempotency_key=key, by=None)
            except storage.TooLarge as refusal:
                raise Faulty("too_large", str(refusal))
            except actions.KeyReused:
                raise Faulty("sent_before", "The same file was delivered before, in another format.")
            if not delivery.is_replayed or delivery.state != Delivery.State.WITHDRAWN:
                return delivery
            key = f"{key[:70]}-{delivery.public_id}"


def _sender(code):
    """The payer, and the client in whose name its inbox delivers: one without keys, so that nobody else can."""
    with context.logged_in("pbm"):
        payers = Organisation.objects.filter(kind=Organisation.Kind.PAYER)
        payer = payers.filter(code=code).first() if code.isprintable() else None  # a folder's name may be any bytes
        if payer is None:
            raise Faulty("unknown_payer", f"There is no payer with the code {code[:60]!r}.")
        named = {"organisation": payer, "name": "Inbox", "public_jwks": {"keys": []}}
        return payer, ApiClient.objects.get_or_create(client_id=f"inbox-{payer.pk}", defaults=named)[0]


def _files(folder, *, onerror):
    """(place, name, its lstat, descriptor of its folder) of each plain file that is not being written; links are not followed."""
    for here, folders, names, descriptor in os.fwalk(folder, follow_symlinks=False, onerror=onerror):
        place = Path(here).relative_to(folder)
        depth = len(place.parts)
        folders[:] = sorted(
            n for n in folders if not n.startswith(".") and (depth or n not in OURS) and depth < DEEPEST
        )
        for name in sorted(names):
            if name.startswith(".") or name.lower().endswith(UNFINISHED) or (not depth and name in OURS):
                continue
            with suppress(FileNotFoundError):
                state = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                if stat.S_ISREG(state.st_mode):
                    yield place, name, state, descriptor


def _claim(folder, place, name, descriptor):
    """Renames a file into a new folder of its own in work. False when somebody else was faster; OSError when it cannot be moved."""
    job = folder / WORK / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"
    job.mkdir(mode=0o700)
    path = str(place / name)
    with (job / CLAIM).open("xb") as claim:
        fcntl.flock(claim, fcntl.LOCK_EX)
        claim.write(json.dumps({"path": path}).encode())
        claim.flush()
        os.fsync(claim.fileno())
        claimed(job)
        try:
            os.rename(name, job / name, src_dir_fd=descriptor)
        except OSError as error:
            _forget(job)
            if isinstance(error, FileNotFoundError):
                return False
            raise OSError(error.errno, error.strerror, path) from error
        _settle(job)
    return True


def claimed(job):
    """Between the claim and the rename: where a test kills the watcher."""


def _jobs(folder):
    return sorted(path for path in (folder / WORK).iterdir() if path.is_dir() and not path.is_symlink())


@contextmanager
def _alone(job):
    """Whether nobody else is at this folder; held until the block ends, or the process."""
    try:
        claim = (job / CLAIM).open("rb")
    except FileNotFoundError:
        with suppress(OSError):
            job.rmdir()  # killed before it said what it was about; nothing is in it
        yield False
        return
    with claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield (job / CLAIM).exists()


def _name_in(job):
    """The name of the file in a folder of work: the one that its claim names."""
    with suppress(ValueError):
        name = Path(json.loads((job / CLAIM).read_bytes())["path"]).name
        if os.path.lexists(job / name):
            return name
    return None


def _forget(job):
    """Removes a folder whose file was never renamed into it."""
    with suppress(OSError):
        (job / CLAIM).unlink()
        job.rmdir()


@contextmanager
def _opened(path):
    """A plain file, and nothing that was put in its place."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Faulty("not_readable", f"The file cannot be read: {error.strerror}.")
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Faulty("not_a_file", "It is no plain file.")
        yield stream


def _digest(stream):
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def write_result(job, name, told):
    """What became of the file, as load_feed prints it, beside it."""
    beside = job / (f"{name}.json" if len(os.fsencode(name)) <= LONGEST_NAME else "result.json")
    with (job / ".result").open("wb") as file:
        file.write(json.dumps(told, indent=2, default=str).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    (job / ".result").replace(beside)


def lay_down(folder, job, where):
    """The folder leaves work in one rename."""
    at_rest = job.rename(folder / where / job.name)
    (at_rest / CLAIM).unlink()
    _settle(folder / where)


def _settle(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def prepare(folder):
    """The three folders that are ours. Raises OSError where they cannot be made or written to."""
    for name in (WORK, DONE, FAILED):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
        if not os.access(folder / name, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder / name))
