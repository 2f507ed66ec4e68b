"""The refrigerator's pages: a delivery, a lot's changes, the recall search and its file."""

import json

import pytest

from carecoord.kernel.audit.models import AuditEvent
from patients.care.models import VaccineLot
from tests.patients.care.test_protocols import SHOT

pytestmark = pytest.mark.django_db
DELIVERY = {"cvx": "135", "product": "High dose", "lot": "U7781A", "expires_on": "2027-06-30", "doses": "10"}
CODE = "(01)00349281125652(17)270630(10)U7781A"


@pytest.fixture
def lot(alice, cast, story, as_owner):
    assert alice.post("/portal/vaccines/", DELIVERY).status_code == 302
    with as_owner():
        return VaccineLot.objects.get(lot="U7781A")


def test_what_arrives_is_on_the_list(alice, lot):
    page = alice.get("/portal/vaccines/").content.decode()
    for said in ("Influenza high dose", "U7781A", "30 Jun 2027", "Usable"):
        assert said in page
    assert "U7781A" not in alice.get("/portal/vaccines/?show=recalled").content.decode()
    assert alice.get("/portal/vaccines/?show=%27&after=x").status_code == 200
    assert "Influenza high dose,135" in alice.get("/portal/vaccines/lots.csv").content.decode()


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"lot": ""}, "The lot is missing"),
        ({"lot": "=1+1"}, "up to 20 letters"),
        ({"expires_on": ""}, "The expiry is missing"),
        ({"doses": "0"}, "greater than or equal to 1"),
        ({"doses": "many"}, "whole number"),
        ({"cvx": "999"}, "not one of the available choices"),
        ({"ndc": "1234567890"}, "ten with hyphens"),
        ({"barcode": "nonsense"}, "cannot be told apart"),
        ({"barcode": CODE, "lot": "OTHER"}, "The scanned code says lot U7781A"),
        ({"barcode": CODE, "lot": ""}, "Type the NDC from the carton: 4928-1125-65, 49281-125-65 or 49281-1256-5"),
        ({"barcode": CODE, "ndc": "99999-125-65"}, "belongs to another NDC"),
        ({"product": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_a_delivery_that_cannot_be_is_answered_in_words(alice, cast, wrong, said):
    answer = alice.post("/portal/vaccines/", DELIVERY | wrong)
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_a_scanned_carton_needs_no_typing(alice, cast, as_owner):
    scanned = {"cvx": "135", "product": "High dose", "doses": "10", "barcode": CODE, "ndc": "49281-125-65"}
    assert alice.post("/portal/vaccines/", scanned).status_code == 302
    with as_owner():
        lot = VaccineLot.objects.get(lot="U7781A")
    assert (lot.ndc, str(lot.expires_on)) == ("49281012565", "2027-06-30")


def test_a_lot_is_chosen_in_the_visit_and_fills_it_in(alice, cast, lot):
    visit = alice.post(f"/portal/patients/{cast.a.patient.public_id}/start/", {"protocol": "vaccination"}).url
    assert "lot U7781A, expires 30 Jun 2027, 10 left" in alice.get(visit).content.decode()
    bare = {k: v for k, v in SHOT.items() if k not in ("cvx", "product", "lot", "expires_on")}
    form = bare | {"cvx": "", "product": "", "lot": "", "expires_on": "", "lot_ref": str(lot.public_id)}
    saved = alice.post(f"{visit}save/", form | {"revision": 0}, headers={"HX-Request": "true"})
    assert json.loads(saved.headers["HX-Trigger"])["visit:filled"] == {
        "cvx": "135",
        "product": "High dose",
        "lot": "U7781A",
        "expires_on": "2027-06-30",
    }
    assert 'value="U7781A"' in alice.get(visit).content.decode()
    again = SHOT | {"lot_ref": str(lot.public_id), "ndc": "", "revision": 1}
    assert "HX-Trigger" not in alice.post(f"{visit}save/", again, headers={"HX-Request": "true"}).headers
    done = alice.post(f"{visit}complete/", again | {"revision": 2}, follow=True).content.decode()
    assert "Completed" in done and str(lot.public_id) not in done
    assert "9 of 10" in alice.get(f"/portal/vaccines/lots/{lot.public_id}/").content.decode()
    found = alice.post("/portal/vaccines/given/", {"lot": "u7781a"}).content.decode()
    assert "Okafor, Ngozi" in found and "512-555-0142" in found
    assert (
        "Nobody got that lot" in alice.post("/portal/vaccines/given/", {"lot": "U7781A", "cvx": "187"}).content.decode()
    )


def test_the_recall_file_is_on_the_trail(alice, cast, lot, as_owner):
    with as_owner():
        before = AuditEvent.objects.filter(event="doses.exported").count()
    answer = alice.post("/portal/vaccines/given/", {"lot": "A1", "as": "csv"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    with as_owner():
        assert AuditEvent.objects.filter(event="doses.exported").count() == before + 1


def test_changes_of_a_lot_by_hand(alice, lot):
    address = f"/portal/vaccines/lots/{lot.public_id}/"
    for posted, said in [
        ({"do": "count", "number": "8", "why": "Two broke"}, "8 of 10"),
        ({"do": "waste", "number": "1", "why": "Warm"}, "7 of 10"),
        ({"do": "recall", "why": "Letter"}, "Who got a dose"),
        ({"do": "clear", "why": "Another lot"}, "Usable"),
        ({"do": "count", "number": "99", "why": "x"}, "more cannot be there"),
        ({"do": "count", "number": "", "why": "x"}, "Give the number of doses"),
        ({"do": "count", "number": "-1", "why": "x"}, "give whole numbers"),
        ({"do": "burn"}, "Choose what to do"),
        ({"do": "recall", "why": ""}, "Say who recalled it"),
    ]:
        assert said in alice.post(address, posted, follow=True).content.decode(), posted
