import pytest

from carecoord.kernel.jobs import actions as jobs

from .feeds import new_payer


def leave_it(row):
    """Stands in for the evaluation that follows a load: it has tests of its own."""


@pytest.fixture(autouse=True)
def deliveries_folder(settings, tmp_path):
    settings.DELIVERIES = tmp_path / "deliveries"


def leave_out_evaluation(monkeypatch):
    for topic in ("patients.touched", "payer.due"):
        monkeypatch.setitem(jobs._handlers, topic, f"{__name__}.leave_it")


@pytest.fixture(autouse=True)
def evaluation_left_out(monkeypatch):
    leave_out_evaluation(monkeypatch)


@pytest.fixture
def payer():
    return new_payer()
