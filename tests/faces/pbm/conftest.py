"""People of the PBM site, signed in without their second factor (its own tests are in tests/faces/test_sign_in.py)."""

import pytest
from django.test import override_settings


@pytest.fixture(autouse=True)
def one_factor():
    with override_settings(SECOND_FACTOR_REQUIRED=False):
        yield


@pytest.fixture
def sign_in(client, cast):
    """`sign_in("dana")` gives the client back, signed in as her."""

    def as_somebody(name):
        client.force_login(getattr(cast, name))
        return client

    return as_somebody
