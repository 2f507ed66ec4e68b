"""Every reader under a fuzzer that is guided by the code it reaches: CARECOORD_FUZZ_SECONDS=60 gives each a minute.

It needs `pip install atheris`, which is made for fewer Pythons than we are.
"""

import importlib.util
import os
import subprocess
import sys

import pytest

from carecoord.embedded.stack import PROJECT
from patients.claims.formats import FORMATS

SECONDS = int(os.environ.get("CARECOORD_FUZZ_SECONDS", "0"))
pytestmark = [
    pytest.mark.skipif(not SECONDS, reason="CARECOORD_FUZZ_SECONDS says how long each reader is fuzzed"),
    pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed"),
]


@pytest.mark.parametrize("code", sorted(FORMATS))
def test_no_bytes_make_a_reader_fail(code, tmp_path):
    found = tmp_path / "found"
    found.mkdir()
    limits = (f"-max_total_time={SECONDS}", "-timeout=20", "-rss_limit_mb=1024", f"-artifact_prefix={tmp_path}/wrong-")
    program = (sys.executable, "-m", "tests.patients.claims.formats.fuzzed", code, found, *limits)
    ended = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True)
    wrong = [(file.name, file.read_bytes()[:2000]) for file in tmp_path.glob("wrong-*")]
    assert (ended.returncode, wrong) == (0, []), ended.stdout[-3000:] + ended.stderr[-3000:]
