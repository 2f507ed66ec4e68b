"""Blood pressure below 140/90 on the last day with a reading."""

import pytest

SEEN = """
    1970-06-01    born
    2026-03-01    visit 99213
    2020-01-01..  problem I10
"""


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ("", "ID"),
        ("2026-05-01 pressure 139/89", "IDN"),
        ("2026-05-01 pressure 140/89", "ID"),
        ("2026-05-01 pressure 139/90", "ID"),
        ("2026-05-01 pressure 150/95\n2026-05-02 pressure 120/80", "IDN"),
        ("2026-05-02 pressure 150/95\n2026-05-01 pressure 120/80", "ID"),
        ("2026-05-01 pressure 150/80\n2026-05-01 pressure 130/95", "IDN"),  # lowest of each on that day
        ("2026-05-01 pressure 130/", "ID"),
        ("2026-05-01 pressure 120/80\n2026-05-01 pressure 130/", "ID"),  # an absent value is lowest of all
        ("2026-05-02 pressure 120/80\n2026-05-01 pressure 130/", "IDN"),
        ("2025-12-31 pressure 120/80", "ID"),
        ("2026-12-31T23:59:00Z pressure 120/80", "IDN"),
        ("2026-05-01 pressure 120/80 status=cancelled", "ID"),
        ("2026-05-01 pressure 120/80 profile=us-core-blood-pressure", "IDN"),
        ("2026-05-01 pressure 120/80 profile=qicore-observation-screening-assessment", "ID"),
        ("2026-05-01..2026-05-03 stay 32485007 class=IMP\n2026-05-02 pressure 120/80", "ID"),
        ("2026-05-01..2026-05-03 stay 32485007 class=IMP\n2026-05-04 pressure 120/80", "IDN"),
        ("2026-05-02..2026-05-02 visit 99283 class=EMER\n2026-05-02 pressure 120/80", "ID"),
        # On the day of a stay, but taken at a visit
        (
            "2026-05-01..2026-05-03 stay 32485007 class=IMP\n2026-05-01 visit 99214 id=v\n2026-05-01 pressure 120/80 at=v",
            "IDN",
        ),
        ("2026-05-01..2026-05-03 stay 32485007 class=IMP id=s\n2026-05-01 pressure 120/80 at=s", "ID"),
    ],
)
def test_the_reading_that_counts(counts, readings, expected):
    assert counts("cms165", SEEN + readings) == expected


@pytest.mark.parametrize(
    ("hypertension", "expected"),
    [
        ("2026-06-30.. problem I10", "ID"),
        ("2026-07-01.. problem I10", "-"),
        ("2020-01-01..2026-01-01 diagnosis I10", "ID"),
        ("2020-01-01..2025-12-31 problem I10", "-"),
    ],
)
def test_hypertension_in_the_first_six_months(counts, hypertension, expected):
    assert counts("cms165", f"1970-06-01 born\n2026-03-01 visit 99213\n{hypertension}") == expected


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("2026-12-31.. diagnosis Z33.1", "IDX"),
        ("2010-01-01..2025-06-01 problem N18.6", "ID"),
        ("2026-05-01 done 90935", "IDX"),
        ("2026-05-01 done G0257", "IDX"),
        ("2010-05-01 done 50360", "IDX"),  # ever before
        ("2027-01-01 done 50360", "ID"),
        ("2015-05-01 visit 90960", "IDX"),
        ("2020-05-01.. diagnosis N18.5 verified=refuted", "ID"),
    ],
)
def test_pregnancy_and_kidney_failure(counts, what, expected):
    assert counts("cms165", SEEN + what) == expected


@pytest.mark.parametrize(("born", "expected"), [("1941-01-01", "ID"), ("1940-12-31", "-"), ("2008-12-31", "ID")])
def test_eighteen_to_eighty_five_on_the_last_day(counts, born, expected):
    assert counts("cms165", SEEN.replace("1970-06-01", born)) == expected
