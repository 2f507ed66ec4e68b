"""Prometheus' text format: what the processes of this machine counted, and what the database says at this moment.

The first is summed over the files of all processes (PROMETHEUS_MULTIPROC_DIR), so it does not matter which of granian's
workers is asked. The second is the same whichever machine is asked: take `max by` over machines, never `sum`.
"""

import os
from statistics import median

from django.utils import timezone
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from carecoord.kernel.audit import seals
from carecoord.kernel.telemetry import sightings
from carecoord.operations import figures


def text():
    """bytes. In one process alone (tests) the default registry is all there is."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    else:
        counted = REGISTRY
    state = CollectorRegistry()
    state.register(_Database())
    return generate_latest(counted) + generate_latest(state)


class _Database:
    """A collector: asked by `generate_latest`."""

    def collect(self):
        waiting, seen = figures.waiting(), sightings.latest()
        rows = {(name,): count for name, (count, _) in waiting.items()}
        lag = {(name,): seconds for name, (_, seconds) in waiting.items()}
        yield _gauge("outbox_rows", "Work that waits.", ["queue"], rows)
        yield _gauge("outbox_lag_seconds", "How long the oldest work has been due.", ["queue"], lag)
        failed = {(topic,): count for topic, count, _ in figures.given_up()}
        yield _gauge("outbox_failed_rows", "Work that was given up.", ["topic"], failed)
        ages = {(name,): (timezone.now() - row.at).total_seconds() for name, row in seen.items()}
        yield _gauge("seen_seconds_ago", "Since beat, figures, backup, drill were last seen.", ["what"], ages)
        waited = seals.unsealed_for()
        unsealed = {(): waited.total_seconds() if waited else 0}
        yield _gauge("audit_unsealed_seconds", "Age of the oldest event that no seal covers.", [], unsealed)
        counts = seen["figures"].detail if "figures" in seen else {}
        by_state = {(state,): count for state, count in counts.get("deliveries", {}).items()}
        yield _gauge("deliveries", "Deliveries by state.", ["state"], by_state)
        by_status = {(status,): count for status, count in counts.get("claims", {}).items()}
        yield _gauge("service_claims", "Service claims by status.", ["status"], by_status)
        yield _gauge("flags_open", "Open flags.", [], {(): counts["flags_open"]} if counts else {})
        speeds = counts.get("lines_per_second")
        yield _gauge("load_lines_per_second", "Median of the last loads.", [], {(): median(speeds)} if speeds else {})


def _gauge(name, words, labels, values):
    family = GaugeMetricFamily(f"carecoord_{name}", words, labels=labels)
    for label_values, value in values.items():
        family.add_metric([str(each) for each in label_values], value)
    return family
