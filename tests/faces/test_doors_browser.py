"""The pages before and around an account in a real Chromium: axe, no overflow, both widths, both schemes."""

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from carecoord.kernel.accounts.models import User
from tests.conftest import as_owner
from tests.factories.cast import PASSWORD

from .portal.browsing import chromium, open_tab
from .portal.conftest import static_root
from .test_passkeys import looks_right

__all__ = ["static_root"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
VISITORS = (
    "account_login", "account_inactive", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key_done", "invitation",
)  # fmt: skip
OWN = (
    "account_logout", "account_reauthenticate", "account_change_password", "mfa_index", "mfa_activate_totp",
    "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn", "usersessions_list", "pin", "choose_place",
)  # fmt: skip
GONE = 410


def addresses(client, person):
    """name -> (address, the status that it answers with)."""
    found = {name: reverse(name) for name in (VISITORS if person is None else OWN)}
    if person is None:
        return {name: (address, GONE if name == "invitation" else 200) for name, address in found.items()}
    return {name: (address, 200) for name, address in found.items()} | {"nothing": ("/portal/nothing-here/", 404)}


@pytest.mark.parametrize("who", [None, "alice"])
def test_axe_finds_nothing_at_the_doors(cast, live_server, settings, who):
    settings.SECOND_FACTOR_REQUIRED = False
    with as_owner():
        User.objects.filter(pk=cast.alice.pk).update(password=make_password(PASSWORD))
    person, client, cookies, wrong = who and User.objects.get(pk=cast.alice.pk), Client(), [], []
    if person:
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        cookies = [(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)]
    pages = addresses(client, person)
    key = f"{user_pk_to_url_str(cast.alice)}-{default_token_generator.make_token(User.objects.get(pk=cast.alice.pk))}"
    with chromium() as browser:
        for width in (1440, 390):
            for scheme in ("light", "dark"):
                tab = open_tab(browser, live_server, width=width, scheme=scheme, cookies=cookies)
                for name, (address, status) in pages.items():
                    answer = tab.goto(address)
                    wrong += [(name, answer.status)] if answer.status != status else []
                    looks_right(tab, f"{name}-{width}-{scheme}", wrong)
                if person is None:
                    tab.goto(f"/password/reset/key/{key}/")
                    assert tab.get_by_role("heading", level=1).inner_text() == "Choose a new password"
                    looks_right(tab, f"new-password-{width}-{scheme}", wrong)
                wrong += [said for said in tab.complaints if "status of 4" not in said]
                tab.context.close()
    assert wrong == []
