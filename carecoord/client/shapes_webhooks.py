"""What the API sends. Made by `manage.py write_client` out of the OpenAPI document: change that, not this."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Webhook:
    """An address of this client's that is told what becomes of deliveries. The PBM registers it."""

    id: str
    """Its id."""
    url: str
    """Where messages go."""
    types: list[
        Literal["delivery.loaded", "delivery.refused", "delivery.withdrawn", "delivery.failed", "conflict.opened"]
    ]
    """What it is told of; empty: everything."""
    state: Literal["on", "late", "failing", "off"]
    """on; late: a try failed since the last success; failing: a message was given up since then; off."""
    off_because: str
    """Why it is off; else empty."""
    last_success_at: datetime | None
    """When a message was taken last."""
    failing_since: datetime | None
    """The first try since then that failed."""
    messages: str
    """Address of its messages."""


@dataclass(frozen=True)
class Webhooks:
    """A page of a list."""

    results: list[Webhook]
    next: str | None
    """`cursor` of the next page; null on the last."""


@dataclass(frozen=True)
class Attempt:
    """A try."""

    at: datetime
    """In UTC."""
    status: int | None
    """What the endpoint answered; null without an answer."""
    milliseconds: int
    """How long it took."""
    fault: str
    """Why it failed; else empty."""


@dataclass(frozen=True)
class Message:
    """A message to an endpoint."""

    id: str
    """Its id in this API."""
    webhook_id: str
    """What the header `webhook-id` says at every try."""
    type: str
    """What happened; see `webhooks`."""
    created_at: datetime
    """When it happened, in UTC."""
    state: Literal["waiting", "sent", "failed"]
    """sent: the endpoint took it; failed: nobody tries it any more."""
    next_try_at: datetime | None
    """Of a message that waits."""
    body: str
    """The body, as it is sent."""
    attempts: list[Attempt]
    """The oldest first."""


@dataclass(frozen=True)
class Messages:
    """A page of a list."""

    results: list[Message]
    next: str | None
    """`cursor` of the next page; null on the last."""
