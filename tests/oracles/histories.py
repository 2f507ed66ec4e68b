"""How many generated members a test sees: CARECOORD_HISTORIES, 300 unless it says more."""

import math
import os

from hypothesis import HealthCheck, settings

from . import strategies as st

USUAL = 300
HISTORIES = int(os.environ.get("CARECOORD_HISTORIES", USUAL))
TOGETHER = 6
"""Members of one example: the SQL is asked about all of them at once, and that is what takes the time."""


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
    return settings(max_examples=number, deadline=None, suppress_health_check=checks)
