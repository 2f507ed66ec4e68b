"""One form that does one thing: shown, filled in, done, or refused in a sentence with all that was typed still in it."""

from django.contrib import messages
from django.shortcuts import redirect

from .room_admin import REFUSALS
from .site import render_page, tabs


def do(request, form, deed, *, said, to, heading, intro="", section="network", button="Save", kind="primary"):
    """Calls `deed(**what the form says)` and goes to `to` with the words `said`. Domain refusals stand above the form."""
    if request.method == "POST" and form.is_valid():
        try:
            deed(**form.cleaned_data)
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect(to)
    page = {
        "form": form,
        "heading": heading,
        "intro": intro,
        "section": section,
        "tabs": tabs(section, ""),
        "back": to,
        "button_label": button,
        "button_kind": kind,
    }
    return render_page(request, "pbm/act.html", page, status=422 if form.errors else 200)
