"""What the shell around every page needs to know."""

from django.conf import settings


def shell(request):
    """`organisation` (name or ''), `permissions` of the person, and the demo's loud switch."""
    user = getattr(request, "user", None)
    membership = getattr(user, "membership", None) if user is not None and user.is_authenticated else None
    return {
        "organisation": membership.organisation.name if membership else "",
        "role": membership.get_role_display() if membership else "",
        "permissions": {str(p) for p in user.permissions} if membership else set(),
        "is_demo": settings.DEMO,
        "second_factor_is_off": not settings.SECOND_FACTOR_REQUIRED,
        "idle_minutes": settings.SESSION_COOKIE_AGE // 60,
        "lock_minutes": settings.LOCK_AFTER_SECONDS // 60,
        "other_places": [m for m in user.memberships_in_force if m != membership] if membership else [],
    }
