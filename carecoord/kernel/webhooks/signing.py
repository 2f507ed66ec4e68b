"""Standard Webhooks: secrets, and the three headers that say who sent a message, which it is, and when this try was made."""

import base64
import secrets

from django.conf import settings
from standardwebhooks import Webhook

from carecoord.kernel import sealing

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret():
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed(secret):
    return sealing.seal(secret, settings.WEBHOOK_KEY)


def headers(*, webhook_id, body, at, kept):
    """The headers of one try. `kept`: sealed secrets, the current one first; each gives a signature. Raises sealing.OtherKey."""
    signatures = [
        Webhook(sealing.unseal(each, settings.WEBHOOK_KEY)).sign(msg_id=webhook_id, timestamp=at, data=body)
        for each in kept
    ]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
