"""Tobacco: screened; users helped; both. Three rates."""

import pytest

SEEN = """
    2000-06-01  born
    2026-03-01  visit 99213
    2026-04-01  visit 99213
"""
USER = "2026-03-01 smoking 72166-2 449868002\n"
NON_USER = "2026-03-01 smoking 72166-2 266919005\n"


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("", ["ID", "I", "ID"]),
        (NON_USER, ["IDN", "I", "IDN"]),
        (USER, ["IDN", "ID", "ID"]),
        (USER + "2026-03-01 done 99406", ["IDN", "IDN", "IDN"]),
        (USER + "2025-07-01 done 99406", ["IDN", "IDN", "IDN"]),  # six months before the period
        (USER + "2025-06-30 done 99406", ["IDN", "ID", "ID"]),
        (USER + "2026-03-01.. diagnosis Z71.6", ["IDN", "IDN", "IDN"]),
        (USER + "2026-03-01 order 151226", ["IDN", "IDN", "IDN"]),
        (USER + "2026-03-01 order 151226 not=yes", ["IDN", "ID", "ID"]),
        (USER + "2026-03-01 order 151226 status=on-hold", ["IDN", "ID", "ID"]),
        (USER + "2026-05-01 smoking 72166-2 8517006", ["IDN", "I", "IDN"]),  # the last one counts
        ("2026-03-01 smoking 72166-2 449868002 status=amended", ["ID", "I", "ID"]),  # only final ones
        ("2025-12-31 smoking 72166-2 449868002", ["ID", "I", "ID"]),
        ("2026-03-01 smoking 72166-2 266927001", ["ID", "I", "ID"]),  # unknown
        (USER + "2026-02-01 asked 385763009", ["IDX", "IDX", "IDX"]),
    ],
)
def test_screened_and_helped(counts, what, expected):
    assert counts("cms138", SEEN + what) == expected


@pytest.mark.parametrize(
    ("visits", "is_asked"),
    [
        ("2026-03-01 visit 99213", False),
        ("2026-03-01 visit 99213\n2026-03-02 visit 90834", True),
        ("2026-03-01 visit 99395", True),  # preventive: one is enough
        ("2026-03-01 visit 99024", True),
        ("2026-03-01 visit 99213\n2027-03-02 visit 99213", False),
    ],
)
def test_two_visits_or_a_preventive_one(counts, visits, is_asked):
    assert (counts("cms138", f"2000-06-01 born\n{visits}")[0] == "ID") is is_asked


@pytest.mark.parametrize(("born", "is_asked"), [("2014-01-01", True), ("2014-01-02", False)])
def test_twelve_on_the_first_day(counts, born, is_asked):
    assert (counts("cms138", SEEN.replace("2000-06-01", born))[0] == "ID") is is_asked
