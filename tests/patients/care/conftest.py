import pytest
import time_machine

from tests.conftest import as_owner
from tests.faces.portal import story as stories


@pytest.fixture
def that_day():
    """21 November 2026, mid-morning at the pharmacy."""
    with time_machine.travel(stories.NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def story(that_day, cast):
    """The flags of a patient with a history; see tests/faces/portal/story.py."""
    return stories.tell(cast, as_owner)
