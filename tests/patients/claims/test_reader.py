"""A file is read the same way here and in a process of its own, and that process leaves nothing behind."""

from datetime import date

import pytest

from patients.claims import reader, records
from patients.claims.formats import FeedRefused
from patients.models import Coverage

from .feeds import claim, claims_file

TODAY = date(2026, 11, 21)
LINES = [claim(f"C{i}", quantity="x" if i % 7 == 0 else "30") for i in range(40)]


def items(path, how):
    told = {"format": "tuva_csv", "path": path, "name": "feed.csv", "max_bytes": 1_000_000, "today": TODAY}
    return list(how(**told))


def written(tmp_path, content):
    path = tmp_path / "feed"
    path.write_bytes(content)
    return path


def test_both_ways_give_the_same_items(tmp_path):
    path = written(tmp_path, claims_file(*LINES))
    here, there = items(path, reader._here), items(path, reader._in_own_process)
    assert here == there
    rows, faults, end = here
    ((kind, lines),) = rows.kinds
    assert (kind, lines.count(b"\n"), rows.last) == ("pharmacy_claim", 34, 41)
    assert [fault[:3] for fault in faults.faults][:2] == [
        (2, "quantity", "not_a_number"),
        (9, "quantity", "not_a_number"),
    ]
    assert (end.kind, end.lines, end.rejected) == ("pharmacy_claim", 40, 6)


@pytest.mark.parametrize("how", [reader._here, reader._in_own_process])
def test_a_refusal_comes_through_as_it_was_meant(tmp_path, how):
    with pytest.raises(FeedRefused) as refused:
        items(written(tmp_path, b"name,shoe size\n1,2\n"), how)
    assert (refused.value.code, refused.value.line) == ("no_header", 1)


def test_a_reading_process_that_dies_is_no_end_of_file(tmp_path, monkeypatch):
    monkeypatch.setattr(reader.sys, "executable", "/bin/false")
    with pytest.raises(reader.ReadingStopped):
        items(written(tmp_path, claims_file(*LINES)), reader._in_own_process)


def test_large_files_are_read_by_a_process_of_their_own(tmp_path, monkeypatch):
    chosen = []
    monkeypatch.setattr(reader, "_in_own_process", lambda **told: chosen.append("own") or iter(()))
    monkeypatch.setattr(reader, "OWN_PROCESS_BYTES", 10)
    items(written(tmp_path, claims_file(*LINES)), reader.items)
    assert chosen == ["own"]


def test_the_reader_knows_a_plan_without_drugs_as_coverage_does():
    assert records.WITHOUT_DRUGS == Coverage.WITHOUT_DRUGS
