"""The locked screen. A locked session is refused everything but its unlocking, whatever the page in the browser shows.

It locks when somebody asks, or by itself after `LOCK_AFTER_SECONDS` without a request. The state is in the session:
`seen_at` (last request), `locked_at`. While it is locked nobody's scope is opened: these views run outside of it.
"""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from carecoord.kernel.accounts.actions import locks

from .browser import browser_of, hand_out
from .middleware import speaking_for

LOCKED = 423
FREE = {"lock", "lock_open", "lock_passkey", "account_logout", "health", "ready", "metrics"}
"""Names of the routes that a locked session can reach."""


def screen_lock(get_response):
    """Refuses a locked session; locks one that was idle; hands out the browser's cookie."""

    def middleware(request):
        return hand_out(request, get_response(request))

    def process_view(request, view, args, kwargs):
        if not request.user.is_authenticated or "api" in request.resolver_match.app_names:
            return None
        now, session = int(time.time()), request.session
        if "locked_at" not in session and now - session.get("seen_at", now) > settings.LOCK_AFTER_SECONDS:
            close(request, why="idle")
        if "locked_at" not in session:
            session["seen_at"] = now
            return None
        if now - session["locked_at"] > settings.SESSION_COOKIE_AGE:
            logout(request)
            return None
        return None if request.resolver_match.url_name in FREE else refuse(request)

    middleware.process_view = process_view
    return middleware


def close(request, *, why):
    """Locks the session."""
    request.session["locked_at"] = int(time.time())
    if request.user.scope is not None:
        with speaking_for(request, request.user.scope):
            locks.locked(why=why, by=request.user)


def refuse(request):
    """A page leads to the lock and back; a part of a page, or a form that was sent, is told 423."""
    if request.method in ("GET", "HEAD") and not is_part(request):
        return redirect(f"{reverse('lock')}?{urlencode({'next': request.get_full_path()})}")
    return show_lock(request, status=LOCKED)


def is_part(request):
    """Asked by a script of the page, which puts the lock over it, so that what is on the page stays."""
    return "X-Lock" in request.headers or bool(request.headers.get("HX-Request"))


def show_lock(request, *, trouble="", status=200):
    """The lock, as a page or as the part that covers one."""
    user, organisation_id = request.user, _place_of(request.user)
    known = locks.who_is_known(browser_of(request), organisation_id=organisation_id)
    context = {
        "is_locked": True,
        "trouble": trouble,
        "known": [row for row in known if has_pin(row.user)],
        "has_pin": any(row.user_id == user.pk and has_pin(user) for row in known),
        "next": next_page(request),
        "minutes_left": _minutes_left(request),
    }
    template = "account/_locked.html" if is_part(request) else "account/locked.html"
    return render(request, template, context, status=status)


def has_pin(user):
    return hasattr(user, "quick_pin")


def _place_of(user):
    return user.membership.organisation_id if user.membership else None


def _minutes_left(request):
    """Until a locked session ends. Not an hour of the day: the browser's zone is not known."""
    left = settings.SESSION_COOKIE_AGE - (int(time.time()) - request.session["locked_at"])
    return max(1, left // 60)


def next_page(request):
    """Where to go on: an address of this site, else the front door."""
    wanted = request.POST.get("next") or request.GET.get("next") or request.headers.get("Referer", "")
    is_ours = "/" in wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours and reverse("lock") not in wanted else reverse("home")


def is_locked(request):
    return "locked_at" in request.session


def go_on(request):
    """To the page that was locked; a script is told that it may uncover it."""
    return HttpResponse(status=204) if is_part(request) else redirect(next_page(request))


def reopen(request, *, how):
    """Unlocks for the person who was here."""
    del request.session["locked_at"]
    request.session["seen_at"] = int(time.time())
    with speaking_for(request, request.user.scope):
        locks.unlocked(how=how, by=request.user)
    return go_on(request)


def hand_over(request, person, *, how, begin):
    """A colleague goes on as themselves: the session ends and another begins, at the same pharmacy and page.

    `begin(request, person)` signs them in. A script is told 205: load the page anew, it is somebody else's now.
    """
    before, organisation_id, page = request.user, _place_of(request.user), next_page(request)
    logout(request)  # nothing of the one's session is left in the other's
    person.chosen_membership_id = person.membership_at(organisation_id).pk
    begin(request, person)
    request.session["membership_id"] = person.chosen_membership_id
    with speaking_for(request, person.scope):
        locks.taken_over(how=how, before=before, by=person)
    return HttpResponse(status=205) if is_part(request) else redirect(page)


def may_take_over(request, person):
    """Somebody else who works, today, where the locked person works."""
    return person.is_active and person.membership_at(_place_of(request.user)) is not None
