"""The visit's form: saved as typed, completed by a pharmacist alone, billed once."""

import pytest

from patients.care.models import Encounter
from pharmacies.billing.models import ServiceClaim
from tests.patients.care.test_protocols import CALL, SHOT

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def begin(client, cast, flag=None, protocol="adherence_call"):
    posted = {"protocol": protocol} | ({"flag": str(flag.public_id)} if flag else {})
    return client.post(f"/portal/patients/{cast.a.patient.public_id}/start/", posted).url


def stored(address, as_owner):
    with as_owner():
        return Encounter.objects.get(public_id=address.rstrip("/").rpartition("/")[2])


def test_the_form_is_filled_in_and_saved_as_typed(alice, cast, story, as_owner):
    address = begin(alice, cast, story[0])
    page = alice.get(address).content.decode()
    assert 'value="Lisinopril 20 mg"' in page
    assert 'value="2026-10-06"' in page
    answer = alice.post(f"{address}save/", {**CALL, "minutes": "not y", "revision": 0}, headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "Saved" in answer.content.decode()
    assert 'name="revision" value="1"' in answer.content.decode()
    visit = stored(address, as_owner)
    assert (visit.revision, visit.answers["minutes"], visit.answers["plan"]) == (1, "not y", ["delivery"])
    assert 'value="not y"' in alice.get(address).content.decode()


def test_a_stale_form_gets_409_and_changes_nothing(alice, cast, story, as_owner):
    address = begin(alice, cast)
    alice.post(f"{address}save/", CALL | {"revision": 0}, headers=HTMX)
    late = alice.post(f"{address}save/", CALL | {"revision": 0, "note": "late"}, headers=HTMX)
    assert late.status_code == 409
    assert "Load it again" in late.content.decode()
    assert "note" not in stored(address, as_owner).answers
    plain = alice.post(f"{address}save/", CALL | {"revision": 0, "note": "late"}, follow=True)
    assert "changed in another window" in plain.content.decode()


@pytest.mark.parametrize(
    "posted", [{"is_admin": "1"}, {"medicine": "x" * 300}, {"revision": "-1"}, {"revision": "9" * 40}, {"revision": ""}]
)
def test_what_the_form_does_not_have_is_refused(alice, cast, story, as_owner, posted):
    address = begin(alice, cast)
    assert alice.post(f"{address}save/", CALL | {"revision": 0} | posted, headers=HTMX).status_code == 409
    assert stored(address, as_owner).revision == 0


def test_what_is_missing_is_said_beside_its_field_and_the_draft_is_kept(alice, cast, story, as_owner):
    address = begin(alice, cast)
    answer = alice.post(f"{address}complete/", CALL | {"revision": 0, "minutes": ""})
    page = answer.content.decode()
    assert "Not complete yet" in page
    assert page.count("Say how many minutes the conversation took.") >= 2
    visit = stored(address, as_owner)
    assert (visit.status, visit.revision) == ("draft", 1)
    assert 'name="revision" value="1"' in page


def test_completing_shows_the_claim_with_its_number_and_status(alice, cast, story, as_owner):
    address = begin(alice, cast, story[0])
    page = alice.post(f"{address}complete/", CALL | {"revision": 0}, follow=True).content.decode()
    with as_owner():
        claim = ServiceClaim.objects.get(pharmacy=cast.a.pharmacy)
    for said in ("Completed", claim.number, "Submitted", "$25.00", "Talked with", "Forgets"):
        assert said in page
    assert '<form id="visit"' not in page
    again = alice.post(f"{address}complete/", CALL | {"revision": 0, "note": "more"}, follow=True)
    assert again.status_code == 200
    assert "note" not in stored(address, as_owner).answers
    assert str(story[0].public_id) not in alice.get("/portal/").content.decode()


def test_a_technician_writes_the_draft_and_cannot_complete_it(bob, alice, cast, story, as_owner):
    address = begin(bob, cast, story[0])
    assert bob.post(f"{address}save/", CALL | {"revision": 0}).status_code == 302
    assert bob.post(f"{address}complete/", CALL | {"revision": 1}).status_code == 403
    assert stored(address, as_owner).status == "draft"
    page = bob.get(address).content.decode()
    assert "A pharmacist completes it" in page
    assert "/complete/" not in page
    alice.post(f"{address}complete/", CALL | {"revision": 1})
    visit = stored(address, as_owner)
    assert (visit.status, visit.started_by, visit.completed_by) == ("completed", cast.bob, cast.alice)


def test_discard_and_undo(alice, cast, story, as_owner):
    address = begin(alice, cast)
    assert "This draft was discarded" in alice.post(f"{address}discard/", follow=True).content.decode()
    assert 'id="visit"' in alice.post(f"{address}restore/", follow=True).content.decode()
    alice.post(f"{address}complete/", CALL | {"revision": 0})
    page = alice.post(f"{address}discard/", follow=True).content.decode()
    assert "completed and cannot be changed" in page


def test_a_vaccination_from_start_to_claim(alice, cast, story, as_owner):
    address = begin(alice, cast, protocol="vaccination")
    page = alice.get(address).content.decode()
    assert "Influenza high dose, lot U7781A" in page
    late = alice.post(f"{address}complete/", SHOT | {"revision": 0, "expires_on": "2026-11-20"}).content.decode()
    assert "This lot expired on 20 Nov 2026" in late
    alice.post(f"{address}complete/", SHOT | {"revision": 1})
    with as_owner():
        claim = ServiceClaim.objects.get(encounter_ref=stored(address, as_owner).public_id)
    assert (claim.status, claim.charge_cents) == ("submitted", 2700)


def test_an_unknown_protocol_starts_nothing(alice, cast, story):
    answer = alice.post(f"/portal/patients/{cast.a.patient.public_id}/start/", {"protocol": "moonwalk"}, follow=True)
    assert "Choose what to start" in answer.content.decode()
    theirs = {"protocol": "adherence_call", "flag": str(cast.b.flag.public_id)}
    assert alice.post(f"/portal/patients/{cast.a.patient.public_id}/start/", theirs).status_code == 404
