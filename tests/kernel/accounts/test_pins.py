"""Quick PINs: what is too poor, and how they are kept."""

import pytest

from carecoord.kernel.accounts import pins
from carecoord.kernel.accounts.actions import locks
from carecoord.kernel.accounts.models import QuickPin
from carecoord.kernel.tenancy import context


@pytest.mark.parametrize("poor", ["", "123", "123456789", "1234", "9876", "0000", "1212", "12a4", "１２５８", "²580"])
def test_a_pin_is_four_to_eight_digits_without_a_pattern(poor):
    assert pins.trouble(poor)
    assert pins.trouble("2580") == pins.trouble("73914628") == ""


def test_a_stolen_digest_does_not_fall_to_trying_all_pins(settings):
    kept = pins.digest("2580")
    assert kept.startswith("argon2")
    assert pins.fits("2580", kept)
    settings.SECRET_KEY = "another"
    assert not pins.fits("2580", kept)


@pytest.mark.django_db
def test_a_poor_pin_changes_nothing(cast):
    with context.acting_as(cast.alice.scope):
        locks.set_pin(pin="2580", by=cast.alice)
        with pytest.raises(locks.PoorPin):
            locks.set_pin(pin="1111", by=cast.alice)
    assert pins.fits("2580", QuickPin.objects.get(user=cast.alice).digest)
