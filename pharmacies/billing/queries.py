"""What a pharmacy and a PBM see of service claims: plain, frozen rows. Cents are integers; days are dates."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Prefetch, Q, Sum

from . import edits
from .edits import EDITS
from .facts import facts_of
from .models import Adjustment, ClaimChange, EditResult, PayerIdentity, RemittanceLine, ServiceClaim
from .persons import refs_of
from .remitted import WhyNot, notices_of, remittance_of, remittances_of, why_not

__all__ = [
    "billed",
    "claim_of",
    "claims_of",
    "findings_of",
    "notices_of",
    "remittance_of",
    "remittances_of",
    "totals_by_status",
    "visible_claims",
    "who_answers",
]

Status = ServiceClaim.Status


@dataclass(frozen=True, kw_only=True)
class BilledLine:
    number: int
    code: str
    label: str
    units: int
    charge_cents: int
    approved_cents: int
    paid_cents: int
    adjustments: tuple[WhyNot, ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What an edit said at its newest run, and did not pass."""

    edit: str
    title: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """The claim that another one replaces, or is replaced by."""

    number: str
    public_id: UUID
    status_label: str
    frequency_label: str


@dataclass(frozen=True, kw_only=True)
class BilledClaim:
    """A service claim with all that its pharmacy needs. `why` is the newest change's reason, such as a denial's.

    `replaces` is the claim that it corrects or voids, `follower` the live claim that corrects or voids it. `what_to_do`
    are sentences for a claim that was denied, or cut, and that nothing follows yet.
    """

    id: int
    public_id: UUID
    number: str
    icn: str
    frequency: str
    frequency_label: str
    replaces: Neighbour | None
    follower: Neighbour | None
    encounter_ref: UUID
    patient_ref: UUID
    patient_name: str
    member_id: str
    pharmacy_name: str
    payer_id: int
    payer_name: str
    protocol: str
    service_on: date
    opened_at: datetime
    received_at: datetime | None
    status: str
    status_label: str
    wait: str
    wait_label: str
    wait_until: date | None
    charge_cents: int
    approved_cents: int
    paid_cents: int
    recouped_cents: int
    lines: tuple[BilledLine, ...]
    problems: tuple[Problem, ...]
    why: str
    what_to_do: tuple[str, ...]
    remittance_number: str
    remittance_ref: UUID | None

    @property
    def is_decided(self):
        """Whether `approved_cents` is an answer: of a claim that nobody decided about, zero is none."""
        return self.approved_cents > 0 or self.status not in (Status.HELD, Status.SUBMITTED, Status.PENDED)

    @property
    def is_in_part(self):
        """Whether less than the charge was approved, and some of it."""
        return self.status in (Status.APPROVED, Status.PAID) and 0 < self.approved_cents < self.charge_cents


@dataclass(frozen=True, kw_only=True)
class StatusTotal:
    """How many claims stand in a status, and their cents."""

    status: str
    label: str
    claims: int
    charge_cents: int
    approved_cents: int
    paid_cents: int
    recouped_cents: int


def visible_claims(who):
    """The service claims that `who` may see, with what `billed` needs, newest first. Filter and slice it as a query."""
    return (
        ServiceClaim.objects.visible_to(who)
        .select_related("payer", "pharmacy", "replaces")
        .prefetch_related(
            "lines",
            Prefetch("adjustments", Adjustment.objects.order_by("id")),
            Prefetch("successors", ServiceClaim.objects.filter(status__in=ServiceClaim.LIVE).order_by("-id")),
            Prefetch("edit_results", EditResult.objects.order_by("-ran_at", "edit")),
            Prefetch("changes", ClaimChange.objects.order_by("-id")),
            Prefetch("remittance_lines", RemittanceLine.objects.select_related("remittance")),
        )
        .order_by("-id")
    )


def claims_of(
    who, *, status=None, patient_ref=None, pharmacy="", sent_before=None, least_cents=None, before=None, limit=50
):
    """Newest first, as a tuple of BilledClaim; `before` is the `id` of the last row of the page before.

    `pharmacy` is part of its name, or its NPI; `sent_before` a day: what reached the payer earlier.
    """
    found = visible_claims(who)
    if status:
        found = found.filter(status=status)
    if patient_ref:
        found = found.filter(patient_ref__in=refs_of(who, patient_ref))
    if pharmacy:
        found = found.filter(Q(pharmacy__name__icontains=pharmacy) | Q(pharmacy__npi=pharmacy))
    if sent_before:
        found = found.filter(received_at__date__lt=sent_before)
    if least_cents is not None:
        found = found.filter(charge_cents__gte=least_cents)
    if before:
        found = found.filter(pk__lt=before)
    return tuple(billed(claim) for claim in found[:limit])


def claim_of(who, public_id):
    """One BilledClaim. Raises ServiceClaim.DoesNotExist for what is not there, or not theirs."""
    return billed(visible_claims(who).get(public_id=public_id))


def who_answers(who, payer_id):
    """Whom a pharmacy asks about a claim, as 'Claims desk, 304-555-0111'; '' where the payer named nobody."""
    desk = (
        PayerIdentity.objects.visible_to(who)
        .filter(payer=payer_id)
        .values_list("contact_name", "contact_phone")
        .first()
    )
    if desk is None:
        return ""
    name, phone = desk
    return f"{name}, {phone[:3]}-{phone[3:6]}-{phone[6:]}"


def findings_of(who, claim):
    """What the edits say now, as the payer runs them; nothing is written. Empty for a void, which no edit reads."""
    if claim.frequency == ServiceClaim.Frequency.VOID:
        return ()
    return edits.run(facts_of(claim, who))


def billed(claim):
    """BilledClaim of a row of `visible_claims`."""
    results, changes = list(claim.edit_results.all()), list(claim.changes.all())
    newest_run = max((result.ran_at for result in results), default=None)
    paid_by = next((x.remittance for x in claim.remittance_lines.all() if not x.is_reversal and x.paid_cents), None)
    lines = [_line(claim, line) for line in sorted(claim.lines.all(), key=lambda line: line.line_number)]
    follower = next(iter(claim.successors.all()), None)
    patient = claim.snapshot.get("patient", {})
    return BilledClaim(
        id=claim.pk,
        public_id=claim.public_id,
        number=claim.number,
        icn=claim.icn,
        frequency=claim.frequency,
        frequency_label=claim.get_frequency_display(),
        replaces=_neighbour(claim.replaces),
        follower=_neighbour(follower),
        encounter_ref=claim.encounter_ref,
        patient_ref=claim.patient_ref,
        patient_name=patient.get("name", ""),
        member_id=patient.get("member_id", ""),
        pharmacy_name=claim.pharmacy.name,
        payer_id=claim.payer_id,
        payer_name=claim.payer.name,
        protocol=claim.snapshot.get("protocol", ""),
        service_on=claim.service_on,
        opened_at=claim.created_at,
        received_at=claim.received_at,
        status=claim.status,
        status_label=claim.get_status_display(),
        wait=claim.wait,
        wait_label=claim.get_wait_display(),
        wait_until=claim.wait_until,
        charge_cents=claim.charge_cents,
        approved_cents=claim.approved_cents,
        paid_cents=claim.paid_cents,
        recouped_cents=claim.recouped_cents,
        lines=tuple(lines),
        problems=tuple(_problem(r) for r in results if r.ran_at == newest_run and not r.passed),
        why=changes[0].why if changes else "",
        what_to_do=_what_to_do(claim, lines) if follower is None else (),
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
            claims=Count("id"),
            charge=Sum("charge_cents"),
            approved=Sum("approved_cents"),
            paid=Sum("paid_cents"),
            recouped=Sum("recouped_cents"),
        )
        .order_by()
    }
    return tuple(_total(status, rows.get(status, {})) for status in Status)


def _line(claim, line):
    names = ("code", "label", "units", "charge_cents", "approved_cents", "paid_cents")
    cuts = [x for x in claim.adjustments.all() if x.line_id == line.pk and x.decision == claim.decision]
    return BilledLine(
        number=line.line_number,
        adjustments=tuple(why_not(cut) for cut in cuts),
        **{name: getattr(line, name) for name in names},
    )


def _what_to_do(claim, lines):
    if claim.status not in (Status.DENIED, Status.APPROVED, Status.PAID):
        return ()
    said = dict.fromkeys(cut.what_to_do for line in lines for cut in line.adjustments if cut.what_to_do)
    if claim.status == Status.DENIED and not said:
        return ("Read the reason; if it can be mended, send a correction.",)
    return tuple(said)


def _neighbour(claim):
    if claim is None:
        return None
    return Neighbour(
        number=claim.number,
        public_id=claim.public_id,
        status_label=claim.get_status_display(),
        frequency_label=claim.get_frequency_display(),
    )


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
        recouped_cents=row.get("recouped") or 0,
    )
