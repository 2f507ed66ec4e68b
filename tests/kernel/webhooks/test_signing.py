"""Signatures as Standard Webhooks says them: its published example, its library, and ours agree."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from carecoord.kernel import sealing
from carecoord.kernel.webhooks import signing


def test_the_published_example():
    """https://github.com/standard-webhooks/standard-webhooks: the constants of the reference libraries' own test."""
    headers = signing.headers(
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body='{"test": 2432232314}',
        at=datetime.fromtimestamp(1614265330, UTC),
        kept=[signing.sealed("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_is_32_random_bytes_and_is_kept_sealed():
    secrets = {signing.new_secret() for _ in range(50)}
    assert len(secrets) == 50
    for secret in secrets:
        assert secret.startswith("whsec_") and len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
        kept = signing.sealed(secret)
        assert secret.removeprefix("whsec_") not in kept and sealing.is_sealed(kept)


def test_while_a_secret_is_replaced_both_verify_and_a_third_does_not():
    new, old, other = (signing.new_secret() for _ in range(3))
    body = '{"type":"x"}'
    kept = [signing.sealed(new), signing.sealed(old)]
    headers = signing.headers(webhook_id="msg_1", body=body, at=timezone.now(), kept=kept)
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert Webhook(new).verify(body, headers) == Webhook(old).verify(body, headers) == {"type": "x"}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(body + " ", headers)


def test_an_old_time_is_refused_by_the_receiver():
    secret, at = signing.new_secret(), timezone.now() - timedelta(minutes=6)
    headers = signing.headers(webhook_id="msg_1", body="{}", at=at, kept=[signing.sealed(secret)])
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify("{}", headers)


def test_a_secret_of_another_installation_is_not_read(monkeypatch):
    kept = signing.sealed(signing.new_secret())
    monkeypatch.setattr(settings, "WEBHOOK_KEY", b"k" * 32)
    with pytest.raises(sealing.OtherKey):
        signing.headers(webhook_id="msg_1", body="{}", at=timezone.now(), kept=[kept])
