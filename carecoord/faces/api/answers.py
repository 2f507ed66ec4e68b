"""JSON answers that a client may keep and ask about again: `ETag`, `If-None-Match`, 304."""

import hashlib

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer


def tagged(request, data, *, headers=None):
    """`data` as JSON with its ETag; 304 without a body for a client that has it already."""
    body = data if isinstance(data, bytes) else JSONRenderer().render(data)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))}
    is_known = request.method in ("GET", "HEAD") and bool(known & {tag, "*"})
    response = HttpResponse(status=304) if is_known else HttpResponse(body, content_type="application/json")
    if is_known:
        del response.headers["Content-Type"]
    for name, value in ({"ETag": tag, "Cache-Control": "private, no-cache"} | (headers or {})).items():
        response.headers[name] = value
    patch_vary_headers(response, ["Authorization"])
    return response
