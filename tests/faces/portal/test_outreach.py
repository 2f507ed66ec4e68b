"""Noting a try and putting a flag off: in the panel, with and without htmx."""

import pytest

from patients.care.models import OutreachTry
from patients.flags.models import Flag

pytestmark = pytest.mark.django_db


def test_a_try_is_noted_and_shown_with_the_next_one(alice, cast, story, as_owner):
    address = f"/portal/flags/{story[0].public_id}/try/"
    assert "Before you call" in alice.get(address).content.decode()
    fragment = alice.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and "Note the try" in fragment
    page = alice.post(address, {"channel": "phone", "outcome": "no_answer"}, follow=True).content.decode()
    for said in ("noted as try 1", "Next try from 28 Nov on", "1 of 3 that count", "Next try 28 Nov"):
        assert said in page, said
    again = alice.post(address, {"channel": "phone", "outcome": "voicemail"}, follow=True).content.decode()
    assert "It does not count: it was made too soon after the one before." in again
    with as_owner():
        assert OutreachTry.objects.filter(flag=story[0]).count() == 2
    assert "Telephone: no answer" in alice.get(f"/portal/patients/{cast.a.patient.public_id}/").content.decode()


@pytest.mark.parametrize(
    "posted, said",
    [
        ({}, "This field is required"),
        ({"channel": "pigeon", "outcome": "reached"}, "not one of the available choices"),
        ({"channel": "phone", "outcome": "call_back"}, "Say when to call back"),
        ({"channel": "phone", "outcome": "call_back", "call_back_at": "later"}, "valid date"),
        (
            {"channel": "phone", "outcome": "reached", "call_back_at": "2026-12-01T10:00"},
            "only when that was asked for",
        ),
        ({"channel": "text", "outcome": "no_answer"}, "There is no consent to text messages."),
        ({"channel": "text", "outcome": "no_answer", "anyway": "on"}, "There is no consent to text messages."),
    ],
)
def test_a_try_that_cannot_be_says_why(alice, story, as_owner, posted, said):
    answer = alice.post(f"/portal/flags/{story[0].public_id}/try/", posted)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    with as_owner():
        assert not OutreachTry.objects.filter(flag=story[0]).exists()


def test_what_happened_all_the_same_is_kept_with_its_reason(alice, story):
    posted = {"channel": "text", "outcome": "no_answer", "anyway": "on", "note": "Asked for it at the counter"}
    page = alice.post(f"/portal/flags/{story[0].public_id}/try/", posted, follow=True).content.decode()
    assert "the policy spoke against it" in page


def test_a_flag_is_put_off_and_back(alice, story, as_owner):
    address = f"/portal/flags/{story[0].public_id}/snooze/"
    assert "Put off" in alice.get(address).content.decode()
    page = alice.post(address, {"days": "3", "why": "On holiday"}, follow=True).content.decode()
    assert "put off until 24 Nov 2026" in page
    assert f"row-{story[0].public_id}" not in page
    assert f"row-{story[0].public_id}" in alice.get("/portal/?show=snoozed").content.decode()
    assert "Back on the list" in alice.get(f"/portal/?open={story[0].public_id}").content.decode()
    page = alice.post(f"/portal/flags/{story[0].public_id}/wake/", follow=True).content.decode()
    assert f"row-{story[0].public_id}" in page


@pytest.mark.parametrize(
    "posted, said",
    [
        ({}, "Choose until when"),
        ({"days": "99"}, "not one of the available choices"),
        ({"until": "2020-01-01"}, "until a day within 60 days"),
        ({"until": "2199-12-31"}, "until a day within 60 days"),
        ({"until": "9999-12-31"}, "a day between 1900 and 2200"),
    ],
)
def test_a_day_that_cannot_be_says_why(alice, story, posted, said):
    assert said in alice.post(f"/portal/flags/{story[0].public_id}/snooze/", posted).content.decode()


def test_the_key_for_putting_off_is_on_the_row(alice, story):
    assert 'data-key="s"' in alice.get("/portal/").content.decode()


def test_sorted_by_pdc(alice, cast, story, as_owner):
    with as_owner():
        for flag, days in zip(story, (90, 10), strict=False):
            Flag.objects.filter(pk=flag.pk).update(evidence={"covered_days": days, "period_days": 100})
    page = alice.get("/portal/?sort=pdc").content.decode()
    places = [page.find(f"row-{flag.public_id}") for flag in story[:2]]
    assert len(story) < 2 or places[1] < places[0]
    assert alice.get("/portal/worklist.csv?sort=-pdc").status_code == 200
