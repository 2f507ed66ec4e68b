"""A feed client is registered with public keys that are strong enough, and nothing else."""

import json

import pytest
from django.core.management import CommandError, call_command
from joserfc.jwk import ECKey, OctKey, RSAKey

from carecoord.kernel.accounts import actions
from carecoord.kernel.accounts.models import ApiClient
from carecoord.kernel.tenancy.context import Scope, acting_as

pytestmark = pytest.mark.django_db
GOOD = ECKey.generate_key("P-384")


def jwks(*keys, private=False):
    return {"keys": [key.as_dict(private=private) for key in keys]}


def test_a_public_key_is_registered_and_audited(cast):
    with acting_as(Scope(role="pbm")):
        client = actions.register_client(payer=cast.a.payer, name="Nightly feed", jwks=jwks(GOOD), by=None)
        assert ApiClient.objects.get(pk=client.pk).public_jwks["keys"][0]["crv"] == "P-384"


@pytest.mark.parametrize(
    "keys",
    [
        {}, [], "x", {"keys": []}, {"keys": "x"}, {"keys": [1]}, {"keys": [{"kty": "RSA"}]}, jwks(GOOD, private=True),
        jwks(OctKey.generate_key(256), private=True), jwks(ECKey.generate_key("P-256")),
    ],
    ids=range(10),
)  # fmt: skip
def test_other_keys_are_refused(keys):
    with pytest.raises(actions.CannotRegister):
        actions.checked(keys)


@pytest.mark.filterwarnings("ignore:Key size")
def test_a_short_rsa_key_is_refused():
    with pytest.raises(actions.CannotRegister):
        actions.checked(jwks(RSAKey.generate_key(1024)))


def test_only_a_payer_has_feed_clients(cast):
    with pytest.raises(actions.CannotRegister), acting_as(Scope(role="pbm")):
        actions.register_client(payer=cast.pbm, name="x", jwks=jwks(GOOD), by=None)


def test_the_command_prints_the_client_id(tmp_path, capsys):
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(jwks(GOOD)))
    call_command("register_client", file, payer="new-payer", name="Feed")
    told = json.loads(capsys.readouterr().out)
    assert ApiClient.objects.get(client_id=told["client_id"]).organisation.code == "new-payer"


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_bad_file_is_named(tmp_path, content):
    file = tmp_path / "jwks.json"
    file.write_text(content)
    with pytest.raises(CommandError):
        call_command("register_client", file, payer="p")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("register_client", tmp_path / "absent.json", payer="p")


def test_keys_are_replaced_by_the_command(cast, tmp_path, capsys):
    file, other = tmp_path / "jwks.json", ECKey.generate_key("P-384", {"kid": "next"})
    file.write_text(json.dumps(jwks(GOOD, other)))
    call_command("register_client", file, client=cast.frank.client_id)
    assert json.loads(capsys.readouterr().out)["keys"][1] == "next"
    assert len(ApiClient.objects.get(pk=cast.frank.pk).public_jwks["keys"]) == 2
    with pytest.raises(CommandError, match="There is no client"):
        call_command("register_client", file, client="nobody")


def test_two_keys_with_one_name_are_refused():
    same = [ECKey.generate_key("P-384", {"kid": "one"}) for _ in range(2)]
    with pytest.raises(actions.CannotRegister):
        actions.checked(jwks(*same))
