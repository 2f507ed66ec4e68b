"""Errors as problem details (RFC 9457)."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions


def problem(status, title, detail="", **more):
    """An `application/problem+json` response. `more` are extension members, such as `errors`."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JsonResponse(
        {k: v for k, v in body.items() if v != ""}, status=status, content_type="application/problem+json"
    )


def handler(error, context):
    """What DRF calls for an exception in a view; None lets it rise."""
    if isinstance(error, Http404):
        return problem(404, "Not found", "There is no such thing, or it is not yours.")
    if isinstance(error, PermissionDenied):
        return problem(403, "Forbidden")
    if isinstance(error, exceptions.APIException):
        response = problem(error.status_code, str(error.default_detail), str(error.detail))
        if getattr(error, "auth_header", None):
            response.headers["WWW-Authenticate"] = error.auth_header
        return response
    return None
