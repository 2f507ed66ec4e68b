"""The locked screen: PINs, and who opens or takes over a session. What a session is, the faces know."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from carecoord.kernel.audit.actions import audited, record

from .. import pins
from ..models import KnownBrowser, QuickPin

MOST_WRONG_PINS = 5


class PoorPin(Exception):
    """The sentence says what a PIN must be."""


@dataclass(frozen=True)
class Try:
    """A PIN was typed. `tries_left` is 0 when this browser must be signed in to fully again."""

    is_right: bool
    tries_left: int


@audited
def set_pin(*, pin, by):
    """The person's own PIN, new or changed. Raises PoorPin."""
    if trouble := pins.trouble(pin):
        raise PoorPin(trouble)
    QuickPin.objects.update_or_create(user=by, defaults={"digest": pins.digest(pin), "set_at": timezone.now()})
    record(event="pin.set", by=by, target=by)


@audited
def remove_pin(*, by):
    """Without a PIN the screen opens by passkey or password."""
    QuickPin.objects.filter(user=by).delete()
    record(event="pin.removed", by=by, target=by)


def known_since():
    """A full sign-in counts for as long as a session may last."""
    return timezone.now() - timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)


def remember_browser(person, browser, *, has_both_factors):
    """Part of signing in: from now on a PIN will do in this browser. The person's old rows go."""
    KnownBrowser.objects.filter(user=person, signed_in_at__lt=known_since()).delete()
    kept = {"signed_in_at": timezone.now(), "has_both_factors": has_both_factors, "wrong_pins": 0}
    KnownBrowser.objects.update_or_create(user=person, browser=browser, defaults=kept)


def who_is_known(browser, *, organisation_id):
    """Rows of the people of an organisation who signed in fully in this browser today, by name."""
    rows = KnownBrowser.objects.filter(browser=browser, signed_in_at__gte=known_since(), user__is_active=True)
    rows = rows.select_related("user__quick_pin").order_by("user__name", "user_id")
    return [row for row in rows if row.user.membership_at(organisation_id)]


@audited
def try_pin(*, known, pin, by):
    """Whether `pin` is the PIN of the KnownBrowser row's person. The fifth wrong one forgets the row. Returns a Try."""
    known = KnownBrowser.objects.select_for_update().filter(pk=known.pk, signed_in_at__gte=known_since()).first()
    kept = QuickPin.objects.filter(user=known.user).first() if known else None
    if kept is None:
        record(event="pin.refused", by=by)
        return Try(False, 0)
    if pins.fits(pin, kept.digest):
        KnownBrowser.objects.filter(pk=known.pk).update(wrong_pins=0)
        record(event="pin.accepted", by=by, target=known.user)
        return Try(True, MOST_WRONG_PINS)
    KnownBrowser.objects.filter(pk=known.pk).update(wrong_pins=F("wrong_pins") + 1)
    left = MOST_WRONG_PINS - known.wrong_pins - 1
    if left <= 0:
        known.delete()
    record(event="pin.refused", by=by, target=known.user, detail={"tries_left": left})
    return Try(False, max(left, 0))


@audited
def locked(*, why, by):
    """`why`: asked or idle."""
    record(event="screen.locked", by=by, target=by, reason=why)


@audited
def unlocked(*, how, by):
    """By the person who was there: pin, passkey or password."""
    record(event="screen.unlocked", by=by, target=by, detail={"how": how})


@audited
def taken_over(*, how, before, by):
    """`by` goes on, as themselves, where `before` had locked."""
    record(event="screen.taken_over", by=by, target=before, detail={"how": how})


@audited
def place_chosen(*, membership, by):
    """A person of several places says where they work now."""
    record(event="place.chosen", by=by, target=membership)
