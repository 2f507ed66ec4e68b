"""Outbox handlers. carecoord/schedule.py says which topic calls which."""

from . import dispatch


def send(row):
    """webhook.due: something waits for an endpoint."""
    dispatch.send_next(endpoint_id=row.subject_id)


def given_up(row):
    """webhook.due failed too often."""
    dispatch.mourn(endpoint_id=row.subject_id, fault=row.last_error)
