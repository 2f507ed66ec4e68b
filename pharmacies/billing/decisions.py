"""What all decisions of the payer share: the claims locked in key order, the moves that are allowed, the ledger's rows."""

from django.db.models import Func, IntegerField, TextField, Value
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation

from .models import Adjustment, ClaimChange, LedgerEntry, ServiceClaim

Status = ServiceClaim.Status
A_PHARMACYS_CLAIMS = 71_001
"""An advisory lock's class: one pharmacy opens its claims one after the other, and no duplicate slips by."""
A_PHARMACYS_MONEY = 71_002
"""One pharmacy is paid, and has money taken back, by one person after the other."""


class CannotAdjudicate(Exception):
    """The sentence says which claim, and why not."""


def wait_for_turn(what, organisation_id):
    """Holds an organisation's turn until the end of the transaction: what is read next was committed before."""
    turn = Func(
        Value(what),
        Value(organisation_id, output_field=IntegerField()),
        function="pg_advisory_xact_lock",
        template="%(function)s(%(expressions)s)::text",
        output_field=TextField(),
    )
    list(Organisation.objects.filter(pk=organisation_id).values_list(turn))


def lock(claims, by):
    """The claims as they are now, locked, each with the claim that it replaces (`claim.replaces`, locked too).

    Whoever else wants one of them waits, and then sees what was decided here. Lines change only under their claim's lock.
    Raises CannotAdjudicate.
    """
    keys = {claim.pk for claim in claims}
    if not keys:
        raise CannotAdjudicate("Select at least one claim.")
    visible = ServiceClaim.objects.visible_to(by)
    before = set(visible.filter(pk__in=keys).exclude(replaces=None).values_list("replaces", flat=True))
    tried = set(visible.filter(replaces__in=before, status=Status.DENIED).values_list("pk", flat=True))
    rows = visible.filter(pk__in=keys | before | tried).select_for_update(of=("self",)).order_by("pk")
    locked = {claim.pk: claim for claim in rows.prefetch_related("lines")}
    if not keys <= set(locked):
        raise CannotAdjudicate("One of these claims does not belong to a payer that you serve.")
    for claim in locked.values():
        if claim.replaces_id in locked:
            claim.replaces = locked[claim.replaces_id]
    return [locked[key] for key in sorted(keys)]


def check_can_move(claim, to):
    """Raises CannotAdjudicate for a move that TRANSITIONS does not know."""
    if to not in ServiceClaim.TRANSITIONS[claim.status]:
        is_now = claim.get_status_display().lower()
        raise CannotAdjudicate(f"Claim {claim.number} is {is_now}: it cannot become {Status(to).label.lower()}.")


DECIDED = (
    "status", "wait", "wait_until", "decision", "first_approved_by", "approved_by", "approved_cents", "paid_cents", "recouped_cents",
)  # fmt: skip


def move(claim, to, by, *, why="", wait="", wait_until=None):
    """The claim's new status, with its row of history."""
    before, claim.status, claim.wait, claim.wait_until = claim.status, to, wait, wait_until
    claim.save(update_fields=DECIDED)
    ClaimChange.objects.create(claim=claim, by=by, from_status=before, to_status=to, why=why, **tenant_of(claim))


def tenant_of(row):
    """Whose row a child of it is."""
    return {"payer_id": row.payer_id, "pharmacy_id": row.pharmacy_id}


def set_amounts(claim, approved, cuts):
    """A decision about every line: {line_number: cents approved}, {line_number: Cuts}. The old decision's rows stay.

    An approval that stood is taken out of the ledger; the new one is posted when the claim becomes approved.
    """
    if claim.status == Status.APPROVED:
        post(LedgerEntry.Kind.UNAPPROVED, -claim.approved_cents, claim)
    claim.decision += 1
    rows = []
    for line in claim.lines.all():
        line.approved_cents = approved.get(line.line_number, 0)
        line.save(update_fields=["approved_cents"])
        rows += [
            Adjustment(
                claim=claim,
                line=line,
                decision=claim.decision,
                group=cut.group,
                carc=cut.carc,
                rarc=cut.rarc,
                amount_cents=cut.cents,
                **tenant_of(claim),
            )
            for cut in cuts.get(line.line_number, ())
        ]
    Adjustment.objects.bulk_create(rows)
    claim.approved_cents = sum(line.approved_cents for line in claim.lines.all())


def post(kind, cents, about, *, on=None):
    """One row of the ledger: about a claim, a recoupment or a remittance."""
    name = about._meta.model_name
    LedgerEntry.objects.create(
        kind=kind,
        on=on or timezone.localdate(),
        cents=cents,
        claim=about if name == "serviceclaim" else getattr(about, "claim", None),
        recoupment=about if name == "recoupment" else None,
        remittance=about if name == "remittance" else None,
        **tenant_of(about),
    )
