"""The front door: leads each person to their own face."""

from django.shortcuts import redirect

from .guard import open_to_all

FIRST_PAGE = {"portal": "portal:today", "pbm": "pbm:index", "auditor": "pbm:audit"}


@open_to_all("It shows nothing, and sends a visitor to the sign-in page.")
def home(request):
    scope = getattr(request.user, "scope", None)
    return redirect(FIRST_PAGE[scope.role] if scope else "account_login")
