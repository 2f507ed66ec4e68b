"""By the clock: that beat, broker and a worker work together, and the figures that only a worker may count."""

from celery import shared_task

from carecoord.kernel.telemetry import sightings

from . import figures


@shared_task(name="operations.beat")
def beat():
    sightings.note("beat")


@shared_task(name="operations.figures")
def count():
    sightings.note("figures", **figures.of_all_payers())
