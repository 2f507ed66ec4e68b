"""What payers' systems are told of their deliveries by webhook: which file, its state and counts, and where to read more.

Never what a line, a file name or a refusal says: these may name somebody.
"""

from carecoord.kernel.webhooks.actions import messages

TYPES = {
    "delivery.loaded": "A file was loaded; its counts are final until another delivery changes them.",
    "delivery.refused": "A file was refused whole, and will not be read again by itself.",
    "delivery.withdrawn": "What a file had told no longer counts.",
    "delivery.failed": "The load of a file failed several times, and nobody tries it any more.",
    "conflict.opened": "A file has records that say another thing than a record with the same key and version.",
}
API = "/api/v1/deliveries"


def tell(delivery, type):
    """One message to each endpoint of the delivery's payer."""
    messages.tell(payer_id=delivery.payer_id, type=type, data=shown(delivery))


def tell_loaded(delivery):
    """That it is loaded, and that it brought conflicts."""
    tell(delivery, "delivery.loaded")
    if delivery.conflicting:
        tell(delivery, "conflict.opened")


def shown(delivery):
    """The delivery as the API shows it, without the words in it. Times are ISO 8601 in UTC."""
    counts = ("lines", "loaded", "waiting", "repeated", "rejected", "conflicting")
    href = f"{API}/{delivery.public_id}"
    return {
        "id": str(delivery.public_id),
        "state": str(delivery.state),
        "format": delivery.format,
        "kind": delivery.kind,
        "sha256": delivery.sha256,
        "size_bytes": delivery.size_bytes,
        "received_at": _moment(delivery.received_at),
        "loaded_at": _moment(delivery.loaded_at),
        "counts": {name: getattr(delivery, name) for name in counts},
        "href": href,
        "rejects": f"{href}/rejects",
    }


def _moment(at):
    return at and at.isoformat().replace("+00:00", "Z")
