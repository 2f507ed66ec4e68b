"""The pharmacy's monthly statement: page, print and file, all from the ledger."""

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.audit import actions as audit
from carecoord.kernel.money import dollars
from pharmacies.billing import statements

from ..page import portal_page, show
from ..sheet import sheet

MOVEMENTS = (Column("Day"), Column("What"), Column("About"), Column("Amount", css="num"))
SUMS = ("opening", "services", "taken_back", "paid", "closing")
FIRST_YEAR = 2000


@require_safe
@portal_page(Permission.BILLING_VIEW)
def statement(request):
    """A month: what every payer owed, what moved, what it owes."""
    found = statements.statement_of(request.user, pharmacy=request.store, month=_month(request))
    this = timezone.localdate().replace(day=1)
    earlier, later = (found.month - timedelta(days=1)).replace(day=1), statements.month_after(found.month)
    return show(
        request,
        "portal/billing/statement.html",
        "billing",
        statement=found,
        totals={name: dollars(found.total(name)) for name in SUMS},
        accounts=[_account(each) for each in found.accounts],
        headings=headings(MOVEMENTS, query=request.GET),
        earlier=earlier if found.since and earlier >= found.since else None,
        later=later if later <= this else None,
        csv_href=f"{reverse('portal:statement_csv')}?month={found.month:%Y-%m}",
    )


@require_safe
@portal_page(Permission.BILLING_VIEW)
def statement_csv(request):
    """One row a movement, with the balances before and after."""
    found = statements.statement_of(request.user, pharmacy=request.store, month=_month(request))
    rows = []
    for each in found.accounts:
        rows.append((each.payer_name, found.month, "opening balance", "", "", _plain(each.opening_cents)))
        rows += [
            (each.payer_name, x.on, x.kind, x.claim_number, x.remittance_number, _plain(x.cents))
            for x in each.movements
        ]
        last = statements.month_after(found.month) - timedelta(days=1)
        rows.append((each.payer_name, last, "closing balance", "", "", _plain(each.closing_cents)))
    audit.record(event="statement.exported", by=request.user, count=len(rows))
    return sheet(f"statement-{found.month:%Y-%m}", ("payer", "on", "what", "claim", "remittance", "amount"), rows)


def _account(each):
    moved = [
        {
            "it": x,
            "amount": dollars(x.cents),
            "number": x.claim_number or x.remittance_number,
            "href": reverse("portal:claim", args=[x.claim_ref])
            if x.claim_ref
            else reverse("portal:remittance", args=[x.remittance_ref]),
        }
        for x in each.movements
    ]
    return {"name": each.payer_name, "movements": moved} | {n: dollars(getattr(each, f"{n}_cents")) for n in SUMS}


def _plain(cents):
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _month(request):
    """The month that was asked for, not after this one; this one for anything that is none."""
    today = timezone.localdate()
    try:
        asked = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today
    return min(asked, today) if asked.year >= FIRST_YEAR else today
