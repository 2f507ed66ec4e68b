"""What people do with other people's places: sign in, invite, accept, change."""

import re
from zoneinfo import ZoneInfo

from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.accounts.models import Invitation, Membership
from carecoord.kernel.tenancy import context
from tests.factories.cast import PASSWORD

TODAY = timezone.localdate


def at_the_store():
    """The day at Ash Street Pharmacy, by which its pages count."""
    return timezone.localdate(timezone=ZoneInfo("America/New_York"))


def signed_in(user):
    client = Client()
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def invite(client, face="portal", **given):
    form = {"email": "nina@example.org", "name": "Nina New", "role": "technician", "since": TODAY()} | given
    return client.post(reverse(f"{face}:invite"), form)


def link():
    """The path of the link in the newest e-mail."""
    return re.search(r"http://testserver(/invitation/\S+/)", mail.outbox[-1].body)[1]


def accept(path, **given):
    client = Client()
    client.get(path)
    form = {"name": "Nina New", "password": "a long and quiet sentence", "again": "a long and quiet sentence"} | given
    return client, client.post(reverse("invitation"), form)


def change(client, person, deed, face="portal", **more):
    return client.post(reverse(f"{face}:person_change", args=[person.public_id]), {"deed": deed, **more}, follow=True)


def invitation(owner, email):
    with context.acting_as(owner.scope):
        return Invitation.objects.get(email=email).public_id


def membership(user):
    return Membership.objects.get(user=user)
