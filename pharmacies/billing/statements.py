"""A pharmacy's monthly statement: what each payer owed at the start, what moved, what it owes at the end. All from the ledger."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Min, Sum

from .models import LedgerEntry

Kind = LedgerEntry.Kind


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One row of the ledger; positive: the payer owes more. `claim_ref` or `remittance_ref` leads to what it is about."""

    on: date
    kind: str
    label: str
    claim_number: str
    claim_ref: UUID | None
    remittance_number: str
    remittance_ref: UUID | None
    cents: int


@dataclass(frozen=True, kw_only=True)
class Account:
    """One payer's month. closing = opening + services - taken_back - paid; `services` are approvals less those withdrawn."""

    payer_name: str
    opening_cents: int
    services_cents: int
    taken_back_cents: int
    paid_cents: int
    movements: tuple[Movement, ...]

    @property
    def closing_cents(self):
        return self.opening_cents + self.services_cents - self.taken_back_cents - self.paid_cents


@dataclass(frozen=True, kw_only=True)
class Statement:
    """The month of one pharmacy. `since` is the month of the ledger's first row, None without one."""

    month: date
    since: date | None
    accounts: tuple[Account, ...]

    def total(self, name):
        return sum(getattr(account, f"{name}_cents") for account in self.accounts)


def statement_of(who, *, pharmacy, month):
    """The Statement of a pharmacy for the month that contains the day `month`, its payers by name."""
    first = month.replace(day=1)
    after = month_after(first)
    rows = LedgerEntry.objects.visible_to(who).filter(pharmacy=pharmacy, on__lt=after)
    opening = dict(rows.filter(on__lt=first).order_by().values_list("payer").annotate(cents=Sum("cents")))
    moved = {}
    for row in rows.filter(on__gte=first).select_related("payer", "claim", "remittance").order_by("on", "id"):
        moved.setdefault(row.payer_id, []).append(row)
    names = dict(rows.order_by().values_list("payer", "payer__name").distinct())
    began = rows.aggregate(first=Min("on"))["first"]
    return Statement(
        month=first,
        since=began and began.replace(day=1),
        accounts=tuple(
            _account(name, opening.get(payer, 0), moved.get(payer, ()))
            for payer, name in sorted(names.items(), key=lambda item: (item[1], item[0]))
            if opening.get(payer) or payer in moved
        ),
    )


def month_after(first):
    """The first day of the next month."""
    return (first + timedelta(days=31)).replace(day=1)


def _account(name, opening, rows):
    sums = {kind: sum(row.cents for row in rows if row.kind == kind) for kind in Kind}
    return Account(
        payer_name=name,
        opening_cents=opening,
        services_cents=sums[Kind.APPROVED] + sums[Kind.UNAPPROVED],
        taken_back_cents=-sums[Kind.RECOUPED] - sums[Kind.RELEASED],
        paid_cents=-sums[Kind.PAID],
        movements=tuple(_movement(row) for row in rows),
    )


def _movement(row):
    return Movement(
        on=row.on,
        kind=row.kind,
        label=row.get_kind_display(),
        claim_number=row.claim.number if row.claim else "",
        claim_ref=row.claim.public_id if row.claim else None,
        remittance_number=row.remittance.number if row.remittance else "",
        remittance_ref=row.remittance.public_id if row.remittance else None,
        cents=row.cents,
    )
