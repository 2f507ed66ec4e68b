"""Noting that something worked, and asking when it last did."""

from django.utils import timezone

from carecoord.kernel.tenancy import context

from .models import Sighting


def note(name, **detail):
    """`name` was seen just now. `detail` holds counts and seconds."""
    with context.logged_in("worker"):
        Sighting.objects.update_or_create(name=name, defaults={"at": timezone.now(), "detail": detail})


def latest():
    """name -> Sighting, of all that was ever seen."""
    return {row.name: row for row in Sighting.objects.all()}
