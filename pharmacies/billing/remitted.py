"""What remittances and notices of recoupment say: plain, frozen rows. Cents are integers; days are dates."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count

from . import reasons
from .models import ProviderAdjustment, Recoupment, Remittance, RemittanceLine


@dataclass(frozen=True, kw_only=True)
class WhyNot:
    """One adjustment of the newest decision: its codes, and what they mean."""

    group: str
    carc: str
    rarc: str
    words: str
    what_to_do: str
    amount_cents: int


def why_not(cut, sign=1):
    known = reasons.carcs().get(cut.carc)
    return WhyNot(
        group=cut.group,
        carc=cut.carc,
        rarc=cut.rarc,
        words=reasons.in_words(cut.carc, cut.rarc),
        what_to_do=known.what_to_do if known else "",
        amount_cents=sign * cut.amount_cents,
    )


@dataclass(frozen=True, kw_only=True)
class RemittedLine:
    claim_number: str
    claim_ref: UUID
    patient_name: str
    service_on: date
    code: str
    label: str
    units: int
    is_reversal: bool
    charge_cents: int
    adjustment_cents: int
    paid_cents: int
    adjustments: tuple[WhyNot, ...]


@dataclass(frozen=True, kw_only=True)
class ProviderLevel:
    """An adjustment of a remittance that belongs to no line. A positive amount makes the payment smaller, as in X12."""

    reason: str
    label: str
    reference: str
    amount_cents: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Money that the payer takes back, or took."""

    id: int
    public_id: UUID
    claim_number: str
    claim_ref: UUID
    pharmacy_name: str
    payer_name: str
    kind: str
    kind_label: str
    status: str
    status_label: str
    amount_cents: int
    reason: str
    notified_on: date
    due_on: date
    remittance_number: str
    remittance_ref: UUID | None


@dataclass(frozen=True, kw_only=True)
class RemittanceRow:
    """A remittance in a list. `claims` counts the service claims that it pays."""

    id: int
    public_id: UUID
    number: str
    payer_name: str
    pharmacy_name: str
    paid_on: date
    method_label: str
    trace: str
    claims: int
    total_cents: int


@dataclass(frozen=True, kw_only=True)
class RemittanceSheet:
    """A remittance with its lines, in the order of claims and lines: total = the lines' paid - `provider_level`."""

    row: RemittanceRow
    lines: tuple[RemittedLine, ...]
    provider_level: tuple[ProviderLevel, ...]
    patient_refs: tuple[UUID, ...]


def remittances_of(who, *, before=None, limit=50):
    """Newest first, as RemittanceRow; `before` is the `id` of the last row of the page before."""
    found = _remittances(who).order_by("-id")
    if before:
        found = found.filter(pk__lt=before)
    return tuple(_row(remittance) for remittance in found[:limit])


def remittance_of(who, public_id):
    """A RemittanceSheet. Raises Remittance.DoesNotExist for what is not there, or not theirs."""
    remittance = _remittances(who).get(public_id=public_id)
    lines = (
        RemittanceLine.objects.visible_to(who)
        .filter(remittance=remittance)
        .select_related("claim", "service_line")
        .prefetch_related("service_line__adjustments")
        .order_by("is_reversal", "claim_id", "service_line__line_number")
    )
    others = (
        ProviderAdjustment.objects.visible_to(who).filter(remittance=remittance).select_related("recoupment", "claim")
    )
    return RemittanceSheet(
        row=_row(remittance),
        lines=tuple(_remitted(line) for line in lines),
        provider_level=tuple(_provider_level(each) for each in others.order_by("id")),
        patient_refs=tuple(sorted({line.claim.patient_ref for line in lines})),
    )


def notices_of(who, *, status=None, claim=None, before=None, limit=50):
    """What is taken back, newest first, as Notice; of one claim, or of all that are visible."""
    found = Recoupment.objects.visible_to(who).select_related("claim", "pharmacy", "payer", "remittance")
    if status:
        found = found.filter(status=status)
    if claim is not None:
        found = found.filter(claim=claim)
    if before:
        found = found.filter(pk__lt=before)
    return tuple(_notice(each) for each in found.order_by("-id")[:limit])


def _notice(each):
    names = ("id", "public_id", "kind", "status", "amount_cents", "reason", "notified_on", "due_on")
    return Notice(
        claim_number=each.claim.number,
        claim_ref=each.claim.public_id,
        pharmacy_name=each.pharmacy.name,
        payer_name=each.payer.name,
        kind_label=each.get_kind_display(),
        status_label=each.get_status_display(),
        remittance_number=each.remittance.number if each.remittance else "",
        remittance_ref=each.remittance.public_id if each.remittance else None,
        **{name: getattr(each, name) for name in names},
    )


def _provider_level(each):
    why = each.recoupment.reason if each.recoupment else ""
    if each.reason == ProviderAdjustment.Reason.OVERPAYMENT and each.amount_cents < 0:
        why = f"Given back: all of claim {each.claim.number} is taken back above"
    elif each.reason == ProviderAdjustment.Reason.FORWARDED:
        why = "Left for the next payment" if each.amount_cents < 0 else f"Left by remittance {each.reference}"
    return ProviderLevel(
        reason=each.reason,
        label=each.get_reason_display(),
        reference=each.reference,
        amount_cents=each.amount_cents,
        why=why,
    )


def _remittances(who):
    found = Remittance.objects.visible_to(who).select_related("payer", "pharmacy")
    return found.annotate(claims=Count("lines__claim", distinct=True))


def _row(remittance):
    return RemittanceRow(
        id=remittance.pk,
        public_id=remittance.public_id,
        number=remittance.number,
        payer_name=remittance.payer.name,
        pharmacy_name=remittance.pharmacy.name,
        paid_on=remittance.paid_on,
        method_label=remittance.get_method_display(),
        trace=remittance.trace,
        claims=remittance.claims,
        total_cents=remittance.total_cents,
    )


def _remitted(line):
    return RemittedLine(
        claim_number=line.claim.number,
        claim_ref=line.claim.public_id,
        patient_name=line.claim.snapshot.get("patient", {}).get("name", ""),
        service_on=line.claim.service_on,
        code=line.service_line.code,
        label=line.service_line.label,
        units=line.service_line.units,
        is_reversal=line.is_reversal,
        charge_cents=line.charge_cents,
        adjustment_cents=line.adjustment_cents,
        paid_cents=line.paid_cents,
        adjustments=tuple(why_not(cut, -1 if line.is_reversal else 1) for cut in _cuts_of(line)),
    )


def _cuts_of(line):
    return [cut for cut in line.service_line.adjustments.all() if cut.decision == line.claim.decision]
