"""People and payers as commands name them: PAYER:MEMBER_ID, or a patient's UUID. Call these outside any context."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy import context
from patients.models import Member


class NotFound(LookupError):
    """Nobody is known by that name; the text says which."""


def payers(codes: Iterable[str] = ()) -> list[Organisation]:
    """The payers with these codes, or all of them but sandboxes, by code. Raises NotFound."""
    every = Organisation.objects.filter(kind=Organisation.Kind.PAYER).order_by("code")
    wanted = set(codes)
    found = [payer for payer in every if payer.code in wanted or (not wanted and not payer.is_sandbox)]
    if missing := wanted - {payer.code for payer in found}:
        raise NotFound(f"There is no payer {', '.join(sorted(missing))}.")
    return found


def members(names: Iterable[str], *, among: list[Organisation]) -> dict[Organisation, list[int]]:
    """Payer -> patient ids of everybody named. A UUID may be a member of several payers. Raises NotFound."""
    found: dict[Organisation, set[int]] = defaultdict(set)
    for name in names:
        matches = list(_find(name, among))
        if not matches:
            raise NotFound(f"Nobody is known as {name}: say PAYER:MEMBER_ID or a patient's UUID.")
        for payer, patient_id in matches:
            found[payer].add(patient_id)
    return {payer: sorted(ids) for payer, ids in found.items()}


def _find(name: str, among: list[Organisation]):
    try:
        asked, among = {"patient__public_id": UUID(name)}, among
    except ValueError:
        code, _, member_id = name.partition(":")
        asked, among = {"member_id": member_id}, [payer for payer in among if payer.code == code]
    for payer in among:
        with context.acting_as(context.worker_for(payer.pk)):
            for patient_id, merged_into in Member.objects.filter(payer=payer, **asked).values_list(
                "patient_id", "merged_into_id"
            ):
                yield payer, merged_into or patient_id
