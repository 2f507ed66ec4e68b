"""Outbox handlers: three lines each. carecoord/schedule.py says which topic calls which."""

from carecoord.kernel.jobs.actions import MAX_TRIES

from . import load as loading
from .models import Delivery


def load(row):
    """delivery.received: the bytes become events."""
    delivery = Delivery.objects.get(pk=row.subject_id)
    loading.load(delivery=delivery, is_last_try=row.tries >= MAX_TRIES)


def withdraw(row):
    """delivery.withdrawn: the events leave the set."""
    loading.withdraw(delivery=Delivery.objects.get(pk=row.subject_id))
