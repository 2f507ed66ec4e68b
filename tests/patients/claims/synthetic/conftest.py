"""A small population for the tests of this folder, and the folder of domain facts where there is one."""

import os
from pathlib import Path

import pytest

from patients.claims.synthetic import population

REPOSITORY = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def domain():
    """The project's domain notes; they lie beside the third-party data."""
    data = Path(os.environ.get("CARECOORD_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    folder = data.parent / "domain"
    if not folder.is_dir():
        pytest.skip("the shared folder of domain notes is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """(folder, Summary) of 1,500 members in 2025, a year with stays."""
    folder = tmp_path_factory.mktemp("population")
    return folder, population.write(folder, members=1_500, year=2025, seed=11, payer="demo")
