"""allauth, as we use it: people are invited, nobody signs up by themselves; every sign-in is a line in the trail."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.exceptions import ValidationError

from carecoord.kernel.accounts import actions, factors
from carecoord.kernel.accounts.actions import sign_ins
from carecoord.kernel.accounts.models import User
from carecoord.kernel.tenancy.context import Scope

from . import lockout
from .browser import browser_of
from .middleware import speaking_for
from .second_factor import is_setting_up

FEW_CODES = 3
WAYS = {
    "mfa_reauthenticate": "Use a code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}


class Adapter(DefaultAccountAdapter):
    """Accounts: invitation only, pauses that say how long they last, and the trail."""

    def is_open_for_signup(self, request):
        return False

    def set_password(self, user, password):
        """allauth saves the whole person, which no web role may."""
        actions.set_password(user=user, password=password, by=user)

    def pre_authenticate(self, request, **credentials):
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            key = self._get_login_attempts_cache_key(request, **credentials)
            raise ValidationError(lockout.sentence(lockout.seconds_left(request, key)), code=error.code) from error

    def validation_error(self, code, *args):
        """The second factor's pause, which allauth raises without saying whose it is."""
        if code == "too_many_login_attempts":
            user = _at_the_second_factor(self.request)
            keys = lockout.account_keys(self.request, user) if user else ("",)
            return ValidationError(lockout.sentence(lockout.seconds_left(self.request, *keys)), code=code)
        return super().validation_error(code, *args)

    def authentication_failed(self, request, **credentials):
        super().authentication_failed(request, **credentials)
        person = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        organisation_id = person.membership.organisation_id if person and person.membership else None
        if not request.user.is_authenticated:
            with speaking_for(request, Scope(role="portal", organisation_id=organisation_id)):
                sign_ins.refused(person=person, by=None)

    def login(self, request, user):
        self.begin_session(request, user)
        if user.scope is not None:
            with speaking_for(request, user.scope):
                note_sign_in(request, user)
                note_factors(user)

    def begin_session(self, request, user):
        """A session without the marks of a full sign-in: for a colleague who takes over by PIN."""
        super().login(request, user)
        UserSession.objects.create_from_request(request)

    def post_login(self, request, user, **how):
        response = super().post_login(request, user, **how)
        if "recovery_codes" in _factors(request, user):
            codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
            left = len(codes.wrap().get_unused_codes()) if codes else 0
            if left <= FEW_CODES:
                said = (
                    f"{left or 'No'} recovery code{'' if left == 1 else 's'} left. Make new ones under Second factor."
                )
                messages.warning(request, said)
        return response

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """allauth calls this after every change of a second factor, whether or not an e-mail goes out."""
        if template_prefix.startswith("mfa/") and user.scope is not None and user == self.request.user:
            note_factors(user)
        super().send_notification_mail(template_prefix, user, context, email)

    def is_reauthentication_required(self, *, app, **more):
        """The password is not asked for twice before somebody sets up their first second factor."""
        if app == "allauth.mfa" and is_setting_up(self.request):
            return False
        return super().is_reauthentication_required(app=app, **more)

    def get_reauthentication_methods(self, user):
        methods = super().get_reauthentication_methods(user)
        return [way | {"description": WAYS.get(way["id"], way["description"])} for way in methods]


class SecondFactors(DefaultMFAAdapter):
    """The words around authenticator apps and passkeys."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That is not a code or passkey that we know. A code works once; wait for the next one and try again."
    }

    def encrypt(self, text):
        return factors.seal(text)

    def decrypt(self, encrypted_text):
        try:
            return factors.unseal(encrypted_text)
        except factors.OtherKey as error:
            raise ValidationError(str(error), code="other_key") from error

    def generate_authenticator_name(self, user, type):
        return f"Passkey {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"


def note_sign_in(request, user):
    """Run in the scope of the person."""
    sign_ins.signed_in(factors=_factors(request, user), browser=browser_of(request), by=user)


def note_factors(user):
    """Run in the scope of the person: nobody else may look at somebody's second factor."""
    kept, mine = {}, Authenticator.objects.filter(user=user)
    if any(factors.lies_open(each.data) for each in mine):
        sign_ins.seal_factors(person=user, by=user)
    for each in mine.all():
        kept.setdefault(each.type, []).append(each)
    sign_ins.factors_are(
        has_app=Authenticator.Type.TOTP in kept,
        passkeys=len(kept.get(Authenticator.Type.WEBAUTHN, [])),
        recovery_codes_left=_codes_left(kept.get(Authenticator.Type.RECOVERY_CODES)),
        by=user,
    )


def _codes_left(codes):
    try:
        return len(codes[0].wrap().get_unused_codes()) if codes else 0
    except ValidationError:  # kept under another key: none of them works
        return 0


def _factors(request, user):
    """What was shown in this session: "password", "totp", "webauthn", "recovery_codes", in order."""
    return [record.get("type", record["method"]) for record in get_authentication_records(request, user)]


def _at_the_second_factor(request):
    stage = getattr(request, "_login_stage", None)
    if stage is not None:
        return stage.login.user
    return request.user if request.user.is_authenticated else None
