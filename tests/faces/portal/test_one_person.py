"""The pages of a person whom the payer knows by two ids: all of it is there, with the id; other pharmacies get no more of it."""

import pytest
from django.urls import reverse

from carecoord.kernel.tenancy import context
from patients.care import actions as care
from patients.care.models import Encounter
from patients.models import EverydayFact
from pharmacies.billing.actions import open_claim
from tests.factories.one_person import again, load_quietly, part, two, unite
from tests.patients.care.test_one_person import told

pytestmark = pytest.mark.django_db
PAGES = ("portal:patient", "portal:plan", "portal:facts")
POSTS = ("portal:start", "portal:consent", "portal:death", "portal:leave", "portal:plan", "portal:facts")


@pytest.fixture(autouse=True)
def quiet(monkeypatch, settings, tmp_path):
    load_quietly(monkeypatch, settings, tmp_path)


@pytest.fixture
def ann(cast):
    """Ash Street sees both records, and nobody else does."""
    return two(cast, b="a")


def visit(cast, member):
    with context.acting_as(cast.alice.scope):
        return care.start(patient=again(member), pharmacy=cast.a.pharmacy, protocol="bp_check", by=cast.alice)


def page(client, name, member):
    return client.get(reverse(name, args=[member.patient.public_id]), follow=True)


def test_the_chart_shows_what_stands_under_a_former_id_and_says_so(cast, ann, sign_in):
    draft = visit(cast, ann.b)
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=told(cast.a, ann.b), by=cast.alice)
    client = sign_in(cast.alice)
    assert "under the id" not in page(client, "portal:patient", ann.a).content.decode()
    unite(cast, ann.a, ann.b)
    old = client.get(reverse("portal:patient", args=[ann.b.patient.public_id]))
    assert (old.status_code, old.url) == (302, reverse("portal:patient", args=[ann.a.patient.public_id]))
    shown = page(client, "portal:patient", ann.b).content.decode()
    assert "begun under the id B" in shown and claim.number in shown and "Alice, under the id B" in shown
    opened = client.get(reverse("portal:encounter", args=[draft.public_id])).content.decode()
    assert "Ash, Ann" in opened and "Begun under the id B." in opened
    part(cast, ann.a, ann.b)
    apart = page(client, "portal:patient", ann.a).content.decode()
    assert "under the id" not in apart and claim.number not in apart and str(draft.public_id) not in apart
    assert str(draft.public_id) in page(client, "portal:patient", ann.b).content.decode()


def test_a_form_that_was_open_at_the_old_address_writes_to_the_person(cast, ann, sign_in):
    draft = visit(cast, ann.b)
    unite(cast, ann.a, ann.b)
    client = sign_in(cast.alice)
    begun = client.post(reverse("portal:start", args=[ann.b.patient.public_id]), {"protocol": "bp_check"})
    assert begun.url == reverse("portal:encounter", args=[draft.public_id])
    kind = {"kind": "allergy", "substance": "Penicillin", "severity": "mild"}
    client.post(reverse("portal:facts", args=[ann.b.patient.public_id]), kind)
    with context.acting_as(cast.alice.scope):
        assert EverydayFact.objects.get(kind="allergy").patient_id == ann.a.patient_id
    for name in PAGES:
        assert page(client, name, ann.b).context["patient"] == ann.a.patient


def test_a_stranger_reaches_nothing_of_either_record_before_while_and_after(cast, ann, sign_in):
    draft = visit(cast, ann.b)
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=told(cast.a, ann.b), by=cast.alice)
    client = sign_in(cast.charlie)

    def attack():
        for member in (ann.a, ann.b):
            for name in PAGES:
                assert page(client, name, member).status_code == 404
            for name in POSTS:
                sent = {
                    "protocol": "bp_check",
                    "kind": "calls",
                    "is_given": "yes",
                    "since": "2026-01-01",
                    "do": "report",
                }
                assert client.post(reverse(name, args=[member.patient.public_id]), sent).status_code == 404
        for name, ref in (("portal:encounter", draft.public_id), ("portal:claim", claim.public_id)):
            assert client.get(reverse(name, args=[ref])).status_code == 404
        found = client.post(reverse("portal:patients"), {"q": "ash"}).content.decode()
        by_id = client.post(reverse("portal:patients"), {"q": "B"}).content.decode()
        assert "Ash, Ann" not in found + by_id

    attack()
    unite(cast, ann.a, ann.b)
    attack()
    part(cast, ann.a, ann.b)
    attack()


def test_who_sees_the_person_by_one_id_does_not_see_anothers_visits_claims_or_flags(cast, sign_in):
    ann = two(cast)
    draft = visit(cast, ann.a)
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=told(cast.a, ann.a), by=cast.alice)
    unite(cast, ann.a, ann.b)
    client = sign_in(cast.charlie)
    shown = page(client, "portal:patient", ann.b)
    assert shown.context["patient"] == ann.a.patient  # by the rule: whoever may see one id's record may see the person
    assert claim.number not in shown.content.decode() and str(draft.public_id) not in shown.content.decode()
    assert client.get(reverse("portal:encounter", args=[draft.public_id])).status_code == 404
    own = client.post(reverse("portal:start", args=[ann.a.patient.public_id]), {"protocol": "bp_check"})
    assert str(draft.public_id) not in own.url
    part(cast, ann.a, ann.b)
    assert page(client, "portal:patient", ann.a).status_code == 404
    assert page(client, "portal:patient", ann.b).status_code == 200


def test_what_charlie_began_for_the_person_stays_his_and_opens_nothing_afterwards(cast, sign_in):
    ann = two(cast)
    unite(cast, ann.a, ann.b)
    client = sign_in(cast.charlie)
    address = client.post(reverse("portal:start", args=[ann.b.patient.public_id]), {"protocol": "bp_check"}).url
    part(cast, ann.a, ann.b)
    assert client.get(address).status_code == 404  # the visit stands under record A, which he sees no more
    saved = client.post(address.rstrip("/") + "/save/", {"revision": "0"})
    assert saved.status_code == 404
    with context.acting_as(cast.charlie.scope):
        assert Encounter.objects.get(patient=ann.a.patient_id).pharmacy_id == cast.b.pharmacy.pk


def test_the_trail_names_the_person_to_whoever_asks_by_either_id(cast, ann, sign_in):
    visit(cast, ann.a)
    client = sign_in(cast.vera)

    def asked(text):
        found = client.post(reverse("pbm:audit"), {"member": text, "event": "encounter.started"})
        return len(found.context["rows"]), {pk for pk, _ in found.context["members"]}

    assert asked("B") == (0, {ann.b.patient_id})
    unite(cast, ann.a, ann.b)
    for text in ("A", "B", "Ash, Ann"):
        assert asked(text) == (1, {ann.a.patient_id, ann.b.patient_id}), text
    part(cast, ann.a, ann.b)
    assert asked("B") == (0, {ann.b.patient_id})
