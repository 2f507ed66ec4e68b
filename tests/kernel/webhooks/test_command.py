"""`register_webhook`: by hand, and for a sandbox."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from carecoord.kernel.accounts.models import ApiClient, Organisation
from carecoord.kernel.webhooks.models import AllowedHost, Endpoint

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/carecoord"


@pytest.fixture
def client_id(as_owner):
    with as_owner():
        payer = Organisation.objects.create(kind="payer", code="acme-trial", name="Acme", is_sandbox=True)
        return ApiClient.objects.create(organisation=payer, name="Feeds", public_jwks={"keys": []}).client_id


def run(client_id, url, *more):
    out = io.StringIO()
    call_command("register_webhook", "--client", client_id, url, *more, stdout=out)
    return json.loads(out.getvalue())


def test_an_address_of_a_sandbox_is_registered_and_its_secret_printed(client_id, as_owner):
    told = run(client_id, URL, "--allow-host")
    assert told["payer"] == "acme-trial" and told["secret"].startswith("whsec_")
    with as_owner():
        endpoint = Endpoint.objects.get(public_id=told["endpoint"])
        assert endpoint.url == URL and endpoint.state == "on"
        assert AllowedHost.objects.get().host == "hooks.example.com"
    assert run(client_id, f"{URL}/2", "--allow-host")["endpoint"] != told["endpoint"]
    chosen = run(client_id, f"{URL}/3", "--type", "delivery.loaded", "--type", "conflict.opened")
    assert told["types"] == [] and chosen["types"] == ["conflict.opened", "delivery.loaded"]
    with pytest.raises(CommandError, match="invalid choice"):
        run(client_id, f"{URL}/4", "--type", "delivery.lost")


@pytest.mark.parametrize("url", [URL, "https://10.0.0.1/", "http://hooks.example.com/"])
def test_nothing_is_left_of_an_address_that_is_refused(client_id, as_owner, url):
    more = [] if url == URL else ["--allow-host"]
    with pytest.raises(CommandError):
        run(client_id, url, *more)
    with pytest.raises(CommandError, match="no client"):
        run("cc_nobody", URL)
    with as_owner():
        assert not AllowedHost.objects.exists() and not Endpoint.objects.exists()
