"""Forms of the own account, where allauth's need other words, or trust what a browser sends too much."""

import struct

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    default_token_generator,
)
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.forms.fields import InvalidJSONInput

from .fields import Words

MALFORMED = (TypeError, ValueError, KeyError, AttributeError, IndexError, struct.error)
"""What the parsers of fido2 raise about JSON or CBOR that no browser sends; allauth 65.21 lets most of it through."""


class Answer(forms.JSONField):
    """What a passkey answered. Django takes numbers of 5,000 digits, and lists a thousand deep, for faults of its own."""

    widget = forms.HiddenInput

    def to_python(self, value):
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise get_adapter().validation_error("incorrect_code") from error

    def bound_data(self, data, initial):
        return InvalidJSONInput(data or "")  # shown again, it is filled in anew


def _named(form, **labels):
    for name, label in labels.items():
        form.fields[name].label = label


class SignIn(LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _named(self, login="E-mail")


class ChangePassword(ChangePasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _named(self, oldpassword="Current password", password1="New password", password2="The same once more")  # noqa: S106 - labels


class ForgottenPassword(ResetPasswordForm):
    """An address that nobody has gets an e-mail too, so that both take the same time; allauth's own offers to sign up."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _named(self, email="E-mail")

    def save(self, request, **more):
        email = self.cleaned_data["email"]
        if self.users:
            request_password_reset(request, email, self.users, default_token_generator)
        else:
            get_account_adapter().send_mail("account/email/unknown_account", email, {})
        return email


class NewPassword(ResetPasswordKeyForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _named(self, password1="New password", password2="The same once more")  # noqa: S106 - labels


class AddPasskey(AddWebAuthnForm):
    """A passkey that lives in the device or key, so that it signs in by itself."""

    credential = Answer()
    name = Words(label="Name", max_length=60, required=False, help_text="Such as: my telephone, the counter.")
    passwordless = forms.BooleanField(
        label="Sign in with it alone",
        required=False,
        initial=True,
        help_text="Without e-mail address and password. Switch this off for an older key that cannot store passkeys.",
    )

    def clean(self):
        try:
            return super().clean()
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error


class _Answered:
    def clean_credential(self):
        try:
            return super().clean_credential()
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error


class SignInByPasskey(_Answered, LoginWebAuthnForm):
    """Nobody has said who they are: the passkey does."""

    credential = Answer()


class SecondByPasskey(_Answered, AuthenticateWebAuthnForm):
    """After the password."""

    credential = Answer()


class ConfirmByPasskey(_Answered, ReauthenticateWebAuthnForm):
    """In a session, before something that protects the account changes."""

    credential = Answer()
