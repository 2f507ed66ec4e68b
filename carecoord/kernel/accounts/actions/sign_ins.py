"""What the trail says about signing in. Sessions themselves belong to the faces: nothing below knows HTTP."""

from allauth.mfa.models import Authenticator

from carecoord.kernel.audit.actions import audited, record

from .. import factors
from ..models import FactorState
from .locks import remember_browser

SECOND = {"totp", "webauthn", "recovery_codes"}
"""A passkey alone is both factors, since none is accepted that did not verify its person."""


@audited
def signed_in(*, factors, browser, by):
    """Somebody is in. `factors`: what they showed, such as ["password", "totp"]; `browser`: the hash of its cookie."""
    remember_browser(by, browser, has_both_factors=bool(set(factors) & SECOND))
    record(event="person.signed_in", by=by, target=by, detail={"factors": list(factors)})


@audited
def refused(*, person, by):
    """A sign-in that failed. `person` is None for an address that nobody has: the line is written all the same, so that
    both take the same time."""
    record(event="sign_in.refused", by=by, target=person)


@audited
def unlocked(*, person, by):
    """An administrator ended the pause after too many wrong tries."""
    record(event="sign_in.unlocked", by=by, target=person)


def who_lies_open():
    """People with a second factor that was kept in the clear, before there was a seal; all of them for the owner of the tables."""
    found = (
        Authenticator.objects.filter(data__has_any_keys=factors.SECRET).select_related("user").order_by("user_id", "id")
    )
    return list({each.user: None for each in found.iterator() if factors.lies_open(each.data)})


@audited
def seal_factors(*, person, by):
    """Seals what of this person's second factors was kept in the clear. Sealed ones stay as they are."""
    for each in Authenticator.objects.select_for_update().filter(user=person):
        clear = [name for name in factors.SECRET if name in each.data and not factors.is_sealed(each.data[name])]
        if clear:
            each.data |= {name: factors.seal(each.data[name]) for name in clear}
            each.save(update_fields=["data"])
    record(event="second_factor.sealed", by=by, target=person)


@audited
def factors_are(*, has_app, passkeys, recovery_codes_left, by):
    """What this person signs in with now, as others may see it; nothing is written when it was known already."""
    now = {"has_app": has_app, "passkeys": passkeys, "recovery_codes_left": recovery_codes_left}
    if not FactorState.objects.filter(user=by, **now).exists():
        FactorState.objects.update_or_create(user=by, defaults=now)
    record(event="second_factor.is", by=by, target=by, detail=now)
