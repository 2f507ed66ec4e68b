"""How much memory a process held at most, as Linux counts it (VmHWM, resident). Not getrusage: a child's begins with its parent's."""

import ctypes
import gc
import subprocess
import sys
from pathlib import Path

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
