"""What a person may see and do comes from the membership in force today."""

from datetime import timedelta

import pytest
from django.utils import timezone

from carecoord.kernel.accounts.models import Membership, User
from carecoord.kernel.accounts.permissions import SHOWS_PHI, Permission
from carecoord.kernel.accounts.roles import ALLOWED, LOGIN, PERMISSIONS, Role

pytestmark = pytest.mark.django_db


def test_every_role_has_permissions_and_a_place():
    assert set(PERMISSIONS) == set(Role)
    assert set().union(*ALLOWED.values()) == set(Role)
    assert set(ALLOWED) == set(LOGIN)


def test_every_permission_is_held_by_somebody_or_is_the_feeds():
    assert set(Permission) - set().union(*PERMISSIONS.values()) == {Permission.FEED_SEND}
    assert set(Permission) >= SHOWS_PHI


def test_a_pharmacist_logs_in_to_the_portal_for_one_pharmacy(cast):
    assert (cast.alice.scope.role, cast.alice.scope.organisation_id) == ("portal", cast.a.pharmacy.pk)
    assert cast.alice.may(Permission.ENCOUNTER_COMPLETE)
    assert not cast.bob.may(Permission.ENCOUNTER_COMPLETE)


def test_pbm_people_see_the_payers_that_their_pbm_serves(cast):
    assert cast.dana.scope.payer_ids == (cast.a.payer.pk,)
    assert cast.grace.scope.payer_ids == ()
    assert cast.vera.scope.role == "auditor"


@pytest.mark.parametrize("since, until", [(0, -1), (1, None)])
def test_outside_the_days_of_the_membership_there_is_no_scope(cast, as_owner, since, until):
    today = timezone.localdate()
    with as_owner():
        first = min(today + timedelta(since), today + timedelta(until or 0))
        Membership.objects.filter(user=cast.alice).update(
            since=first if until is None else today - timedelta(30), until=until and today + timedelta(until)
        )
        if until is None:
            Membership.objects.filter(user=cast.alice).update(since=today + timedelta(since))
    person = User.objects.get(pk=cast.alice.pk)
    assert person.membership is None
    assert person.scope is None
    assert person.permissions == frozenset()


def test_who_is_switched_off_or_whose_organisation_is_has_no_scope(cast, as_owner):
    with as_owner():
        User.objects.filter(pk=cast.alice.pk).update(is_active=False)
        organisation = cast.b.pharmacy.organisation
        organisation.is_active = False
        organisation.save()
    assert User.objects.get(pk=cast.alice.pk).scope is None
    assert User.objects.get(pk=cast.charlie.pk).scope is None
