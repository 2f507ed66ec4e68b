"""The format that the README shows does what it says."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path

from patients.claims.formats import Bad, Good

README = Path(__file__).parents[4] / "README.md"


def test_the_example_of_a_format_reads_a_file():
    (text,) = re.findall(r"```python\n(\"\"\"Weights.*?)```", README.read_text(), re.S)
    assert len(text.splitlines()) <= 40
    module = {"__package__": "patients.claims.formats", "__name__": "patients.claims.formats.clinic_scale"}
    exec(compile(text, "clinic_scale.py", "exec"), module)  # noqa: S102 - our own README
    feed = module["FORMAT"].open(BytesIO(b"id;member;day;kg\n1;M1;2026-01-02;80.5\n2;M1;;80\n"))
    good, bad = list(feed)
    assert isinstance(good, Good) and good.row[3] == date(2026, 1, 2)
    assert isinstance(bad, Bad) and [(p.field, p.code) for p in bad.problems] == [("day", "missing")]
    assert (feed.kind, feed.records, feed.rejected) == ("observation", 2, 1)
