"""What the tests of people share: a site with a quick password for everybody, and the owner of a store."""

import pytest
from django.contrib.auth.hashers import make_password

from carecoord.kernel.accounts.models import Membership, User
from tests.factories.cast import LONG_AGO, PASSWORD


@pytest.fixture
def site(cast, as_owner, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with as_owner():
        User.objects.update(password=make_password(PASSWORD))


@pytest.fixture
def olive(cast, as_owner):
    """The owner of Ash Street Pharmacy."""
    with as_owner():
        user = User.objects.create(email="olive@example.org", name="Olive", password=make_password(PASSWORD))
        Membership.objects.create(user=user, organisation=cast.a.pharmacy.organisation, role="owner", since=LONG_AGO)
    return user
