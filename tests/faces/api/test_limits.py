"""Every answer says how many requests are left; the one too many is told when to come again."""

import pytest
import time_machine
from django.core.cache import caches
from redis.exceptions import ConnectionError as BrokerGone

from .sending import GOOD, HEADER, send

pytestmark = pytest.mark.django_db
NOW = "2026-11-26T10:00:20Z"


@pytest.fixture
def few(settings):
    settings.API_REQUESTS_A_MINUTE = 3
    settings.API_VISITS_A_MINUTE = 4


def test_the_request_too_many_is_refused_until_the_window_ends(client, bearer, few):
    with time_machine.travel(NOW, tick=False) as clock:
        left = [client.get("/api/v1/deliveries", headers=bearer).headers["RateLimit"] for _ in range(3)]
        assert left == [f'"client";r={n};t=40' for n in (2, 1, 0)]
        answer = client.get("/api/v1/deliveries", headers=bearer)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["RateLimit-Policy"] == '"client";q=3;w=60'
        assert send(client, bearer, HEADER + GOOD).status_code == 429
        clock.shift(40)
        assert client.get("/api/v1/deliveries", headers=bearer).status_code == 200


def test_clients_do_not_use_up_each_others(client, bearer, few):
    for _ in range(3):
        client.get("/api/v1/deliveries", headers=bearer)
    assert client.get("/api/v1/deliveries").headers["RateLimit"].startswith('"address"')
    assert client.get("/api/v1/deliveries").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/deliveries", 401),
        ("get", "/api/v1/nowhere", 404),
        ("get", "/api/v1/", 404),
        ("get", "/api/v1/deliveries/a%0Ab/rejects", 404),
        ("get", "/api/v1/token", 405),
        ("post", "/api/v1/token", 400),
        ("get", "/api/v1/deliveries/not-an-id", 404),
    ],
)
def test_every_answer_of_the_api_says_it(client, method, path, status):
    answer = getattr(client, method)(path)
    assert answer.status_code == status
    assert {"RateLimit", "RateLimit-Policy"} <= set(answer.headers)
    if path != "/api/v1/token" or status == 405:
        assert answer.json()["type"].startswith("/api/v1/docs#problem-")


def test_pages_do_not(client):
    assert "RateLimit" not in client.get("/login/").headers


def test_without_the_broker_each_process_counts_for_itself(client, bearer, few, monkeypatch):
    def gone(*args, **kwargs):
        raise BrokerGone

    caches["own"].clear()
    monkeypatch.setattr(caches["default"], "add", gone)
    statuses = [client.get("/api/v1/deliveries", headers=bearer).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
