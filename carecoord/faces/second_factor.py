"""Whoever sees patient data signs in with two factors. Without a second one they are led to set it up, and do nothing else."""

import time

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect

SETTING_UP = {
    "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_change_password", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done",
    "account_login", "account_logout", "lock", "lock_open", "lock_passkey",
}  # fmt: skip
"""Names of the routes that somebody without a second factor can reach: to set one up, to choose a password, to leave."""
SIGNS_OF_LIFE = {"health", "ready", "metrics", "keep_alive"}
ALONE_OR_SECOND = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
"""Recovery codes stand in for one of these, and are none by themselves."""


def second_factor(get_response):
    """A session that showed the password alone is confined while its person has no second factor, and over once they have."""

    def middleware(request):
        return get_response(request)

    def process_view(request, view, args, kwargs):
        match = request.resolver_match
        if "api" in match.app_names:
            return None  # the API asks for a token; a person's session is no key to it
        if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated or match.url_name in SIGNS_OF_LIFE:
            return None
        if has_second_factor(request.user):
            return None if was_shown(request) else sign_in_anew(request)
        if not request.user.sees_phi:
            return None
        request.is_confined = True  # the shell offers no ways that all lead back here
        return None if match.url_name in SETTING_UP else redirect("mfa_activate_totp")

    middleware.process_view = process_view
    return middleware


def sign_in_anew(request):
    """The second factor was set up elsewhere: whoever holds the password alone gets no further."""
    logout(request)
    messages.info(request, "Your second factor is set up. Sign in once more, with it.")
    return redirect("account_login")


def has_second_factor(user):
    """Whether an authenticator app or a passkey is set up."""
    return is_mfa_enabled(user, ALONE_OR_SECOND)


def was_shown(request):
    """Whether this session showed a second factor, or a PIN where one was shown today."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def is_setting_up(request):
    """Whether the password of this sign-in is good for setting up the first second factor: nothing else is open to it."""
    user = request.user
    if not (settings.SECOND_FACTOR_REQUIRED and user.is_authenticated and user.sees_phi) or has_second_factor(user):
        return False
    records = get_authentication_records(request, user)
    since = time.time() - settings.SESSION_COOKIE_AGE
    return any(record["method"] == "password" and record["at"] > since for record in records)
