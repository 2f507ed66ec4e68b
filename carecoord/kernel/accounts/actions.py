"""Feed clients: a payer's system is registered with its public keys, and switched off again."""

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from carecoord.kernel.audit.actions import audited, record

from .models import AccessToken, ApiClient

SMALLEST_RSA_BITS = 2048
CURVE = "P-384"


class CannotRegister(Exception):
    """The sentence says what is wrong with the keys or the payer."""


@audited
def register_client(*, payer, name, jwks, by):
    """A new ApiClient of `payer` with the public keys of `jwks` ({"keys": [...]}). Raises CannotRegister."""
    if payer.kind != payer.Kind.PAYER:
        raise CannotRegister(f"{payer} is no payer: only a payer's system sends feeds.")
    client = ApiClient.objects.create(
        organisation=payer, name=name.strip()[:120] or payer.name, public_jwks=checked(jwks)
    )
    record(
        event="client.registered",
        by=by,
        target=client,
        detail={"payer": payer.code, "keys": len(client.public_jwks["keys"])},
    )
    return client


@audited
def switch_off_client(*, client, by):
    """The client's tokens end at its next request, and it gets no new ones."""
    client.is_active = False
    client.save(update_fields=["is_active"])
    record(event="client.switched_off", by=by, target=client, count=AccessToken.objects.filter(client=client).count())
    return client


def checked(jwks):
    """The public halves of the keys: RSA of 2048 bits or more (RS384), or EC on P-384 (ES384). Raises CannotRegister."""
    if not isinstance(jwks, dict) or not isinstance(jwks.get("keys"), list) or not 1 <= len(jwks["keys"]) <= 10:
        raise CannotRegister('The keys must be a JWK set: {"keys": [...]} with one to ten keys.')
    if any(not isinstance(key, dict) or {"d", "p", "q", "k"} & key.keys() for key in jwks["keys"]):
        raise CannotRegister("The set holds a private or secret key. Send public keys only, and replace that one.")
    try:
        keys = KeySet.import_key_set(jwks).keys
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise CannotRegister("One of the keys is no valid JWK.") from error
    for key in keys:
        if isinstance(key, RSAKey) and key.public_key.key_size >= SMALLEST_RSA_BITS:
            continue
        if isinstance(key, ECKey) and key.curve_name == CURVE:
            continue
        raise CannotRegister(f"Keys must be RSA of {SMALLEST_RSA_BITS} bits or more, or EC on {CURVE}.")
    return {"keys": [key.as_dict(private=False) for key in keys]}
