"""What a pharmacy and a PBM see of service claims: plain, frozen rows. Cents are integers; days are dates."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Prefetch, Sum

from .edits import EDITS
from .models import ClaimChange, EditResult, Remittance, RemittanceLine, ServiceClaim

Status = ServiceClaim.Status


@dataclass(frozen=True, kw_only=True)
class BilledLine:
    code: str
    label: str
    units: int
    charge_cents: int
    approved_cents: int
    paid_cents: int


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What an edit said at its newest run, and did not pass."""

    edit: str
    title: str
    message: str


@dataclass(frozen=True, kw_only=True)
class BilledClaim:
    """A service claim with all that its pharmacy needs. `why` is the newest change's reason, such as a denial's."""

    id: int
    public_id: UUID
    number: str
    encounter_ref: UUID
    patient_ref: UUID
    patient_name: str
    member_id: str
    pharmacy_name: str
    payer_name: str
    protocol: str
    service_on: date
    opened_at: datetime
    status: str
    status_label: str
    charge_cents: int
    approved_cents: int
    paid_cents: int
    lines: tuple[BilledLine, ...]
    problems: tuple[Problem, ...]
    why: str
    remittance_number: str
    remittance_ref: UUID | None


@dataclass(frozen=True, kw_only=True)
class StatusTotal:
    """How many claims stand in a status, and their cents."""

    status: str
    label: str
    claims: int
    charge_cents: int
    approved_cents: int
    paid_cents: int


@dataclass(frozen=True, kw_only=True)
class RemittedLine:
    claim_number: str
    claim_ref: UUID
    patient_name: str
    service_on: date
    code: str
    label: str
    units: int
    charge_cents: int
    adjustment_cents: int
    paid_cents: int


@dataclass(frozen=True, kw_only=True)
class RemittanceRow:
    """A remittance in a list. `claims` counts the service claims that it pays."""

    id: int
    public_id: UUID
    number: str
    payer_name: str
    pharmacy_name: str
    paid_on: date
    claims: int
    total_cents: int


@dataclass(frozen=True, kw_only=True)
class RemittanceSheet:
    """A remittance with its lines, in the order of claims and lines."""

    row: RemittanceRow
    lines: tuple[RemittedLine, ...]
    patient_refs: tuple[UUID, ...]


def visible_claims(who):
    """The service claims that `who` may see, with what `billed` needs, newest first. Filter and slice it as a query."""
    return (
        ServiceClaim.objects.visible_to(who)
        .select_related("payer", "pharmacy")
        .prefetch_related(
            "lines",
            Prefetch("edit_results", EditResult.objects.order_by("-ran_at", "edit")),
            Prefetch("changes", ClaimChange.objects.order_by("-id")),
            Prefetch("remittance_lines", RemittanceLine.objects.select_related("remittance")),
        )
        .order_by("-id")
    )


def claims_of(who, *, status=None, patient_ref=None, before=None, limit=50):
    """Newest first; `before` is the `id` of the last row of the page before. A tuple of BilledClaim."""
    found = visible_claims(who)
    if status:
        found = found.filter(status=status)
    if patient_ref:
        found = found.filter(patient_ref=patient_ref)
    if before:
        found = found.filter(pk__lt=before)
    return tuple(billed(claim) for claim in found[:limit])


def claim_of(who, public_id):
    """One BilledClaim. Raises ServiceClaim.DoesNotExist for what is not there, or not theirs."""
    return billed(visible_claims(who).get(public_id=public_id))


def billed(claim):
    """BilledClaim of a row of `visible_claims`."""
    results, changes = list(claim.edit_results.all()), list(claim.changes.all())
    newest_run = max((result.ran_at for result in results), default=None)
    paid_by = next((line.remittance for line in claim.remittance_lines.all()), None)
    patient = claim.snapshot.get("patient", {})
    return BilledClaim(
        id=claim.pk,
        public_id=claim.public_id,
        number=claim.number,
        encounter_ref=claim.encounter_ref,
        patient_ref=claim.patient_ref,
        patient_name=patient.get("name", ""),
        member_id=patient.get("member_id", ""),
        pharmacy_name=claim.pharmacy.name,
        payer_name=claim.payer.name,
        protocol=claim.snapshot.get("protocol", ""),
        service_on=claim.service_on,
        opened_at=claim.created_at,
        status=claim.status,
        status_label=claim.get_status_display(),
        charge_cents=claim.charge_cents,
        approved_cents=claim.approved_cents,
        paid_cents=claim.paid_cents,
        lines=tuple(_line(line) for line in sorted(claim.lines.all(), key=lambda line: line.line_number)),
        problems=tuple(_problem(r) for r in results if r.ran_at == newest_run and not r.passed),
        why=changes[0].why if changes else "",
        remittance_number=paid_by.number if paid_by else "",
        remittance_ref=paid_by.public_id if paid_by else None,
    )


def totals_by_status(who):
    """A StatusTotal for every status, also for those without a claim, in the order of a claim's life."""
    rows = {
        row["status"]: row
        for row in ServiceClaim.objects.visible_to(who)
        .values("status")
        .annotate(
            claims=Count("id"), charge=Sum("charge_cents"), approved=Sum("approved_cents"), paid=Sum("paid_cents")
        )
        .order_by()
    }
    return tuple(_total(status, rows.get(status, {})) for status in Status)


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
        .order_by("claim_id", "service_line__line_number")
    )
    return RemittanceSheet(
        row=_row(remittance),
        lines=tuple(_remitted(line) for line in lines),
        patient_refs=tuple(sorted({line.claim.patient_ref for line in lines})),
    )


def _line(line):
    names = ("code", "label", "units", "charge_cents", "approved_cents", "paid_cents")
    return BilledLine(**{name: getattr(line, name) for name in names})


def _problem(result):
    edit = EDITS.get(result.edit)  # an edit that was taken away since: its sentence stays
    return Problem(edit=result.edit, title=edit.title if edit else result.edit, message=result.message)


def _total(status, row):
    return StatusTotal(
        status=status.value,
        label=status.label,
        claims=row.get("claims", 0),
        charge_cents=row.get("charge") or 0,
        approved_cents=row.get("approved") or 0,
        paid_cents=row.get("paid") or 0,
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
        charge_cents=line.charge_cents,
        adjustment_cents=line.adjustment_cents,
        paid_cents=line.paid_cents,
    )
