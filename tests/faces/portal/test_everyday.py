"""Everyday facts and a reported death, on the chart and before a call."""

import pytest

from patients.models import EverydayFact

pytestmark = pytest.mark.django_db
INTERPRETER = {"kind": "interpreter", "language": "Vietnamese", "interpreter_id": "4711"}


@pytest.fixture
def chart(cast, story):
    return f"/portal/patients/{cast.a.patient.public_id}/"


def test_a_fact_is_recorded_shown_changed_and_ended(bob, chart, as_owner, story, cast):
    assert "Interpreter&#x27;s id" in bob.get(f"{chart}facts/?kind=interpreter").content.decode()
    page = bob.post(f"{chart}facts/", INTERPRETER, follow=True).content.decode()
    assert "Vietnamese, 4711" in page and "Bob" in page
    with as_owner():
        fact = EverydayFact.objects.get(patient=cast.a.patient)
    again = INTERPRETER | {"language": "French", "replaces": str(fact.public_id)}
    assert "French, 4711" in bob.post(f"{chart}facts/", again, follow=True).content.decode()
    with as_owner():
        fact = EverydayFact.objects.get(patient=cast.a.patient, ended_at=None)
    panel = bob.get(f"/portal/?open={story[0].public_id}").content.decode()
    assert "French, 4711" in panel
    visit = bob.post(f"{chart}start/", {"protocol": "adherence_call"}).url
    assert "French, 4711" in bob.get(visit).content.decode()
    page = bob.post(f"/portal/facts/{fact.public_id}/end/", follow=True).content.decode()
    assert "Earlier" in page and "French" not in page


@pytest.mark.parametrize(
    "posted, said",
    [
        ({"kind": "phone"}, "Number is missing."),
        ({"kind": "allergy", "substance": "x", "severity": "deadly"}, "choose from the list"),
        ({"kind": "phone", "number": "x" * 300}, "at most 200 characters"),
        ({"kind": "phone", "number": "1", "is_admin": "yes"}, "no field of that name"),
        ({"kind": "moonwalk"}, "Choose what to record"),
        ({}, "Choose what to record"),
        ({"kind": "otc", "product": "a\0b"}, "recorded"),
    ],
)
def test_what_cannot_be_recorded_says_why(alice, chart, posted, said):
    answer = alice.post(f"{chart}facts/", posted, follow=True)
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_no_voicemail_is_said_before_the_call(alice, chart, story):
    alice.post(f"{chart}consent/", {"kind": "voicemail", "is_given": "no", "since": "2026-11-21"})
    assert "Leave no message on a machine" in alice.get(f"/portal/?open={story[0].public_id}").content.decode()


def test_a_death_from_report_to_mistake(alice, bob, chart, story):
    assert f'action="{chart}start/"' in bob.get(chart).content.decode()
    page = bob.post(f"{chart}death/", {"do": "report", "words": "Her daughter"}, follow=True).content.decode()
    assert f'action="{chart}start/"' not in page
    assert "Her daughter told Bob" in " ".join(page.split()) and "Nobody calls" in page
    assert "Okafor" not in bob.get("/portal/").content.decode()
    assert bob.post(f"{chart}death/", {"do": "confirm", "words": "Obituary"}).status_code == 403
    assert "reported dead" in bob.post(f"{chart}start/", {"protocol": "bp_check"}, follow=True).content.decode()
    assert (
        "Confirmed."
        in alice.post(f"{chart}death/", {"do": "confirm", "words": "Obituary"}, follow=True).content.decode()
    )
    assert "Say why it was a mistake" in alice.post(f"{chart}death/", {"do": "withdraw"}, follow=True).content.decode()
    alice.post(f"{chart}death/", {"do": "withdraw", "words": "A namesake"})
    assert "Okafor" in alice.get("/portal/").content.decode()
    assert (
        "No death is reported"
        in alice.post(f"{chart}death/", {"do": "confirm", "words": "x"}, follow=True).content.decode()
    )


@pytest.mark.parametrize(
    "posted, said",
    [
        ({"do": "resurrect"}, "Say who told you"),
        ({"do": "report"}, "Say who told you"),
        ({"do": "report", "words": "x", "died_on": "2099-01-01"}, "between birth and today"),
        ({"do": "report", "words": "x", "died_on": "yesterday"}, "year-month-day"),
    ],
)
def test_a_report_that_cannot_be_says_why(alice, chart, posted, said):
    assert said in alice.post(f"{chart}death/", posted, follow=True).content.decode()
