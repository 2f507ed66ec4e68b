"""Every view says who may ask for it: `@requires(Permission...)`, or `@open_to_all` with the reason."""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied


def requires(*permissions):
    """Signed in, and holding one of the permissions; else the sign-in page, or 403."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not any(request.user.may(permission) for permission in permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.required_permissions = permissions
        return guarded

    return decorate


def open_to_all(why):
    """For the few addresses that a visitor may ask for; the reason is part of the code."""

    def decorate(view):
        view.open_because = why
        return view

    return decorate


def in_sandboxes(view):
    """For pages about sandboxes: the scope around them is those of the asker's PBM, and no payer that it serves."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    guarded.is_in_sandboxes = True
    return guarded


def outside_scope(view):
    """For views about the own account that change who asks, or for whom: no scope is opened around them."""
    view.is_outside_scope = True
    return view
