"""An administrator opens a payer for trying, sees what its system sent, makes files for it, and empties it; nobody else does."""

import io
import json

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from joserfc.jwk import ECKey

from carecoord.kernel.accounts.models import ApiClient, Membership, Organisation
from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.jobs import actions as jobs
from patients.claims.formats import open_feed
from patients.claims.models import Delivery
from tests.factories.cast import LONG_AGO
from tests.patients.claims import feeds

pytestmark = pytest.mark.django_db
KEYS = json.dumps({"keys": [ECKey.generate_key("P-384", {"kid": "frank-1"}).as_dict(private=False)]})


def opened(client, **changed):
    return client.post(
        reverse("pbm:sandbox_add"), {"name": "Acme, trial", "code": "acme-trial", "jwks": KEYS} | changed, follow=True
    )


@pytest.fixture
def sandbox(sign_in):
    assert opened(sign_in("ada")).status_code == 200
    return Organisation.objects.get(code="acme-trial")


def page_of(sandbox, name="sandbox"):
    return reverse(f"pbm:{name}", args=[sandbox.public_id])


def made(client, **asked):
    return client.get(
        reverse("pbm:sandbox_feed"), {"kind": "pharmacy_claim", "lines": 50, "bad": 20, "seed": 3} | asked
    )


def test_it_is_opened_with_the_keys_of_its_system(sandbox, sign_in, cast, as_owner):
    assert sandbox.is_sandbox and sandbox.sandbox_of == cast.pbm and sandbox.name == "Acme, trial"
    page = sign_in("ada").get(page_of(sandbox)).content.decode()
    system = ApiClient.objects.get(organisation=sandbox)
    assert system.client_id in page and "frank-1" in page and "Nothing came yet" in page
    assert "Acme, trial" in sign_in("ada").get(reverse("pbm:sandboxes")).content.decode()
    with as_owner():
        assert AuditEvent.objects.filter(event="sandbox.opened", organisation_id=cast.pbm.pk).count() == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"code": "a payer"}, "valid “slug”"),
        ({"jwks": "no"}, "This is no JSON"),
        ({"jwks": "[" * 9_000}, "This is no JSON"),
        ({"jwks": "{}"}, "The keys must be a JWK set"),
        ({"jwks": '{"keys": [{"kty": "oct", "k": "eA"}]}'}, "private or secret key"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_a_sandbox_is_said(sign_in, cast, changed, says):
    answer = opened(sign_in("ada"), **changed)
    assert answer.status_code == 422 and says in answer.content.decode()
    assert not Organisation.objects.filter(is_sandbox=True).exists()


def test_the_code_of_a_payer_is_not_taken_twice(sign_in, cast, sandbox):
    for code in (cast.a.payer.code, "acme-trial"):
        assert "a sandbox needs a code of its own" in opened(sign_in("ada"), code=code).content.decode()
    assert not Organisation.objects.get(code=cast.a.payer.code).is_sandbox


def test_a_file_of_its_own_is_loaded_listed_and_taken_back(sandbox, sign_in, as_owner):
    client = sign_in("ada")
    for kind in ("eligibility", "pharmacy_claim"):
        feeds.load(sandbox, made(client, kind=kind).content, name=f"{kind}.csv")
    with as_owner():
        claims = Delivery.objects.get(payer=sandbox, file_name="pharmacy_claim.csv")
    assert claims.state == "loaded" and claims.rejected and claims.loaded
    page = sign_in("ada").get(page_of(sandbox)).content.decode()
    assert "pharmacy_claim.csv" in page and "eligibility.csv" in page
    rejects = client.get(page_of(claims, "sandbox_rejects"))
    assert rejects.content.decode().count("\r\n") >= claims.rejected
    assert client.get(page_of(sandbox, "sandbox_empty")).status_code == 200
    assert client.post(page_of(sandbox, "sandbox_empty")).status_code == 302
    jobs.drain()
    with as_owner():
        assert set(Delivery.objects.filter(payer=sandbox).values_list("state", flat=True)) == {"withdrawn"}
    assert feeds.exported(sandbox) == []


def test_a_file_to_try_with_is_what_was_asked_for(sign_in, cast):
    client = sign_in("ada")
    found = list(open_feed("tuva_csv", io.BytesIO(made(client, bad=0).content)))
    assert len(found) == 50 and all(hasattr(one, "row") for one in found)
    assert made(client).content == made(client).content != made(client, seed=4).content
    assert made(client)["Content-Disposition"] == 'attachment; filename="pharmacy_claim-3.csv"'
    bad = [one for one in open_feed("tuva_csv", io.BytesIO(made(client, bad=100).content)) if not hasattr(one, "row")]
    assert len(bad) > 40
    for asked in ({"lines": 10_001}, {"lines": 0}, {"kind": "x"}, {"seed": -1}, {"bad": 101}, {"seed": "\0"}):
        answer = made(client, **asked)
        assert answer.status_code == 400 and "This file cannot be made" in answer.content.decode()


def test_a_file_to_try_with_is_made_in_other_formats(sign_in, cast):
    client = sign_in("ada")
    answer = made(client, format="x12_834", kind="eligibility")
    assert answer["Content-Disposition"] == 'attachment; filename="eligibility-3.x12_834"'
    read = list(open_feed("x12_834", io.BytesIO(answer.content)))
    assert len(read) == 50 and 1 <= len([one for one in read if not hasattr(one, "row")]) <= 25
    refused = made(client, format="x12_834", kind="lab_result")
    assert refused.status_code == 400 and "Of x12_834 there is eligibility" in refused.content.decode()
    assert made(client, format="papyrus").status_code == 400


def test_sandboxes_are_seen_by_the_administrators_of_their_pbm_alone(sandbox, sign_in, cast, as_owner):
    feeds.load(sandbox, made(sign_in("ada"), kind="eligibility").content)
    with as_owner():
        mine = Delivery.objects.get(payer=sandbox)
        other = Organisation.objects.create(kind="pbm", code="southbridge", name="Southbridge")
    assert sign_in("ada").get(reverse("pbm:claims_delivery_change", args=[mine.public_id])).status_code in (302, 404)
    assert (
        page_of(mine, "sandbox_rejects")
        and sign_in("ada").get(page_of(cast.a.delivery, "sandbox_rejects")).status_code == 404
    ), "and of a payer that is served, nothing is seen here"
    assert sign_in("ada").get(page_of(cast.a.payer)).status_code == 404
    assert sign_in("ada").post(page_of(cast.a.payer, "sandbox_empty")).status_code == 404
    for who in ("dana", "erin", "grace", "vera", "alice"):
        assert sign_in(who).get(page_of(sandbox)).status_code == 403, who
        assert sign_in(who).post(page_of(sandbox, "sandbox_empty")).status_code == 403, who
    with as_owner():
        Membership.objects.filter(user=cast.ada).update(organisation=other, since=LONG_AGO)
    client = sign_in("ada")
    for address in (page_of(sandbox), page_of(sandbox, "sandbox_empty"), page_of(mine, "sandbox_rejects")):
        assert client.get(address).status_code == 404, address


def test_the_database_takes_no_other_payer_for_a_pbm_s_sandbox(cast, as_owner):
    with as_owner(), pytest.raises(IntegrityError, match="is_a_sandbox"), transaction.atomic():
        Organisation.objects.filter(pk=cast.a.payer.pk).update(sandbox_of=cast.pbm)
