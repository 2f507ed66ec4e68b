"""No number of one to ten leaves, nor one from which it can be worked out."""

import pytest

from patients.evaluation.cells import cell, cells, rate


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0"), (1, "fewer than 11"), (10, "fewer than 11"), (11, "11"), (1234, "1,234")]
)
def test_a_count(count, told):
    assert cell(count, least=11).words == told


def test_one_hidden_part_of_a_total_takes_the_next_smallest_with_it():
    told = cells({"enrolled": 200, "no condition": 40, "died": 3, "moved": 0}, least=11)
    assert [one.count for one in told.values()] == [200, None, None, 0]


def test_two_hidden_parts_hide_each_other():
    told = cells({"enrolled": 200, "no condition": 4, "died": 3}, least=11)
    assert [one.count for one in told.values()] == [200, None, None]


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (50, 70, "71.4%"),
        (0, 70, "0.0%"),
        (70, 70, "100.0%"),
        (5, 70, "fewer than 11"),
        (65, 70, "fewer than 11"),  # five are left
        (5, 9, "fewer than 11"),
        (0, 0, "nobody counted"),
    ],
)
def test_a_rate(part, whole, told):
    assert rate(part, whole, least=11) == told
