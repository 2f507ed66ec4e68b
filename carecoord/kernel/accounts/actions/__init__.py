"""PBMs and the payers that they serve, people with their first place to work, and payers' systems with their keys."""

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from carecoord.kernel.audit.actions import audited, record

from ..models import AccessToken, ApiClient, Membership, Organisation, ServedPayer, User

SMALLEST_RSA_BITS = 2048
CURVE = "P-384"


class CannotAdd(Exception):
    """The sentence says why, to the person who asked."""


@audited
def serve(*, pbm_code, pbm_name, payers, by):
    """The PBM, and the payers that it serves: code -> name. What is there is found, not changed. Returns the PBM.

    Raises CannotAdd for a payer that is a sandbox."""
    kind = Organisation.Kind
    pbm, _ = Organisation.objects.get_or_create(kind=kind.PBM, code=pbm_code, defaults={"name": pbm_name})
    for code, name in payers.items():
        payer, _ = Organisation.objects.get_or_create(kind=kind.PAYER, code=code, defaults={"name": name})
        if payer.is_sandbox:
            raise CannotAdd(f"{payer} is a sandbox: its members are invented, and no PBM serves it.")
        ServedPayer.objects.get_or_create(pbm=pbm, payer=payer)
    record(event="pbm.serves", by=by, target=pbm, detail={"payers": sorted(payers)})
    return pbm


@audited
def add_person(*, email, name, organisation, role, password, since, by):
    """A person with a role in an organisation. Returns (user, True), or (user, False) when they work there already.

    The second factor is asked for at the first sign-in. Raises CannotAdd for a role that the organisation cannot give,
    and for somebody who is known and works elsewhere or as something else.
    """
    user = User.objects.filter(email__iexact=email).first()
    membership = Membership(user=user, organisation=organisation, role=role, since=since)
    if not membership.is_allowed():
        raise CannotAdd(f"{organisation.name} is a {organisation.get_kind_display().lower()}: nobody is {role} there.")
    if user is not None:
        if user.memberships.filter(organisation=organisation, role=role, until=None).exists():
            record(event="person.found", by=by, target=user)
            return user, False
        raise CannotAdd(f"{email} is known already, and works elsewhere or as something else.")
    user = User.objects.create_user(email, password, name=name)
    membership.user = user
    membership.save()
    record(event="person.added", by=by, target=user, detail={"organisation": organisation.pk, "role": role})
    return user, True


@audited
def set_password(*, user, password, by):
    """A new password, in that column alone. By the person, signed in or by the link in an e-mail."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record(event="password.set", by=by, target=user)
    return user


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
def open_sandbox(*, pbm, code, name, jwks, by):
    """A payer for trying, which the administrators of `pbm` look after, and its client with the public keys. Returns the client.

    Raises CannotRegister, also for the code of a payer that is there."""
    if Organisation.objects.filter(kind=Organisation.Kind.PAYER, code=code).exists():
        raise CannotRegister(f"There is a payer {code} already: a sandbox needs a code of its own.")
    payer = Organisation.objects.create(
        kind=Organisation.Kind.PAYER, code=code, name=name, is_sandbox=True, sandbox_of=pbm
    )
    record(event="sandbox.opened", by=by, target=payer, detail={"code": code})
    return register_client(payer=payer, name=name, jwks=jwks, by=by)


@audited
def switch_off_client(*, client, by):
    """The client's tokens end at its next request, and it gets no new ones."""
    client.is_active = False
    client.save(update_fields=["is_active"])
    record(event="client.switched_off", by=by, target=client, count=AccessToken.objects.filter(client=client).count())
    return client


@audited
def replace_keys(*, client, jwks, by):
    """The client's keys from now on. Two may be there at once, so that it changes over without a gap; tokens that a key signed
    for end with it, at the next request. Raises CannotRegister."""
    client.public_jwks = checked(jwks)
    client.save(update_fields=["public_jwks"])
    record(event="client.keys_replaced", by=by, target=client, detail={"keys": len(client.public_jwks["keys"])})
    return client


@audited
def let_read_results(*, client, may, by):
    """Whether the client may ask what measures say of the payer's members: from its next request on."""
    client.may_read_results = may
    client.save(update_fields=["may_read_results"])
    record(event="client.results_allowed" if may else "client.results_refused", by=by, target=client)
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
    if len({key.kid for key in keys}) < len(keys):
        raise CannotRegister("Two keys have the same `kid`: nobody could tell which of them signs.")
    return {"keys": [key.as_dict(private=False) for key in keys]}
