"""How much memory a process held at most, as Linux counts it (VmHWM, resident). Not getrusage: a child's begins with its parent's."""

import ctypes
import gc
import os
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import connections

ROOT = Path(__file__).parents[3]
STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
READ_ALL = """
import sys
from carecoord.management.bench import memory
from patients.claims import reader
reader.main(*sys.argv[1:])
print(memory.peak(), file=sys.stderr)
"""


def forget_peak():
    """From here on the peak counts anew, without what was needed before and is free."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    FORGET.write_text("5")


def peak():
    """MB."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def of_reading(path, today):
    """MB of the reading process of a file of the format tuva_csv."""
    words = [sys.executable, "-c", READ_ALL, "tuva_csv", str(path), "", str(1 << 40), str(today)]
    told = subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    return round(float(told.stderr))


@dataclass
class Peak:
    """The most that all processes held at one time, MB."""

    megabytes: float = 0


@contextmanager
def of_all(*, every=0.2):
    """Peak of this process, what it started, and the sessions of its database: memory of their own, without shared buffers."""
    peak, stop = Peak(), threading.Event()

    def look():
        while not stop.wait(every):
            peak.megabytes = max(peak.megabytes, sum(map(_own, _processes())) / 1024)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield peak
    finally:
        stop.set()
        looking.join()


def _processes():
    """This process, its descendants, and PostgreSQL's (by name: they are the server's children, not ours)."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = path.read_text().partition("(")[2].rpartition(")")
            parents[int(path.parent.name)] = (int(rest.split()[1]), name)
    ours, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, (parent, _) in parents.items() if parent in ours} - ours
        ours, grown = ours | more, bool(more)
    return ours | {pid for pid, (_, name) in parents.items() if name == "postgres" and _is_session(pid)}


def _is_session(pid):
    with suppress(OSError):
        return connections["owner"].settings_dict["NAME"] in Path(f"/proc/{pid}/cmdline").read_text()
    return False


def _own(pid):
    """kB, resident and not shared."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1])
    return 0
