"""One line and one figure for every request: which route, how it went, how long, who. Never an address, which may carry ids."""

import time
import uuid

import structlog

from carecoord.kernel.telemetry.meters import REQUESTS

log = structlog.get_logger("carecoord.request")
PROBES = {"health", "ready", "metrics"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def log_requests(get_response):
    """The request gets its id here; the audit trail, the answer's X-Request-ID and every log line carry it."""

    def middleware(request):
        request.id = uuid.uuid4()  # never a caller's own: it would let them write into the trail
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=str(request.id))
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        route = request.resolver_match.view_name if request.resolver_match else "unknown"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).observe(seconds)
        say = log.debug if route in PROBES else log.info
        say("request", method=method, route=route, status=response.status_code, ms=round(1000 * seconds))
        response.headers["X-Request-ID"] = str(request.id)
        return response

    return middleware
