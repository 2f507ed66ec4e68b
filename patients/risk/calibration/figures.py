"""Discrimination and calibration of a score against what happened: pure Python, from definitions."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import sqrt

Z = 1.959963984540054


def auc(scores: Sequence[float], events: Sequence[int]) -> tuple[float, float, float]:
    """(area, lower, upper): the chance that somebody with the event has the higher score, ties counting half, with DeLong's 95%
    interval. Raises ValueError without anybody on one side."""
    with_it = sorted(s for s, e in zip(scores, events, strict=True) if e)
    without = sorted(s for s, e in zip(scores, events, strict=True) if not e)
    if not with_it or not without:
        raise ValueError("There must be people with and without the event.")
    m, n = len(with_it), len(without)
    above = [(bisect_left(without, s) + bisect_right(without, s)) / (2 * n) for s in with_it]
    below = [1 - (bisect_left(with_it, s) + bisect_right(with_it, s)) / (2 * m) for s in without]
    area = sum(above) / m
    spread = sqrt(_variance(above, area) / m + _variance(below, area) / n)
    return area, max(0.0, area - Z * spread), min(1.0, area + Z * spread)


def _variance(values: list[float], mean: float) -> float:
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1) if len(values) > 1 else 0.0


def average_precision(scores: Sequence[float], events: Sequence[int]) -> float:
    """Sum over falling scores of precision x the rise of recall; equal scores are one step."""
    total, found, seen, answer = sum(events), 0, 0, 0.0
    for size, hits in _steps(scores, events):
        found, seen = found + hits, seen + size
        answer += hits / total * found / seen
    return answer


def capture(scores: Sequence[float], events: Sequence[int], share: float) -> float:
    """The share of events among the highest `share` of people; of equal scores at the border, as many as fit, on average."""
    left, found = len(scores) * share, 0.0
    for size, hits in _steps(scores, events):
        if size >= left:
            return (found + hits * left / size) / sum(events)
        left, found = left - size, found + hits
    return 1.0


def _steps(scores, events):
    """(people, events) of each score, highest first."""
    by_score: dict[float, list[int]] = {}
    for score, event in zip(scores, events, strict=True):
        step = by_score.setdefault(score, [0, 0])
        step[0] += 1
        step[1] += event
    return [tuple(by_score[score]) for score in sorted(by_score, reverse=True)]


def brier(chances: Sequence[float], events: Sequence[int]) -> float:
    """Mean squared distance of the chance from what happened."""
    return sum((chance - event) ** 2 for chance, event in zip(chances, events, strict=True)) / len(chances)


def deciles(chances: Sequence[float], events: Sequence[int]) -> list[dict[str, float]]:
    """Ten groups by rising chance: people, what was expected and what happened, as shares."""
    ranked = sorted(zip(chances, events, strict=True))
    groups = [ranked[len(ranked) * i // 10 : len(ranked) * (i + 1) // 10] for i in range(10)]
    return [
        {
            "people": len(group),
            "expected": sum(chance for chance, _ in group) / len(group),
            "observed": sum(event for _, event in group) / len(group),
        }
        for group in groups
        if group
    ]
