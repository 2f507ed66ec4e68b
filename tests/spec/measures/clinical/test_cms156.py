"""High-risk medicines from 65: ordered twice; antipsychotics and benzodiazepines without a reason; either."""

import pytest

SEEN = """
    1950-06-01  born
    2026-03-01  visit 99213
"""
PAIN, ESTROGEN, ANTIPSYCHOTIC, BENZODIAZEPINE, ANTIINFECTIVE = "1490727", "1000351", "1006801", "1366192", "311995"


def twice(drug, *, options=""):
    return f"2026-03-01 order {drug} {options}\n2026-06-01 order {drug} {options}\n"


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ("", "ID"),
        (twice(PAIN), "IDN"),
        (f"2026-03-01 order {PAIN}", "ID"),
        (f"2026-03-01 order {PAIN} refills=1", "IDN"),
        (f"2026-03-01 order {PAIN}\n2026-03-01 order {PAIN}", "ID"),  # on one day
        (f"2025-12-31 order {PAIN}\n2026-03-01 order {PAIN}", "ID"),
        (f"2026-03-01 order {PAIN}\n2026-06-01 order {ESTROGEN}", "ID"),  # different classes
        (twice(PAIN, options="intent=plan"), "ID"),
        (twice(PAIN, options="status=cancelled"), "ID"),
        (twice(PAIN, options="not=yes"), "ID"),
        (twice(ANTIINFECTIVE, options="days=45"), "ID"),  # 90 days
        (twice(ANTIINFECTIVE, options="days=46"), "IDN"),
        (twice("197606", options="quantity=10 days=20"), "ID"),  # digoxin 0.25 mg: 0.125 a day
        (twice("197606", options="quantity=11 days=20"), "IDN"),
        (twice("197606"), "ID"),  # no dose can be told
        (twice("1000048", options="quantity=12 days=20"), "ID"),  # doxepin 10 mg: 6 a day
        (twice("1000048", options="quantity=13 days=20"), "IDN"),
        (twice("197622 dipyridamole 50 MG Oral Tablet"), "IDN"),
        (twice("1 12 HR aspirin 25 MG / dipyridamole 200 MG Extended Release Oral Capsule"), "ID"),
        (twice("2 guanfacine 1 MG Oral Tablet"), "IDN"),
        (twice("4 1 ML meperidine hydrochloride 50 MG/ML Injection"), "IDN"),  # by whatever route
        (twice("3 24 HR guanfacine 1 MG Extended Release Oral Tablet"), "ID"),
    ],
)
def test_ordered_twice(counts, orders, expected):
    assert counts("cms156", SEEN + orders) == [expected, "ID", expected]


@pytest.mark.parametrize(
    ("drug", "reason", "expected"),
    [
        (ANTIPSYCHOTIC, "", "IDN"),
        (ANTIPSYCHOTIC, "2020-01-01.. problem F20.9", "ID"),
        (ANTIPSYCHOTIC, "2020-01-01..2025-01-01 problem F31.9", "ID"),  # a year before the period
        (ANTIPSYCHOTIC, "2020-01-01..2024-12-31 problem F31.9", "IDN"),
        (ANTIPSYCHOTIC, "2026-03-01.. problem F20.9", "ID"),  # on the day of the first order
        (ANTIPSYCHOTIC, "2026-03-02.. problem F20.9", "IDN"),  # known too late
        (ANTIPSYCHOTIC, "2020-01-01.. problem G40.909", "IDN"),  # a reason for the other class
        (BENZODIAZEPINE, "2020-01-01.. problem G40.909", "ID"),
        (BENZODIAZEPINE, "2020-01-01.. diagnosis F41.1", "ID"),
        (BENZODIAZEPINE, "2020-01-01.. diagnosis F41.1 verified=refuted", "IDN"),
    ],
)
def test_a_reason_until_the_first_order(counts, drug, reason, expected):
    assert counts("cms156", SEEN + twice(drug) + reason) == ["ID", expected, expected]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("2026-03-01T10:00:00Z.. problem F20.9", "ID"),  # at the time of the first order
        ("2026-03-01T10:00:01Z.. problem F20.9", "IDN"),  # on its day, but after it
        ("2026-03-01.. problem F20.9", "IDN"),  # nobody knows whether before it
        ("2020-01-01..2025-01-01T00:00:00Z problem F20.9", "ID"),
        ("2020-01-01..2024-12-31T23:59:59Z problem F20.9", "IDN"),
    ],
)
def test_a_reason_is_known_when_the_first_order_is_made(counts, reason, expected):
    orders = f"2026-03-01T10:00:00Z order {ANTIPSYCHOTIC}\n2026-06-01T10:00:00Z order {ANTIPSYCHOTIC}\n"
    assert counts("cms156", SEEN + orders + reason) == ["ID", expected, expected]


@pytest.mark.parametrize(("born", "expected"), [("1961-12-31", "ID"), ("1962-01-01", "-")])
def test_sixty_five_on_the_last_day(counts, born, expected):
    assert counts("cms156", SEEN.replace("1950-06-01", born)) == [expected] * 3
