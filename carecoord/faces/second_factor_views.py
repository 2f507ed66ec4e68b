"""Setting up a second factor. Where it is the first one, the session that showed the password has now shown both."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from allauth.usersessions.models import UserSession

from .adapter import note_sign_in
from .guard import open_to_all
from .second_factor import was_shown

OWN = "The own account: whoever is signed in has one."


class ActivateApp(ActivateTOTPView):
    def form_valid(self, form):
        answer = super().form_valid(form)
        shown(self.request, "totp")
        return answer


class AddPasskey(AddWebAuthnView):
    def form_valid(self, form):
        answer = super().form_valid(form)
        shown(self.request, "webauthn")
        return answer


def shown(request, kind):
    """A code or a passkey was shown as it was set up. The session gets a new key, so that a copy of the old one is worth nothing."""
    if was_shown(request):
        return
    request.session.cycle_key()
    UserSession.objects.create_from_request(request)
    record_authentication(request, request.user, "mfa", type=kind, reauthenticated=True)
    note_sign_in(request, request.user)


activate_app = open_to_all(OWN)(ActivateApp.as_view())
add_passkey = open_to_all(OWN)(AddPasskey.as_view())
