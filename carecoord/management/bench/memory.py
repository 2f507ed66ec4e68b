"""How much memory a process held at most, as Linux counts it (VmHWM, resident)."""

import resource
from pathlib import Path

STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def forget_peak():
    """From here on the peak counts anew."""
    FORGET.write_text("5")


def peak():
    """MB."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def of_children():
    """MB of the largest child process that has ended."""
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
