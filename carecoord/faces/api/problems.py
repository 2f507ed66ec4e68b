"""Errors as problem details (RFC 9457)."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions


def problem(status, title, detail="", *, headers=None, **more):
    """An `application/problem+json` response. `more` are extension members, such as `errors`."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JsonResponse(
        {k: v for k, v in body.items() if v != ""},
        status=status,
        content_type="application/problem+json",
        headers=headers,
    )


TITLES = {
    400: "Invalid input",
    401: "Not signed in",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    415: "Unsupported media type",
    429: "Too many requests",
}


def _sentences(detail):
    """DRF's details, which are a text, or lists and dictionaries of them, as plain texts."""
    if isinstance(detail, dict):
        detail = list(detail.values())
    return [text for one in detail for text in _sentences(one)] if isinstance(detail, list) else [str(detail)]


def handler(error, context):
    """What DRF calls for an exception in a view; None lets it rise."""
    if isinstance(error, Http404):
        return problem(404, "Not found", "There is no such thing, or it is not yours.")
    if isinstance(error, PermissionDenied):
        return problem(403, "Forbidden")
    if isinstance(error, exceptions.APIException):
        response = problem(
            error.status_code, TITLES.get(error.status_code, "Refused"), " ".join(_sentences(error.detail))
        )
        if getattr(error, "auth_header", None):
            response.headers["WWW-Authenticate"] = error.auth_header
        return response
    return None
