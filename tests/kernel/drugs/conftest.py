"""The edition of the NDC Directory that comes with CareCoord, read once."""

import pytest

from carecoord.kernel.drugs import actions, fda


@pytest.fixture(scope="session")
def directory():
    """Every line of the file, as the reader gives it."""
    return list(fda.packages(actions.BUILT_IN))
