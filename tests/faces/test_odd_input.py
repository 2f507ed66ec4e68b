"""Nonsense from outside is refused or overlooked, and is never a fault of ours; no question reaches what is not shown."""

import base64
import json

import pytest
from django.test import Client
from django.urls import reverse

from carecoord.faces.api import tokens
from pharmacies.models import NetworkMembership

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False

    def go(name):
        client = Client()
        client.force_login(getattr(cast, name))
        return client

    return go


@pytest.mark.parametrize("address", ["/portal/?measure=%00", "/portal/worklist.csv?measure=%00", "/portal/?show=%00"])
def test_nul_in_the_address_of_the_worklist(sign_in, address):
    assert sign_in("alice").get(address).status_code == 200


def test_nul_in_a_search_finds_what_is_written_round_it(sign_in, cast):
    for text in ("\0", "canary\0-a"):
        answer = sign_in("alice").post("/portal/patients/", {"q": text})
        assert answer.status_code == 200 and cast.a.canary in answer.content.decode()


ORACLES = (
    "network__organisation__memberships__user__password__startswith",
    "network__organisation__memberships__user__email__startswith",
    "network__contracts__code__startswith",
    "network__name__startswith",
    "network__in",
)


@pytest.mark.parametrize("lookup", ORACLES)
def test_a_filter_of_a_list_is_no_door_to_other_tables(sign_in, cast, lookup):
    """Counting the rows that are left would tell a password's hash, letter by letter."""
    answer = sign_in("grace").get(reverse("pbm:pharmacies_networkmembership_changelist"), {lookup: "a"})
    assert answer.status_code == 400


def test_the_filters_of_a_list_still_work(sign_in, cast):
    lists = {
        "pharmacies_networkmembership": {"network__organisation__exact": cast.network.pk},
        "pharmacies_pharmacy": {"state": "WV"},
        "claims_delivery": {"state": "received"},
        "programs_participation": {"program__id__exact": cast.program.pk},
        "pharmacies_fee": {"contract__id__exact": cast.contract.pk},
    }
    for name, asked in lists.items():
        client, address = sign_in("dana"), reverse(f"pbm:{name}_changelist")
        assert client.get(address, asked).status_code == 200, name


@pytest.mark.parametrize(
    "address",
    ["pharmacies/pharmacy/?state=%00", "claims/delivery/?state=%00", "programs/decision/?outcome__exact=%00"],
)
def test_nul_in_a_filter_of_a_list(sign_in, address):
    assert sign_in("dana").get(f"/pbm/{address}").status_code == 400


def test_the_last_day_of_the_calendar_ends_no_audit(sign_in):
    for address in ("/pbm/audit/", "/pbm/audit/export/"):
        assert sign_in("vera").post(address, {"until": "9999-12-31"}).status_code == 200


def test_the_trail_answers_to_get_and_post_alone(sign_in):
    assert sign_in("vera").put("/pbm/audit/").status_code == 405


@pytest.mark.parametrize("issuer", ["a\0b", "\ud800", "x" * 61, "", 7, ["a"], {"a": 1}], ids=repr)
def test_an_issuer_that_no_client_can_have(client, issuer):
    claims = base64.urlsafe_b64encode(json.dumps({"iss": issuer}).encode()).decode().rstrip("=")
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": tokens.ASSERTION_TYPE,
        "client_assertion": f"e30.{claims}.e30",
    }
    answer = client.post("/api/v1/token", form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


HEADERS = """[]
null
7
"a"
{}
{"alg": []}
{"alg": {}}
{"alg": "none"}
{"alg": "HS256"}
{"alg": "ES384", "kid": []}
{"alg": "ES384", "kid": {}}
{"alg": "ES384", "crit": 7}
{"alg": "ES384", "b64": false}
{"alg": "ES384", "jwk": 1}
\x00""".splitlines()


@pytest.mark.parametrize("header", HEADERS)
def test_a_head_that_is_no_head(client, cast, as_owner, header):
    """With the id of a real client, so that its keys are asked."""
    from joserfc.jwk import ECKey

    with as_owner():
        cast.frank.public_jwks = {"keys": [ECKey.generate_key("P-384", {"kid": "f"}).as_dict(private=False)]}
        cast.frank.save()
    parts = header.encode(), json.dumps({"iss": cast.frank.client_id}).encode(), b"x"
    assertion = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": tokens.ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    answer = client.post("/api/v1/token", form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


TWICE = "grant_type=client_credentials&grant_type=client_credentials"
NO_FORMS = {
    "no boundary": (b"a", "multipart/form-data"),
    "too long": (b"a=" + b"x" * 1_000_001, "application/x-www-form-urlencoded"),
    "too many": (b"a&" * 1_001, "application/x-www-form-urlencoded"),
    "twice": (TWICE.encode(), "application/x-www-form-urlencoded"),
}


@pytest.mark.parametrize("case", NO_FORMS)
def test_a_token_is_asked_for_with_a_form_or_refused_as_oauth_says(client, case):
    body, kind = NO_FORMS[case]
    answer = client.generic("POST", "/api/v1/token", body, content_type=kind)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("answer", ["9" * 5_000, "[" * 100_000, "{}", "\0", "null"], ids=len)
def test_a_passkey_that_is_none(client, answer):
    said = client.post(reverse("mfa_login_webauthn"), {"credential": answer}, follow=True)
    assert said.status_code == 200 and "alert-urgent" in said.content.decode()


def test_a_next_page_that_is_no_address(sign_in, cast):
    for address in ("/place/", "/lock/open/"):
        posted = {"place": cast.a.pharmacy.organisation.public_id, "next": "nonsense"}
        assert sign_in("alice").post(address, posted).status_code == 302


def test_a_page_says_that_what_was_sent_could_not_be_read(sign_in):
    body = "q=" + "x" * 1_000_001
    answer = sign_in("alice").generic(
        "POST", "/portal/patients/", body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400 and "could not be read" in answer.content.decode()


def test_a_static_file_has_the_policy_too(client):
    answer = client.get("/static/tokens.css")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    answer.close()  # the file behind it


ADDRESS = {
    "npi": "",
    "name": "Ash Street",
    "street": "",
    "city": "",
    "state": "WV",
    "zip": "24901",
    "phone": "",
    "channel": "retail",
    "ruca": "7",
}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "America", "a b"])
def test_a_time_zone_that_there_is_not_is_refused(sign_in, cast, as_owner, zone):
    """It would take every page from the people of that pharmacy."""
    given = ADDRESS | {"npi": cast.a.pharmacy.npi, "time_zone": zone}
    address = reverse("pbm:pharmacies_pharmacy_change", args=[cast.a.pharmacy.public_id])
    answer = sign_in("grace").post(address, given)
    assert answer.status_code == 200 and "IANA" in answer.content.decode()
    assert sign_in("alice").get("/portal/").status_code == 200


def test_a_network_describes_its_own_pharmacies_alone(sign_in, cast, as_owner):
    address = reverse("pbm:pharmacies_pharmacy_change", args=[cast.b.pharmacy.public_id])
    given = ADDRESS | {"npi": cast.b.pharmacy.npi, "time_zone": "America/New_York"}
    assert sign_in("grace").post(address, given).status_code == 302
    with as_owner():
        NetworkMembership.objects.filter(pharmacy=cast.b.pharmacy).update(until="2021-01-01")
    answer = sign_in("grace").post(address, given | {"name": "Mine now"})
    assert answer.status_code == 200 and "none of your networks" in answer.content.decode()
    assert sign_in("dana").post(address, given).status_code == 302
