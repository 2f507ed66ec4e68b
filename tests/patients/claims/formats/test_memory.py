"""Hostile files of any size are read in a small and constant amount of memory, each line under its own number."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
MOST_KB = 128 * 1024
"""A quarter of what a loader may have."""
REFUSED = {"bomb": "too_compressed"}
READ = {
    "one_line": (1, 1, [[2, "line", "line_too_long"]]),
    "long_lines": (0, 1000, [[2, "plan", "too_long"], [3, "line", "line_too_long"], [4, "plan", "too_long"]]),
    "long_words": (3000, 0, []),
    "padded": (3000, 0, []),
    "digits": (0, 10_000, [[number, "quantity", "out_of_range"] for number in (2, 3, 4)]),
    "open_quote": (59_999, 1, [[2, "plan", "unterminated_quote"]]),
    "only_quotes": (0, 300, [[number, "line", "column_count"] for number in (2, 3, 4)]),
}


def told_of(name):
    words = [sys.executable, "-m", "tests.patients.claims.formats.hostile", name]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(told.stdout)


@pytest.mark.parametrize("name", READ)
def test_a_hostile_file_is_read_in_little_memory(name):
    told = told_of(name)
    good, rejected, first = READ[name]
    assert (told["good"], told["rejected"], told["bad"], told["refused"]) == (good, rejected, first, "")
    assert told["records"] == good + rejected
    assert told["peak_kb"] < MOST_KB


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_in_little_memory(name):
    told = told_of(name)
    assert told["refused"] == REFUSED[name]
    assert told["peak_kb"] < MOST_KB
