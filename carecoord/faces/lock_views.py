"""The pages of the lock: close it, open it by PIN, password or passkey, take over from a colleague, set the own PIN."""

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carecoord.kernel.accounts import pins
from carecoord.kernel.accounts.actions import locks, sign_ins
from carecoord.kernel.tenancy.context import Scope

from . import lockout
from .account_forms import SignInByPasskey
from .browser import browser_of
from .guard import open_to_all, outside_scope
from .lock import close, go_on, hand_over, is_locked, may_take_over, next_page, reopen, show_lock
from .middleware import speaking_for

OWN = "The own session: it shows who signed in here today, and no patient."
REFUSED = 422


@open_to_all(OWN)
@outside_scope
@require_http_methods(["GET", "HEAD", "POST"])
def lock(request):
    """Shows the lock; POST closes it."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if request.method == "POST" and not is_locked(request):
        close(request, why="idle" if request.POST.get("why") == "idle" else "asked")
    return show_lock(request) if is_locked(request) else redirect(next_page(request))


@open_to_all(OWN)
@outside_scope
@require_POST
def unlock(request):
    """By PIN, of the person or of a colleague, or by the person's own password."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if not is_locked(request):
        return go_on(request)
    return _by_password(request) if "password" in request.POST else _by_pin(request)


def _by_pin(request):
    user = request.user
    rows = locks.who_is_known(browser_of(request), organisation_id=user.membership.organisation_id)
    wanted = request.POST.get("person") or str(user.public_id)
    known = next((row for row in rows if str(row.user.public_id) == wanted), None)
    if known is None:
        return show_lock(request, trouble="A PIN works here only after a full sign-in in this browser.", status=REFUSED)
    with speaking_for(request, Scope(role="portal", organisation_id=user.scope.organisation_id)):  # nobody, at the door
        tried = locks.try_pin(known=known, pin=request.POST.get("pin", "").strip(), by=None)
    if not tried.is_right:
        return show_lock(request, trouble=_wrong_pin(known.user, tried), status=REFUSED)
    if known.user == user:
        return reopen(request, how="pin")

    def begin(request, person):
        get_adapter().begin_session(request, person)
        request.session["began"] = int(known.signed_in_at.timestamp())  # it ends when that full sign-in would have
        if known.has_both_factors:
            record_authentication(
                request, person, "mfa", type="quick_pin"
            )  # confirms nothing else: not "reauthenticated"

    return hand_over(request, known.user, how="pin", begin=begin)


def _wrong_pin(person, tried):
    if tried.tries_left:
        tries = "one try is" if tried.tries_left == 1 else f"{tried.tries_left} tries are"
        return f"That is not {person.name}'s PIN. {tries.capitalize()} left."
    return f"{person.name}'s PIN no longer works in this browser. Use a passkey or the password, or sign in fully."


def _by_password(request):
    """allauth counts wrong tries as at the sign-in page."""
    seconds = lockout.seconds_left(request, *lockout.account_keys(request, request.user))
    if seconds:
        return show_lock(request, trouble=lockout.sentence(seconds), status=REFUSED)
    if get_adapter().reauthenticate(request.user, request.POST["password"]):
        return reopen(request, how="password")
    with speaking_for(request, request.user.scope):
        sign_ins.refused(person=request.user, by=None)
    return show_lock(request, trouble="That is not your password.", status=REFUSED)


@open_to_all(OWN)
@outside_scope
@require_http_methods(["GET", "POST"])
def passkey(request):
    """GET: what the browser asks the passkey. POST: its answer, which says whose it is."""
    if not request.user.is_authenticated or not is_locked(request):
        return go_on(request)
    if request.method == "GET":
        return JsonResponse({"request_options": begin_authentication(user=None)})
    form = SignInByPasskey(request.POST)
    if not form.is_valid():
        return show_lock(request, trouble=form.errors["credential"][0], status=REFUSED)
    authenticator = form.cleaned_data["credential"]
    person = authenticator.user
    if person == request.user:
        return reopen(request, how="passkey")
    if not may_take_over(request, person):
        return show_lock(request, trouble=f"{person.name} does not work here today.", status=REFUSED)

    def begin(request, person):
        post_authentication(request, authenticator, passwordless=True)
        get_adapter().login(request, person)

    return hand_over(request, person, how="passkey", begin=begin)


@open_to_all("The own account: whoever is signed in has one.")
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def pin(request):
    """Sets, changes or removes the own PIN, after the password or second factor was shown once more."""
    trouble = ""
    if request.method == "POST":
        if "remove" in request.POST:
            locks.remove_pin(by=request.user)
            messages.success(request, "Your PIN is removed. A passkey or your password opens the lock.")
            return redirect("mfa_index")
        typed = request.POST.get("pin", "").strip()
        if typed != request.POST.get("again", "").strip():
            trouble = "The two are not the same. Please type the PIN twice."
        else:
            try:
                locks.set_pin(pin=typed, by=request.user)
            except locks.PoorPin as why:
                trouble = str(why)
            else:
                messages.success(request, "Your PIN is set. It opens the lock where you signed in fully today.")
                return redirect("mfa_index")
    context = {
        "trouble": trouble,
        "has_pin": hasattr(request.user, "quick_pin"),
        "fewest": pins.FEWEST,
        "most": pins.MOST,
    }
    return render(request, "account/pin.html", context, status=REFUSED if trouble else 200)


@open_to_all("It says nothing; a request is a sign of life.")
@outside_scope
@require_safe
def keep_alive(request):
    """204 for a session that goes on, 401 when there is none; a locked one is refused on the way."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)
