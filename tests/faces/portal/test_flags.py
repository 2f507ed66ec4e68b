"""Taking a flag, giving it to a colleague, dismissing it with a reason, undoing that."""

from datetime import date

import pytest

from patients.flags.models import Flag, FlagChange

pytestmark = pytest.mark.django_db


def flag_of(cast, as_owner):
    with as_owner():
        return Flag.objects.get(pk=cast.a.flag.pk)


def test_bob_takes_a_flag_and_gives_it_to_alice(bob, cast, as_owner):
    address = f"/portal/flags/{cast.a.flag.public_id}/assign/"
    assert bob.post(address).status_code == 302
    assert flag_of(cast, as_owner).assigned_to == cast.bob
    bob.post(address, {"to": cast.alice.public_id})
    assert flag_of(cast, as_owner).assigned_to == cast.alice
    assert bob.post(address, {"to": cast.charlie.public_id}).status_code == 404
    assert flag_of(cast, as_owner).assigned_to == cast.alice


def test_the_row_comes_back_with_its_owner(bob, cast):
    row = bob.post(f"/portal/flags/{cast.a.flag.public_id}/assign/", headers={"HX-Request": "true"}).content.decode()
    assert row.lstrip().startswith("<tr")
    assert "Bob" in row


def test_dismissing_needs_a_reason_and_can_be_undone(alice, cast, as_owner, that_day):
    address = f"/portal/flags/{cast.a.flag.public_id}/dismiss/"
    assert "Choose" in alice.get(address).content.decode()
    assert "This field is required" in alice.post(address, {"reason": ""}).content.decode()
    assert "a year from now" in alice.post(address, {"reason": "not_found", "until": "2029-01-01"}).content.decode()
    assert flag_of(cast, as_owner).status == "open"
    answer = alice.post(address, {"reason": "not_found", "until": "2026-12-24", "note": "moved"}, follow=True)
    page = answer.content.decode()
    assert "cannot be reached, until 24 Dec 2026" in page
    assert "Undo" in page
    flag = flag_of(cast, as_owner)
    assert (flag.status, flag.dismissal, flag.dismissed_until) == ("dismissed", "not_found", date(2026, 12, 24))
    alice.post(f"/portal/flags/{cast.a.flag.public_id}/reopen/")
    assert flag_of(cast, as_owner).status == "open"
    with as_owner():
        assert FlagChange.objects.filter(flag=flag, by=cast.alice).count() == 2


def test_what_cannot_be_done_is_said_and_not_done(alice, cast):
    page = alice.post(f"/portal/flags/{cast.a.flag.public_id}/reopen/", follow=True).content.decode()
    assert "This flag is already open." in page
