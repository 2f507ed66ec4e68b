import pytest

from .feeds import new_payer


@pytest.fixture(autouse=True)
def deliveries_folder(settings, tmp_path):
    settings.DELIVERIES = tmp_path / "deliveries"


@pytest.fixture
def payer():
    return new_payer()
