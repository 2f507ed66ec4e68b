"""Organisations that need no room of their own, which payers a PBM serves, and people with their first place to work."""

from carecoord.kernel.audit.actions import audited, record

from .models import Membership, Organisation, ServedPayer, User


class CannotAdd(Exception):
    """The sentence says why, to the person who asked."""


@audited
def serve(*, pbm_code, pbm_name, payers, by):
    """The PBM, and the payers that it serves: code -> name. What is there is found, not changed. Returns the PBM."""
    kind = Organisation.Kind
    pbm, _ = Organisation.objects.get_or_create(kind=kind.PBM, code=pbm_code, defaults={"name": pbm_name})
    for code, name in payers.items():
        payer, _ = Organisation.objects.get_or_create(kind=kind.PAYER, code=code, defaults={"name": name})
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
