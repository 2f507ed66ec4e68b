"""Whoever was invited comes in: by the link of the e-mail, which is taken out of the address at once."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.kernel.accounts.actions import invitations
from carecoord.kernel.accounts.models import User
from carecoord.kernel.tenancy.context import Scope

from .fields import Words
from .guard import open_to_all, outside_scope
from .middleware import speaking_for

WHY = "Whoever has the link of an invitation has no account yet."
GONE = 410


class NewPerson(forms.Form):
    name = Words(label="Your name", max_length=120)
    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        max_length=128,
        strip=False,
    )
    again = forms.CharField(
        label="The same once more",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        max_length=128,
        strip=False,
    )

    def __init__(self, *args, email, **kwargs):
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["password"].help_text = " ".join(map(str, password_validators_help_texts()))

    def clean(self):
        given = super().clean()
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", "The two are not the same.")
        elif given.get("password"):
            try:
                get_adapter().clean_password(given["password"], User(email=self.email, name=given.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return given


@open_to_all(WHY)
@outside_scope
@require_safe
def link(request, token):
    """Out of the address, the history and the Referer it goes into the session."""
    request.session["invitation"] = token
    return redirect("invitation")


@open_to_all(WHY)
@outside_scope
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request):
    """Who invites, where, as what; a new person sets name and password, a known one signs in and says yes."""
    token = request.session.get("invitation", "")
    told = invitations.read_token(token)
    if told is None:
        return render(request, "account/invitation_over.html", status=GONE)
    with speaking_for(request, Scope(role="pbm", organisation_id=told[1])):
        found = invitations.find(token)
        if found is None:
            return render(request, "account/invitation_over.html", status=GONE)
        known = User.objects.filter(email__iexact=found.email).first()
        me = request.user if request.user.is_authenticated else None
        form = None if known else NewPerson(request.POST or None, email=found.email, initial={"name": found.name})
        context = {"invitation": found, "form": form, "known": known, "is_me": bool(known) and known == me}
        if request.method == "POST" and (context["is_me"] or (form and form.is_valid() and me is None)):
            given = form.cleaned_data if form else {"name": "", "password": None}
            try:
                person = invitations.accept(invitation=found, name=given["name"], password=given["password"], by=known)
            except invitations.CannotAccept as why:
                messages.error(request, str(why))
                return redirect("invitation")
        else:
            return render(request, "account/invitation.html", context)
    return _welcome(request, found, person, is_new=form is not None)


def _welcome(request, found, person, *, is_new):
    del request.session["invitation"]
    if found.since > timezone.localdate():
        messages.success(
            request, f"You are expected at {found.organisation} on {found.since:%-d %b %Y}. Sign in from then on."
        )
        return redirect("account_login" if is_new else "home")
    if not is_new:
        messages.success(request, f"You work at {found.organisation} as well. Choose it by the menu under your name.")
        return redirect("home")
    record_authentication(request, person, method="password", reauthenticated=True)  # it was typed a moment ago
    return perform_login(request, Login(user=person, redirect_url=reverse("home")))
