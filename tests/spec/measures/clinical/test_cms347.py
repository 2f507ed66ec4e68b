"""Statins: the first of four populations that fits; exceptions count only without a statin."""

import pytest

VISIT = "2026-03-01 visit 99213\n"
ASCVD = "2020-01-01.. problem I21.4\n"
LDL = "2020-05-01 lab 13457-7 190 mg/dL\n"
DIABETES = "2026-12-31.. problem E11.9\n"
RISK = "2026-05-01 assessed 99055-6 20 %\n"
STATIN = "2026-05-01 order 312961\n"


def at(born="1976-06-01"):
    return f"{born} born\n{VISIT}"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (at() + ASCVD, ["ID", "-", "-", "-"]),
        (at("2006-06-01") + ASCVD, ["ID", "-", "-", "-"]),  # at any age
        (at() + ASCVD.replace("problem", "diagnosis"), ["-"] * 4),  # of an encounter alone
        (at() + "2026-12-31 done 33510", ["ID", "-", "-", "-"]),
        (at() + "2027-01-01 done 33510", ["-"] * 4),
        (at() + "2019-05-01 done C9600", ["ID", "-", "-", "-"]),  # a stent
        (at() + ASCVD + LDL + DIABETES + RISK, ["ID", "-", "-", "-"]),
        (at() + LDL + DIABETES + RISK, ["-", "ID", "-", "-"]),
        (at() + "2020-05-01 lab 13457-7 189 mg/dL", ["-"] * 4),
        (at("2006-01-01") + LDL, ["-", "ID", "-", "-"]),  # 20
        (at("2006-01-02") + LDL, ["-"] * 4),
        (at() + "2020-01-01.. problem E78.01", ["-", "ID", "-", "-"]),
        (at() + DIABETES + RISK, ["-", "-", "ID", "-"]),
        (at("1986-01-02") + DIABETES, ["-"] * 4),  # 39
        (at("1986-01-01") + DIABETES, ["-", "-", "ID", "-"]),
        (at() + RISK, ["-", "-", "-", "ID"]),
        (at() + RISK.replace("20 %", "19.9 %"), ["-"] * 4),
        (at() + RISK.replace("2026", "2025"), ["-"] * 4),
        (f"1976-06-01 born\n{ASCVD}", ["-"] * 4),  # no visit
    ],
)
def test_the_population_that_fits(counts, table, expected):
    assert counts("cms347", table) == expected


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (STATIN, "IDN"),
        ("2025-12-01 order 312961 days=32", "IDN"),  # in use on 1 January
        ("2025-12-01 order 312961 days=31", "ID"),
        ("2025-11-01 order 312961 days=31 refills=1", "IDN"),
        ("2026-05-01 order 312961 not=yes", "ID"),
        ("2026-05-01 order 312961 intent=plan", "ID"),
        ("2026-05-01 order 312961 status=stopped", "ID"),
        ("2026-03-01 order 312961 not=yes reason=183932001", "IDE"),
        ("2026-03-02 order 312961 not=yes reason=183932001", "ID"),  # on no day of a visit
        ("2026-03-01 order 312961 not=yes reason=105480006", "ID"),  # declined: no medical reason
        ("2026-03-01 allergy 36567", "IDE"),
        ("2026-03-01 allergy 36567 clinical=resolved", "ID"),
        ("2020-01-01.. problem G72.0", "IDE"),
        ("2020-01-01..2025-12-31 problem G72.0", "ID"),
        ("2026-12-31.. problem B16.9", "IDE"),
        ("2026-12-31.. problem K74.60", "IDE"),
        ("2026-03-01 done 385763009", "IDE"),
        ("2026-03-01 done 385763009\n" + STATIN, "IDN"),  # with a statin no exception is needed
        ("2026-12-31.. diagnosis M62.82", "IDX"),
        ("2026-12-31.. diagnosis M62.82\n" + STATIN, "IDX"),
    ],
)
def test_a_statin_or_why_not(counts, what, expected):
    assert counts("cms347", at() + ASCVD + what)[0] == expected
