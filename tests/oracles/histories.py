"""How many generated members a test sees: CARECOORD_HISTORIES, 300 unless it says more."""

import math
import os
from collections import defaultdict

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from . import strategies as st

USUAL = 300
HISTORIES = int(os.environ.get("CARECOORD_HISTORIES", USUAL))
TOGETHER = 6 if HISTORIES <= USUAL else 18
"""Members of one example: the SQL is asked about all of them at once, and to ask takes the time. Few are easier to read."""


def together(member, members=TOGETHER):
    """The members of one example."""
    return st.lists(member, min_size=members, max_size=members)


def enough(members=TOGETHER):
    """Settings of a test with so many members in an example: as many examples as CARECOORD_HISTORIES takes."""
    return _examples(math.ceil(HISTORIES / members))


def in_proportion(examples):
    """Settings of a test whose example is many steps, such as files that are loaded, withdrawn and sent again, or a member's evidence:
    so many examples where CARECOORD_HISTORIES is 300, and as many times more as it says."""
    return _examples(math.ceil(examples * HISTORIES / USUAL))


def _examples(number):
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    backend = "anew" if HISTORIES > USUAL else "hypothesis"
    return settings(max_examples=number, deadline=None, suppress_health_check=checks, backend=backend)


class Anew(HypothesisProvider):
    """Each example is drawn anew, with one number in twenty drawn before in it from the same range, so that days and codes meet.

    By hypothesis' own way five examples of six are the one before with a part put in another's place: of 1,800 members some 500
    are different. It is what shrinks a failure, whoever found it.
    """

    def __init__(self, conjecturedata, /):
        super().__init__(conjecturedata)
        self._drawn = defaultdict(list)

    def draw_integer(self, min_value=None, max_value=None, **more):
        drawn = self._drawn[min_value, max_value]
        is_again = drawn and self._random.random() < 0.05
        drawn.append(self._random.choice(drawn) if is_again else super().draw_integer(min_value, max_value, **more))
        return drawn[-1]


AVAILABLE_PROVIDERS["anew"] = Anew
