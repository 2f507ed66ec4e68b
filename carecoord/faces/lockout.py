"""The pause after too many wrong tries: allauth counts them, per account and per address; here is how long it lasts.

The counts live in the cache that all web processes share. A known and an unknown address are counted and answered alike.
"""

import math
import time

from allauth.core.internal import ratelimit  # its public module can neither look nor clear by key
from django.contrib.sites.shortcuts import get_current_site
from django.core.cache import cache

WRONG_TRY = {"app": "allauth.account", "action": "login_failed"}


def account_keys(request, user):
    """The keys under which tries at this person's password, and at their second factor, are counted."""
    return f"{get_current_site(request).domain}:{user.email.lower()}", f"mfa-auth-user-{user.pk}"


def seconds_left(request, *keys, per=("ip", "key")):
    """How long the longest pause for any of these keys, or for the request's address, still lasts; 0 for none."""
    now, longest = time.time(), 0
    for key in keys:
        for rate in ratelimit.get_rates(**WRONG_TRY):
            if rate.per not in per:
                continue
            tries = cache.get(ratelimit.get_cache_key(request, rate=rate, key=key, **WRONG_TRY), [])  # newest first
            if len(tries) >= rate.amount:
                longest = max(longest, tries[rate.amount - 1] + rate.duration - now)
    return math.ceil(longest)


def is_paused(request, user):
    """Whether this account waits, whoever asks from wherever."""
    return seconds_left(request, *account_keys(request, user), per=("key",)) > 0


def end_pause(request, user):
    """Forgets the wrong tries at this account."""
    for key in account_keys(request, user):
        ratelimit.clear(request, key=key, **WRONG_TRY)


def sentence(seconds):
    """What somebody reads who must wait."""
    minutes = max(1, math.ceil(seconds / 60))
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return (
        f"Too many tries that failed. Please wait {wait}, then try again; "
        "your administrator can end the pause, and a passkey still signs you in."
    )
