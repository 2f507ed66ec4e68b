"""How many generated members a test sees: CARECOORD_HISTORIES, 300 unless it says more."""

import math
import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

HISTORIES = int(os.environ.get("CARECOORD_HISTORIES", "300"))
TOGETHER = 6
"""Members of one example: the SQL is asked about all of them at once, and that is what takes the time."""


def together(member, members=TOGETHER):
    """The members of one example."""
    return st.lists(member, min_size=members, max_size=members)


def enough(members=TOGETHER, **more):
    """Settings of a test with so many members in an example: as many examples as CARECOORD_HISTORIES takes."""
    checks = [HealthCheck.function_scoped_fixture]
    return settings(max_examples=math.ceil(HISTORIES / members), deadline=None, suppress_health_check=checks, **more)
