"""The browser's own cookie: by it a quick PIN knows that somebody signed in fully here, and here alone."""

import hashlib
import secrets

from django.conf import settings

COOKIE = "browser" if settings.IS_LOCAL else "__Host-browser"
COOKIE_SECONDS = 400 * 24 * 60 * 60  # as long as browsers keep any


def browser_of(request):
    """The hash of the cookie, for the database; a browser without one gets it with this answer."""
    if not hasattr(request, "browser_token"):
        request.browser_token = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(32)
    return hashlib.sha256(request.browser_token.encode()).hexdigest()


def hand_out(request, response):
    """Sets the cookie, if this request asked for a browser that had none."""
    token = getattr(request, "browser_token", None)
    if token and request.COOKIES.get(COOKIE) != token:
        response.set_cookie(
            COOKIE,
            token,
            max_age=COOKIE_SECONDS,
            secure=not settings.IS_LOCAL,
            httponly=True,
            samesite="Lax",
        )
    return response
