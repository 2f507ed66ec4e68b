"""The pharmacy's claim files: downloads, the form on paper, an 835 loaded, looked at and posted."""

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from carecoord.kernel.audit.models import AuditEvent
from pharmacies.billing.models import BillingIdentity, PersonIdentity
from tests.factories.cast import npi
from tests.factories.claim_files import send_one
from tests.pharmacies.billing.formats.judge import complaints
from tests.pharmacies.billing.formats.test_received import document, one
from tests.pharmacies.billing.formats.test_received import x12_835 as writer

pytestmark = pytest.mark.django_db
FILES = "/portal/billing/files/"
NAMED = {
    "tax_id": "111222333",
    "taxonomy": "3336C0003X",
    "zip": "249014321",
    "contact_name": "Bob",
    "contact_phone": "3045550199",
}


@pytest.fixture
def sent(cast, as_owner):
    return send_one(cast, as_owner)


def remittance_file(cast, *claims, **more):
    text = writer.write(
        document(cast, *claims, **more), sender="PAYERC", receiver="ASH", control=1, at=datetime(2026, 11, 26)
    )
    return SimpleUploadedFile("march.835", text.encode())


def upload(client, file):
    return client.post(f"{FILES}load/", {"file": file}, follow=True)


def test_a_claim_as_837p_and_as_form(sent, alice, as_owner):
    claim = sent.sent[0]
    edi = alice.get(f"/portal/billing/claims/{claim.public_id}/837/")
    assert edi.status_code == 200 and edi["Content-Disposition"] == f'attachment; filename="{claim.number}.837"'
    assert complaints(edi.content.decode()) == []
    paper, plain = (alice.get(f"/portal/billing/claims/{claim.public_id}/cms1500/{q}") for q in ("", "?paper=plain"))
    assert paper.content.startswith(b"%PDF") and claim.number.encode() in paper.content
    assert plain.content.count(b" re S") > 100 and paper["Content-Type"] == "application/pdf"
    with as_owner():
        events = AuditEvent.objects.filter(event="claims.exported")
        assert [each.detail["format"] for each in events.order_by("pk")] == ["837", "cms1500", "plain"]
        reads = AuditEvent.objects.filter(event="patient.read").order_by("pk")
        assert [each.patient_ids for each in reads] == [[sent.a.patient.pk]] * 3


def test_all_claims_of_a_status_in_one_file(sent, alice, as_owner):
    with as_owner():  # a programme's own code goes into no file, and stops none
        sent.a.service_claim.lines.update(code="BP-CHECK")
    text = alice.get(f"{FILES}claims/?status=submitted&format=837").content.decode()
    assert sent.sent[0].number in text and complaints(text) == []
    none = alice.get(f"{FILES}claims/?status=paid&format=837")
    assert none.status_code == 422 and "no claim to write" in none.content.decode()


def test_what_is_missing_is_said_and_mended_on_the_page(sent, alice, as_owner):
    with as_owner():
        BillingIdentity.objects.all().delete()
    address = f"/portal/billing/claims/{sent.sent[0].public_id}/837/"
    refused = alice.get(address)
    assert refused.status_code == 422 and "tax number (EIN, nine digits) is missing" in refused.content.decode()
    assert "Not entered yet" in alice.get(FILES).content.decode()
    wrong = alice.post(f"{FILES}identity/", NAMED | {"tax_id": "12-345"})
    assert wrong.status_code == 422 and "nine digits" in wrong.content.decode()
    assert "Saved." in alice.post(f"{FILES}identity/", NAMED, follow=True).content.decode()
    assert "REF*EI*111222333~" in alice.get(address).content.decode()


def test_the_owner_enters_who_served_by_their_own_npi(cast, as_owner, client, alice):
    with as_owner():
        cast.bob.memberships.update(role="owner")
    named = {
        "person": cast.alice.public_id,
        "npi": npi(77),
        "last_name": "Alba",
        "first_name": "Alice",
        "taxonomy": "183500000X",
    }
    assert alice.post(f"{FILES}people/", named).status_code == 403
    client.force_login(cast.bob)
    for wrong, says in [
        ({"npi": "1234567890"}, "check digit"), ({"npi": cast.a.pharmacy.npi}, "own NPI"), ({"last_name": ""}, "last name"),
        ({"npi": cast.a.person_identity.npi}, "Somebody else"), ({"person": cast.charlie.public_id}, "valid choice"),
    ]:  # fmt: skip
        refused = client.post(f"{FILES}people/", named | wrong)
        assert refused.status_code == 422 and says in refused.content.decode(), says
    assert "Saved." in client.post(f"{FILES}people/", named, follow=True).content.decode()
    (mine,) = people(as_owner, cast.alice)
    assert (mine.pharmacy_id, mine.npi, mine.last_name) == (cast.a.pharmacy.pk, npi(77), "Alba")
    client.post(f"{FILES}people/", named | {"npi": ""})
    assert people(as_owner, cast.alice) == []


def people(as_owner, person):
    with as_owner():
        return list(PersonIdentity.objects.filter(person=person))


def test_the_page_says_that_diagnoses_and_places_are_not_verified(cast, alice):
    page = alice.get(FILES).content.decode()
    assert "not verified: no payer has confirmed them" in page and "Z79.899, place of service 10" in page


def test_an_835_is_shown_then_posted_and_what_is_left_is_worked(sent, alice, bob):
    number = sent.sent[0].number
    page = upload(bob, remittance_file(sent, one(number), one("SC-UNKNOWN"), less=300)).content.decode()
    assert "Nothing is posted yet" in page and "No claim of this pharmacy has the number SC-UNKNOWN" in page
    assert "$37.00" in page and "WO OLD: $3.00 less" in page and "A pharmacist or the owner posts it" in page
    (row,) = alice.get(FILES).context["received"][:1]
    address = f"/portal/billing/received-remittances/{row[0].public_id}/"
    assert bob.post(f"{address}decide/", {"action": "post"}).status_code == 403
    assert (
        "Posted. What needs somebody"
        in alice.post(f"{address}decide/", {"action": "post"}, follow=True).content.decode()
    )
    assert "is posted already" in alice.post(f"{address}decide/", {"action": "post"}, follow=True).content.decode()
    ((work, _),) = bob.get(FILES).context["work"]
    settle = f"/portal/billing/received-claims/{work.public_id}/settle/"
    assert "Say what was done" in bob.post(settle, {"note": ""}).content.decode()
    assert "\u00e9t\u00e9" * 200 in bob.post(settle, {"note": "\u00e9t\u00e9" * 200}).content.decode()
    assert "is done" in bob.post(settle, {"note": "Of our other store."}, follow=True).content.decode()
    assert bob.get(FILES).context["work"] == []
    assert "Of our other store." in bob.get(address).content.decode()


def test_a_file_that_pays_others_too_shows_what_is_ours(sent, alice):
    ours = remittance_file(sent, one(sent.sent[0].number)).read()
    other = ours.replace(sent.a.pharmacy.npi.encode(), npi(78).encode()).replace(b"TRN*1*EFT-1*", b"TRN*1*EFT-9*")
    page = upload(alice, SimpleUploadedFile("both.835", ours + other)).content.decode()
    assert "The file pays others too: 1 of its 2 payments were left out" in page and "Payment EFT-1" in page
    assert [row[0].trace for row in alice.get(FILES).context["received"] if row[0].trace.startswith("EFT")] == ["EFT-1"]


def test_what_a_payer_adds_is_said_to_be_more(sent, alice):
    page = upload(alice, remittance_file(sent, one(sent.sent[0].number), less=-50)).content.decode()
    assert "WO OLD: $0.50 more" in page and "$20.50" in page


def test_the_same_file_twice_changes_nothing(sent, alice):
    file = remittance_file(sent, one(sent.sent[0].number))
    upload(alice, file)
    file.seek(0)
    assert "loaded before; nothing changed" in upload(alice, file).content.decode()


@pytest.mark.parametrize(
    "data, says",
    [
        (b"", "The file is empty"),
        (b"hello", "does not begin with ISA"),
        (b"\x00\xff" * 300, "does not begin with ISA"),
        (b"ISA*00*", "ends within its first segment"),
    ],
)
def test_other_files_are_refused_in_a_sentence(alice, data, says):
    answer = alice.post(f"{FILES}load/", {"file": SimpleUploadedFile("x.835", data)})
    assert answer.status_code == 422 and says in answer.content.decode()
    assert alice.post(f"{FILES}load/").status_code == 422


def test_every_fault_stands_in_a_table_with_its_place(sent, alice):
    file = remittance_file(sent, one(sent.sent[0].number))
    broken = SimpleUploadedFile("x.835", file.read().replace(b"CAS*PR*3*1~", b"CAS*PR*3*x~"))
    page = alice.post(f"{FILES}load/", {"file": broken})
    assert page.status_code == 422
    table = page.content.decode()
    assert "&#x27;x&#x27; is no amount of money" in table and "unbalanced_line" in table and ">CAS<" in table


def test_strangers_see_nothing_of_it(sent, alice, charlie):
    claim = sent.sent[0]
    upload(alice, remittance_file(sent, one(claim.number)))
    row = alice.get(FILES).context["received"][0][0]
    for address in (
        f"claims/{claim.public_id}/837/",
        f"claims/{claim.public_id}/cms1500/",
        f"received-remittances/{row.public_id}/",
    ):
        assert charlie.get(f"/portal/billing/{address}").status_code == 404
    assert charlie.post(f"/portal/billing/received-remittances/{row.public_id}/decide/").status_code == 404
    assert claim.number not in charlie.get(FILES).content.decode()
    assert claim.number not in charlie.get(f"{FILES}claims/?format=837").content.decode()


def test_the_page_asks_few_questions_of_the_database(sent, alice, django_assert_max_num_queries):
    for n in range(4):
        upload(alice, remittance_file(sent, one("SC-UNKNOWN"), trace=f"T{n}"))
    with django_assert_max_num_queries(40):
        alice.get(FILES)
