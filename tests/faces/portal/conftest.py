from pathlib import Path

import pytest
import time_machine
from django.conf import settings as at_start
from django.test import Client

from tests.conftest import as_owner

from . import story as stories


@pytest.fixture(scope="session", autouse=True)
def static_root():
    """The middleware for static files warns of a folder that is not there, and warnings are errors."""
    Path(at_start.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def sign_in(settings):
    """`sign_in(cast.alice)`: a client signed in as that person, with the second factor done."""
    settings.SECOND_FACTOR_REQUIRED = False

    def go(user):
        client = Client()
        client.force_login(user)
        return client

    return go


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


@pytest.fixture
def charlie(cast, sign_in):
    return sign_in(cast.charlie)


@pytest.fixture
def that_day():
    """21 November 2026, mid-morning at the pharmacy."""
    with time_machine.travel(stories.NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def story(that_day, cast):
    """The flags of a patient with a history; see story.py."""
    return stories.tell(cast, as_owner)
