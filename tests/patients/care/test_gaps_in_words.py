"""What the panel of a flag says of the claims behind a gap."""

from datetime import date

from patients.care.gaps import told

ROWS = [
    {"role": "asks", "day": "2026-06-10", "what": "Suboxone", "days_supply": 28},
    {"role": "asks", "day": "2026-03-04", "what": "Diagnosis"},
    {"role": "meets", "day": "2026-05-01", "what": "Naloxone", "days_supply": 1},
    {"role": "asks", "day": "2026-07-08", "what": "Suboxone", "days_supply": None},
]


def test_claims_are_told_oldest_first_with_the_days_that_a_fill_lasts():
    """Without them nobody can count the days that are covered again."""
    assert told(ROWS, "asks") == (
        (date(2026, 3, 4), "Diagnosis"),
        (date(2026, 6, 10), "Suboxone, 28 days"),
        (date(2026, 7, 8), "Suboxone"),
    )
    assert told(ROWS, "meets", "value") == ((date(2026, 5, 1), "Naloxone, 1 day"),)
