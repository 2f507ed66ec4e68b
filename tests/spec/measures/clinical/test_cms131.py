"""Eye exam in diabetes: an exam of the year before counts when there is no retinopathy."""

import pytest

SEEN = """
    1970-06-01    born
    2026-03-01    visit 92014
    2020-01-01..  diagnosis E11.9
"""
RETINOPATHY = "2020-01-01.. problem E11.319\n"
LEFT, RIGHT = "71490-7", "71491-5"


@pytest.mark.parametrize(
    ("exams", "expected"),
    [
        ("", "ID"),
        ("2026-12-31 exam 20067007", "IDN"),
        ("2025-01-01 exam 20067007", "IDN"),
        ("2024-12-31 exam 20067007", "ID"),
        (RETINOPATHY + "2025-06-01 exam 20067007", "ID"),
        (RETINOPATHY + "2026-06-01 exam 20067007", "IDN"),
        ("2027-01-01.. problem E11.319\n2025-06-01 exam 20067007", "IDN"),
        ("2026-06-01 lab 20067007", "ID"),  # no exam
        ("2026-06-01 exam 20067007 status=preliminary", "ID"),
        (f"2026-06-01 exam {LEFT} LA18645-4", "ID"),  # one eye
        (f"2026-06-01 exam {LEFT} LA18645-4\n2026-06-01 exam {RIGHT} LA18643-9", "IDN"),
        (f"2026-06-01 exam {LEFT} LA18645-4\n2025-06-01 exam {RIGHT} LA18643-9", "IDN"),
        (f"2026-06-01 exam {LEFT} LA18645-4\n2025-06-01 exam {RIGHT} LA18645-4", "ID"),
        (f"2025-06-01 exam {LEFT} LA18643-9\n2025-06-01 exam {RIGHT} LA18643-9", "IDN"),
        (f"2024-12-31 exam {LEFT} LA18643-9\n2025-06-01 exam {RIGHT} LA18643-9", "ID"),
        ("2026-06-01 exam 105914-6 LA34398-0", "IDN"),
        ("2026-06-01 exam 105914-6 LA34399-8", "IDN"),  # either finding
        ("2026-06-01 exam 105914-6 LA34400-4", "ID"),  # no finding: the image was too poor
        ("2025-06-01 exam 105914-6 LA34398-0", "ID"),
        ("2026-12-31.. problem 15665641000119103", "IDX"),
        ("2027-01-01.. problem 15665641000119103", "ID"),
    ],
)
def test_the_exam_that_counts(counts, exams, expected):
    assert counts("cms131", SEEN + exams) == expected
