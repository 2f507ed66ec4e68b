"""How many requests a client may send in a minute, counted where all web processes see it, and told in every answer.

The headers are those of the IETF draft "RateLimit header fields for HTTP": `RateLimit-Policy` (quota, window) and `RateLimit` (how
many are left, seconds until the window ends). Without the broker each process counts for itself.
"""

import time
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

from carecoord.kernel.accounts.models import ApiClient

from .problems import problem

WINDOW_SECONDS = 60
UNDER = "/api/"


class Rate(NamedTuple):
    """Where a caller stands. `left` is below 0 for a request that is one too many."""

    policy: str
    quota: int
    left: int
    seconds: int

    @property
    def headers(self):
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.policy}";r={max(0, self.left)};t={self.seconds}',
        }


class RateLimits:
    """Stands before the middleware that runs the view, and after it has looked up the bearer token."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if rate := getattr(request, "api_rate", None):
            for name, value in rate.headers.items():
                response.headers[name] = value
        return response

    def process_view(self, request, view, args, kwargs):
        if not request.path.startswith(UNDER):
            return None
        request.api_rate = rate = _count(request)
        if rate.left >= 0:
            return None
        detail = f"More than {rate.quota} requests in {WINDOW_SECONDS} seconds. Wait {rate.seconds} seconds."
        return problem("too-many-requests", detail, headers={"Retry-After": str(rate.seconds)})


def _count(request):
    if isinstance(request.user, ApiClient):
        policy, who, quota = "client", request.user.pk, settings.API_REQUESTS_A_MINUTE
    else:
        policy, who, quota = "address", request.META.get("REMOTE_ADDR", ""), settings.API_VISITS_A_MINUTE
    window, gone = divmod(int(time.time()), WINDOW_SECONDS)
    number = _number(f"api-rate:{policy}:{who}:{window}")
    return Rate(policy, quota, quota - number, WINDOW_SECONDS - gone)


def _number(key):
    """Which request under this key it is."""
    try:
        return _next(caches["default"], key)
    except RedisError:
        return _next(caches["own"], key)


def _next(cache, key):
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    return cache.incr(key)
