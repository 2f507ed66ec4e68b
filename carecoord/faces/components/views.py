"""The gallery's page. It has an address in the demo and while debugging alone: carecoord/urls.py."""

from django.shortcuts import render

from carecoord.faces.guard import requires
from carecoord.kernel.accounts.permissions import Permission

from . import gallery


@requires(*Permission)
def page(request):
    """Anybody who is signed in. Its forms lead nowhere, so that a POST shows the page again."""
    return render(request, "_components/gallery.html", gallery.context())
