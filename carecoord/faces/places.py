"""Where somebody works now. A person of several stores chooses after signing in, and may go over to another by the menu.

The session holds the choice (`membership_id`), and every scope follows it: a page never shows two places at once.
"""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from carecoord.kernel.accounts.actions import locks
from carecoord.kernel.accounts.models import User

from .guard import open_to_all, outside_scope
from .lock import next_page
from .middleware import speaking_for

FREE = ("mfa_", "account_", "health", "choose_place", "lock", "keep_alive")
"""Beginnings of the names of routes that show no place's rows."""


def chosen_place(get_response):
    """Tells the user which membership the session chose; asks when there are several and none is chosen."""

    def middleware(request):
        if request.user.is_authenticated:
            request.user.chosen_membership_id = request.session.get("membership_id")
        return get_response(request)

    def process_view(request, view, args, kwargs):
        user = request.user
        if not user.is_authenticated or (request.resolver_match.url_name or "").startswith(FREE):
            return None
        if "api" in request.resolver_match.app_names:
            return None
        places, chosen = [m.pk for m in user.memberships_in_force], user.chosen_membership_id
        if chosen in places or (chosen is None and len(places) == 1):
            return None
        request.session.pop("membership_id", None)
        if chosen is not None:  # it has ended since: what was open belongs to a place that is no longer theirs
            messages.warning(request, "You no longer work where you were.")
            return redirect("home")
        return redirect(f"{reverse('choose_place')}?{urlencode({'next': request.get_full_path()})}")

    middleware.process_view = process_view
    return middleware


@open_to_all("The own places: whoever is signed in has some.")
@outside_scope
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request):
    """The places of this person; POST `place` goes there."""
    user = request.user
    if not user.is_authenticated:
        return redirect("account_login")
    if request.method == "POST":
        wanted = request.POST.get("place", "")
        chosen = next((m for m in user.memberships_in_force if str(m.organisation.public_id) == wanted), None)
        if chosen is not None:
            return _go_to(request, chosen)
        messages.error(request, "You do not work there today.")
    return render(request, "account/place.html", {"places": user.memberships_in_force, "next": next_page(request)})


def _go_to(request, membership):
    is_first, page = "membership_id" not in request.session, next_page(request)
    request.session["membership_id"] = membership.pk
    person = User.objects.get(pk=request.user.pk)  # anew: whoever asked before has a scope already
    person.chosen_membership_id = membership.pk
    with speaking_for(request, person.scope):
        locks.place_chosen(membership=membership, by=person)
    return redirect(page if is_first and request.POST.get("next") else "home")
