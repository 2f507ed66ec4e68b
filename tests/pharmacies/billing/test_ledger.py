"""Whatever happens in whatever order, not a cent is made or lost: generated histories, against the book in tests/oracles."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate, invoicing, statements
from pharmacies.billing.actions import CannotBill, correct, open_claim, void
from pharmacies.billing.adjudicate import CannotAdjudicate
from pharmacies.billing.models import (
    Invoice,
    LedgerEntry,
    ProviderAdjustment,
    Recoupment,
    Remittance,
    RemittanceLine,
    ServiceClaim,
)
from pharmacies.billing.reasons import Cut
from pharmacies.models import Fee
from tests.factories.cast import LONG_AGO
from tests.factories.snapshots import snapshot_of
from tests.oracles.histories import in_proportion
from tests.oracles.ledger import Book, Refused

pytestmark = pytest.mark.django_db
FEES = {"W1": 100, "W2": 37}
DEEDS = ("approve", "deny", "pend", "release", "correct", "void", "recoup", "withdraw", "pay", "pay_all", "wait")
step = st.tuples(st.sampled_from(DEEDS), st.integers(0, 30), st.integers(1, 9))
histories = st.tuples(st.lists(st.integers(1, 9), min_size=1, max_size=3), st.lists(step, min_size=4, max_size=12))


class Real:
    """The same deeds, done by Alice and Erin."""

    def __init__(self, cast):
        self.cast, self.day, self.rows = cast, timezone.localdate(), []

    def charge(self, units):
        return FEES["W1"] * units + FEES["W2"]

    def lines(self, units):
        return (("W1", units), ("W2", 1))

    def submit(self, units):
        made = snapshot_of(self.cast.a, lines=self.lines(units))
        with context.acting_as(self.cast.alice.scope):
            patient = replace(made.patient, ref=uuid4())
            self.rows.append(open_claim(snapshot=replace(made, patient=patient), by=self.cast.alice))

    def correct(self, n, units):
        with context.acting_as(self.cast.alice.scope):
            before = self.rows[n]
            snapshot = snapshot_of(self.cast.a, lines=self.lines(units), encounter_ref=before.encounter_ref)
            patient = replace(snapshot.patient, ref=before.patient_ref)
            made = correct(claim=before, snapshot=replace(snapshot, patient=patient), by=self.cast.alice)
            self.rows.append(made)

    def void(self, n):
        with context.acting_as(self.cast.alice.scope):
            self.rows.append(void(claim=self.rows[n], reason="Slip.", by=self.cast.alice))

    def approve(self, n, cents):
        with context.acting_as(self.cast.erin.scope):
            claim = ServiceClaim.objects.get(pk=self.rows[n].pk)
            if cents == claim.charge_cents or claim.frequency == "8":
                adjudicate.approve(claims=[claim], by=self.cast.erin)
                return
            one, two = claim.lines.order_by("line_number")
            approved = {1: max(0, cents - two.charge_cents), 2: min(cents, two.charge_cents)}
            cuts = {
                x.line_number: (Cut(group="CO", carc="45", cents=x.charge_cents - approved[x.line_number]),)
                for x in (one, two)
                if x.charge_cents > approved[x.line_number]
            }
            adjudicate.approve_in_part(claim=claim, approved=approved, cuts=cuts, by=self.cast.erin)

    def erin(self, deed, **given):
        with context.acting_as(self.cast.erin.scope):
            return getattr(adjudicate, deed)(by=self.cast.erin, **given)


def do(book, real, deed, place, number, days):
    """One deed in the book and in earnest; what the one refuses, the other must refuse. Returns the days gone by."""
    n = place % len(real.rows)
    units, claim = number, book.claims[n]
    cents = min(claim.charge, number * 60) or 1
    everybody = [i for i, c in enumerate(book.claims) if c.status == "approved"]
    open_ones = list(range(len(book.recoupments)))
    paid_on = real.day + timedelta(days=days)
    deeds = {
        "approve": (lambda: book.approve(n, cents), lambda: real.approve(n, cents)),
        "deny": (lambda: book.deny(n), lambda: real.erin("deny", claim=real.rows[n], carc="204")),
        "pend": (
            lambda: book.pend(n),
            lambda: real.erin("pend", claim=real.rows[n], wait="review", until=real.day, reason="?"),
        ),
        "release": (lambda: book.release(n), lambda: real.erin("release", claim=real.rows[n])),
        "correct": (lambda: book.correct(n, real.charge(units)), lambda: real.correct(n, units)),
        "void": (lambda: book.void(n), lambda: real.void(n)),
        "recoup": (
            lambda: book.recoup(n, number * 20),
            lambda: real.erin("recoup", claim=real.rows[n], amount_cents=number * 20, reason="Twice."),
        ),
        "pay": (lambda: book.pay([n], days), lambda: real.erin("pay", claims=[real.rows[n]], paid_on=paid_on)),
    }
    if deed == "pay_all" and everybody:
        deeds["pay_all"] = (
            lambda: book.pay(everybody, days),
            lambda: real.erin("pay", claims=[real.rows[i] for i in everybody], paid_on=paid_on),
        )
    if deed == "withdraw" and open_ones:
        r = place % len(open_ones)
        deeds["withdraw"] = (
            lambda: book.withdraw(r),
            lambda: real.erin("withdraw_recoupment", recoupment=recoupments(real)[r]),
        )
    if deed in deeds:
        both(*deeds[deed])
    return days + 20 if deed == "wait" else days


def both(in_the_book, in_earnest):
    try:
        in_the_book()
    except Refused:
        with pytest.raises((CannotAdjudicate, CannotBill)), transaction.atomic():
            in_earnest()
    else:
        in_earnest()


def recoupments(real):
    with context.acting_as(real.cast.erin.scope):
        mine = Recoupment.objects.visible_to(real.cast.erin).filter(claim__in=[row.pk for row in real.rows])
        return list(mine.select_related("claim").order_by("pk"))


def agree(book, real):
    """Every cent of every claim, and of the account as a whole."""
    book.laws()
    keys = [row.pk for row in real.rows]
    assert [r.status for r in recoupments(real)] == [r.state for r in book.recoupments]
    with context.acting_as(real.cast.erin.scope):
        connection.check_constraints()  # what is asked at the end of a transaction is asked now
        rows = ServiceClaim.objects.in_bulk(keys)
        seen = [
            (r.status, r.charge_cents, r.approved_cents, r.paid_cents, r.recouped_cents) for r in map(rows.get, keys)
        ]
        assert seen == [(c.status, c.charge, c.approved, c.paid, c.recouped) for c in book.claims]
        assert (LedgerEntry.objects.aggregate(cents=Sum("cents"))["cents"] or 0) == book.owed
        assert (Remittance.objects.aggregate(cents=Sum("total_cents"))["cents"] or 0) == book.cash
        carried = ProviderAdjustment.objects.filter(reason="FB", settles=None, settled_by=None)
        assert -(carried.aggregate(cents=Sum("amount_cents"))["cents"] or 0) == book.forwarded


def bill_it_all(book, real):
    """The statement closes with what is owed, and the invoices are what the payments of claims come to."""
    last = real.day + timedelta(days=400)
    with context.acting_as(real.cast.alice.scope):
        sheet = statements.statement_of(real.cast.alice, pharmacy=real.cast.a.pharmacy, month=last)
        assert sheet.total("closing") == book.owed
    with context.acting_as(real.cast.erin.scope):
        net = sum(c.paid - c.recouped for c in book.claims)
        waiting = invoicing.to_invoice(real.cast.erin, last)
        assert sum(each.cents for each in waiting) == net
        assert (Invoice.objects.count(), RemittanceLine.objects.exists()) == (0, bool(book.cash or waiting))


@in_proportion(10)
@given(history=histories)
def test_no_cent_is_made_or_lost(cast, as_owner, history):
    claims, steps = history
    with transaction.atomic():
        with as_owner():
            for code, cents in FEES.items():
                Fee.objects.create(contract=cast.contract, code=code, label=code, amount_cents=cents, since=LONG_AGO)
        book, real, days = Book(), Real(cast), 0
        for units in claims:
            book.submit(real.charge(units))
            real.submit(units)
        for deed, place, number in steps:
            days = do(book, real, deed, place, number, days)
            agree(book, real)
        bill_it_all(book, real)
        transaction.set_rollback(True)


def test_a_void_that_was_denied_is_not_accepted_later(cast, as_owner):
    """Found by the histories above."""
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[cast.a.service_claim], by=cast.erin)
    with context.acting_as(cast.alice.scope):
        asks = void(claim=cast.a.service_claim, reason="Slip.", by=cast.alice)
    with context.acting_as(cast.erin.scope):
        adjudicate.deny(claim=asks, carc="A1", rarc="N517", by=cast.erin)
        with pytest.raises(CannotAdjudicate, match="is denied"):
            adjudicate.approve(claims=[asks], by=cast.erin)


def test_a_history_by_hand(cast, as_owner):
    """Paid 3.37, a part taken back, corrected down to 1.37, the rest carried to the next payment: as one reads it."""
    with as_owner():
        for code, cents in FEES.items():
            Fee.objects.create(contract=cast.contract, code=code, label=code, amount_cents=cents, since=LONG_AGO)
    book, real, day = Book(), Real(cast), timezone.localdate()
    for deed, args in [
        ("submit", 3), ("approve", (0, 337)), ("pay", (0, 0)), ("recoup", (0, 100)), ("submit", 1), ("approve", (1, 137)),
        ("pay", (1, 40)), ("correct", (0, 1)), ("approve", (2, 50)), ("pay", (2, 41)),
    ]:  # fmt: skip
        if deed == "submit":
            book.submit(real.charge(args))
            real.submit(args)
        elif deed == "pay":
            book.pay([args[0]], args[1])
            real.erin("pay", claims=[real.rows[args[0]]], paid_on=day + timedelta(days=args[1]))
        elif deed == "recoup":
            book.recoup(*args)
            real.erin("recoup", claim=real.rows[0], amount_cents=100, reason="Twice.")
        elif deed == "correct":
            book.correct(0, real.charge(1))
            real.correct(0, 1)
        else:
            book.approve(*args)
            real.approve(*args)
        agree(book, real)
    with context.acting_as(cast.erin.scope):
        totals = list(Remittance.objects.order_by("pk").values_list("total_cents", "method"))
        # 3.37; then 1.37 - 1.00; then 0.50 - 3.37 + 1.00 given back = -1.87, so nothing is paid and 1.87 wait.
        assert totals == [(337, "ACH"), (37, "ACH"), (0, "NON")]
        assert book.forwarded == 187
        beside = ProviderAdjustment.objects.order_by("pk").values_list("reason", "amount_cents")
        assert list(beside) == [("WO", 100), ("WO", -100), ("FB", -187)]


@pytest.mark.parametrize("month", [date(2026, 2, 1), date(2026, 12, 31)])
def test_the_month_after(month):
    after = statements.month_after(month.replace(day=1))
    assert after.day == 1 and (after - timedelta(days=1)).month == month.month
