"""What the edits may see of a claim, gathered: once for the pharmacy before it sends, and again for the payer before it decides."""

from datetime import date

from django.db.models import Q
from django.utils import timezone

from .edit import Charge, ClaimFacts, Earlier, OtherClaim
from .edits.timely_filing import FILING_DAYS
from .fees import price
from .models import ServiceClaim
from .persons import refs_of
from .snapshot import ClaimSnapshot

Status = ServiceClaim.Status
COUNTED = tuple(set(ServiceClaim.LIVE) - {Status.HELD})


def facts_of(claim, who, *, snapshot=None, priced=None):
    """ClaimFacts of a claim, saved or not yet, as `who` may know them: a pharmacy its own claims, a payer all of the patient's.

    Raises what ClaimSnapshot.from_json raises.
    """
    snapshot = snapshot or ClaimSnapshot.from_json(claim.snapshot)
    priced = priced or price(snapshot=snapshot, who=who)
    others = list(_others(claim, snapshot, who))
    that_day = [each for each in others if each.service_on == snapshot.service_on]
    return ClaimFacts(
        snapshot=snapshot,
        without_fee=priced.without_fee,
        others=tuple(_other(each) for each in that_day),
        earlier=tuple(
            Earlier(number=each.number, code=line.code, units=line.units, service_on=each.service_on)
            for each in others
            for line in each.lines.all()
        ),
        charges=_charges(claim, priced),
        contract=priced.contract.code if priced.contract else "",
        filed_on=_filed_on(claim),
        filing_days=FILING_DAYS.on(snapshot.service_on),
    )


def _others(claim, snapshot, who):
    """Live claims of the person in the calendar year that come before this one, the one that it corrects left out."""
    year = snapshot.service_on.year
    found = ServiceClaim.objects.visible_to(who).filter(
        payer=snapshot.payer_id,
        patient_ref__in=refs_of(who, snapshot.patient.ref),
        service_on__range=(date(year, 1, 1), date(year, 12, 31)),
        status__in=ServiceClaim.LIVE,
    )
    found = found.exclude(frequency=ServiceClaim.Frequency.VOID).exclude(pk=claim.replaces_id)
    if _is_payers(who):
        found = found.filter(Q(status__in=(Status.APPROVED, Status.PAID)) | Q(status__in=COUNTED, pk__lt=claim.pk))
    if claim.pk:  # of two held claims the earlier one goes first, or neither could ever go
        found = found.exclude(pk=claim.pk).exclude(Q(status=Status.HELD, pk__gt=claim.pk))
    return found.prefetch_related("lines").order_by("pk")


def _is_payers(who):
    return who.scope.role != "portal"


def _other(claim):
    codes = frozenset(line.code for line in claim.lines.all())
    return OtherClaim(number=claim.number, status=claim.get_status_display().lower(), codes=codes)


def _charges(claim, priced):
    """What stands on the claim's lines beside today's answer of the fee schedule; before there are lines, the answer twice."""
    fees = [line.charge_cents if line.has_fee else None for line in priced.lines]
    if not claim.pk:
        return tuple(
            Charge(code=x.code, charge_cents=x.charge_cents, fee_cents=f)
            for x, f in zip(priced.lines, fees, strict=True)
        )
    lines = sorted(claim.lines.all(), key=lambda line: line.line_number)
    padded = [*fees, *[None] * (len(lines) - len(fees))]
    return tuple(
        Charge(code=x.code, charge_cents=x.charge_cents, fee_cents=f) for x, f in zip(lines, padded, strict=False)
    )


def _filed_on(claim):
    first = claim
    while first.replaces is not None:
        first = first.replaces
    return first.received_at.date() if first.received_at else timezone.now().date()
