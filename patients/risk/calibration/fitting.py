"""Logistic regression by statsmodels, which is an optional extra: `pip install carecoord[calibrate]`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any

LEAST_CHANCE = 1e-6
PARTED = 1e-9
"""A fitted chance beyond this is none: an input parts people with the event from the others."""


class NotInstalled(RuntimeError):
    """statsmodels is not there; the text says how to get it."""


class CannotFit(RuntimeError):
    """The data do not determine the coefficients; the text says why."""


def _statsmodels() -> tuple[Any, Any]:
    try:
        import numpy
        from statsmodels.discrete.discrete_model import Logit
    except ImportError:
        raise NotInstalled("calibrate_risk needs statsmodels: pip install 'carecoord[calibrate]'.") from None
    return numpy, Logit


def enough(rows: Sequence[Mapping[str, float]], events: Sequence[int], *, least: int) -> list[dict[str, float]]:
    """The rows without inputs that too few differ in: of those unlike most people, `least` with the event and `least` without."""
    kept = []
    for name in rows[0]:
        usual = Counter(row[name] for row in rows).most_common(1)[0][0]
        unlike = [event for row, event in zip(rows, events, strict=True) if row[name] != usual]
        if least <= sum(unlike) <= len(unlike) - least:
            kept.append(name)
    if not kept:
        raise CannotFit("No input differs in enough people to learn from.")
    return [{name: row[name] for name in kept} for row in rows]


def fit(rows: Sequence[Mapping[str, float]], events: Sequence[int]) -> dict[str, float]:
    """Name -> coefficient, 'constant' among them. Inputs that are the same for everybody are left out. Raises CannotFit."""
    numpy, logit = _statsmodels()
    names = [name for name in rows[0] if len({row[name] for row in rows}) > 1]
    table = numpy.array([[1.0, *(row[name] for name in names)] for row in rows])
    names, table = _independent(numpy, names, table)
    with numpy.errstate(over="ignore"):
        try:
            found = logit(numpy.array(events), table).fit(disp=0, maxiter=200, warn_convergence=False)
        except Exception as error:  # noqa: BLE001 - statsmodels has several, of numpy among them; the cause goes into the sentence
            raise CannotFit(f"The fit failed: {type(error).__name__}.") from error
    chances = found.predict(table)
    is_parted = chances.min() < PARTED or chances.max() > 1 - PARTED
    if not found.mle_retvals["converged"] or not numpy.isfinite(found.params).all() or is_parted:
        raise CannotFit("The fit did not converge: some input parts people with the event from the others.")
    return dict(zip(["constant", *names], (float(one) for one in found.params), strict=True))


def _independent(numpy, names, table):
    """Without inputs that follow from others (what cannot be known is often not known together)."""
    kept, columns = [], table[:, :1]
    for place, name in enumerate(names, start=1):
        wider = numpy.column_stack([columns, table[:, place]])
        if numpy.linalg.matrix_rank(wider.T @ wider / len(wider)) > columns.shape[1]:
            kept.append(name)
            columns = wider
    return kept, columns


def line(chances: Sequence[float], events: Sequence[int]) -> tuple[float, float]:
    """(intercept, slope) of what happened on the logit of the chance: 0 and 1 are perfect.

    The intercept is that with the slope held at 1 (calibration in the large).
    """
    slope = fit([{"logit": logit_of(chance)} for chance in chances], events).get("logit", 0.0)
    return _in_the_large([logit_of(chance) for chance in chances], sum(events)), slope


def _in_the_large(logits: list[float], happened: int) -> float:
    """The shift of all logits under which as many events are expected as happened."""
    low, high = -20.0, 20.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(chance_of(one + middle) for one in logits) < happened else (low, middle)
    return (low + high) / 2


def logit_of(chance: float) -> float:
    chance = min(max(chance, LEAST_CHANCE), 1 - LEAST_CHANCE)
    return log(chance / (1 - chance))


def chance_of(logit: float) -> float:
    return 1 / (1 + exp(-max(min(logit, 30.0), -30.0)))
