"""What is answered when a request fails in a way that nobody foresaw, or because the database is away or says no."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import get_template
from django.views import defaults

from .api.problems import problem

RETRY_SECONDS = 5
AWAY = ("08", "57P", "53300")
"""How SQLSTATEs begin of a server that is gone, stops or starts, or has no connection left. No SQLSTATE: nothing answered."""


def is_away(fault):
    """Whether it was the database that did not answer; not that it said no, or took too long."""
    state = getattr(fault.__cause__, "sqlstate", None)
    return isinstance(fault, InterfaceError) or (
        isinstance(fault, OperationalError) and (state is None or state.startswith(AWAY))
    )


def refused(request, exception):
    """Django's handler403: what reaches it from the API is PostgreSQL's no, which its views do not see."""
    if request.path.startswith("/api/"):
        return problem("forbidden", "This client may not do that.")
    return defaults.permission_denied(request, exception)


def server_error(request):
    """Django's handler500: 503 with Retry-After while the database is away, else 500. Never a word of the exception: it quotes."""
    is_soon_well = is_away(sys.exception())
    headers = {"Retry-After": str(RETRY_SECONDS)} if is_soon_well else None
    if request.path.startswith("/api/"):
        if is_soon_well:
            return problem("unavailable", "Nothing was kept of this request. Send it again.", headers=headers)
        return problem("fault", "The fault is written down under the id in `X-Request-ID`.")
    status = 503 if is_soon_well else 500
    return HttpResponse(
        get_template(f"{status}.html").render(), status=status, headers=headers
    )  # asks the database nothing
