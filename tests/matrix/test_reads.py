"""Every page, fragment and file that shows a member leaves exactly one read event, which names exactly that member.

Walked from the URLconf, as everybody, for their own side of the cast; then again when the pharmacy's reason to see the member
has ended, since its own claims and visits stay with it.
"""

import datetime

import pytest
from django.test import override_settings

from carecoord.kernel.audit.models import AuditEvent
from patients.models import PatientAccess

from . import walk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_factor():
    with override_settings(SECOND_FACTOR_REQUIRED=False, SESSION_ENGINE=walk.SESSIONS):
        yield


def reads(as_owner, after):
    """The patients of each read event since then, and the newest key."""
    with as_owner():
        found = AuditEvent.objects.filter(pk__gt=after).order_by("pk")
        return [e.patient_ids for e in found if e.event == "patient.read"], max([after, *(e.pk for e in found)])


def unnoticed(client, cast, as_owner, asker):
    """(route, status, read events) of every answer that shows the member and is not noted as that."""
    headers = walk.sign_in(client, cast, asker)
    faults, shown, after, look_ups = [], 0, reads(as_owner, 0)[1], walk.LookUps()
    for address in walk.addresses(cast.a, cast.b):
        if address.route.startswith(("logout", "second-factor")):
            continue
        for method in ("get", "post") if "search" in address.route or "export" in address.route else ("get",):
            if look_ups.in_vain(address, method):
                continue
            data = {"q": cast.a.canary} if method == "post" else {}
            with look_ups.watched(address, method) as told:
                response = getattr(client, method)(address.own, data, headers=headers)
                told(response.status_code)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            noted, after = reads(as_owner, after)
            shows = response.status_code < 300 and cast.a.canary.encode() in body
            shown += shows
            if shows and noted != [[cast.a.patient.pk]] and not _is_no_member(address.route):
                faults.append((address.route, method, response.status_code, noted))
    return faults, shown


def _is_no_member(route):
    """Pages whose file name, vaccine, papers, models, webhooks or typed words carry the canary in this cast, and that show no member."""
    lots = route.startswith("portal/vaccines/") and "given" not in route
    return (
        lots
        or route == "portal/pharmacy/"
        or route == "pbm/risk/"
        or "deliver" in route
        or "feeds/" in route
        or "webhooks" in route
        or "people/search" in route
    )


@pytest.mark.parametrize("asker", ["alice", "bob", "dana", "erin", "vera", "frank"])
def test_who_is_shown_is_in_the_trail(client, cast, as_owner, asker):
    faults, shown = unnoticed(client, cast, as_owner, asker)
    assert faults == []
    assert shown > 0 or asker in ("vera", "frank")


def test_claims_of_members_out_of_sight_are_noted_too(client, cast, as_owner):
    with as_owner():
        yesterday = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)
        PatientAccess.objects.filter(patient=cast.a.patient).update(until=yesterday)
    faults, shown = unnoticed(client, cast, as_owner, "alice")
    assert faults == [] and shown >= 3  # list, claim and file of billing
