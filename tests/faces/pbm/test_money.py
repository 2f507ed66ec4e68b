"""What Erin does beside approving and paying: parts, pends, recoupments, invoices, files; and what is not hers to see."""

import csv
import io
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate, invoicing
from pharmacies.billing.actions import open_claim, void
from pharmacies.billing.models import Invoice, LedgerEntry, Recoupment, Remittance, RemittanceLine, ServiceClaim
from tests.factories.decided import put_into
from tests.factories.snapshots import snapshot_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(cast):
    with context.acting_as(cast.alice.scope):
        return open_claim(snapshot=snapshot_of(cast.a, client="client-a", program="htn-dm"), by=cast.alice)


@pytest.fixture
def paid(cast, claim):
    """The claim, paid in full; gives the remittance."""
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[claim], by=cast.erin)
        return adjudicate.pay(claims=[claim], paid_on=timezone.localdate(), by=cast.erin)[0]


def decide(client, claim, **given):
    return client.post(
        reverse("pbm:claims_decide"), given | {"selected": claim.public_id}, follow=True
    ).content.decode()


def test_part_of_a_line_is_approved_by_the_form(sign_in, claim):
    client, address = sign_in("erin"), reverse("pbm:claim_lines", args=[claim.public_id])
    told = client.post(address, {"approved_1": "20.00"}, follow=True).content.decode()
    assert "Choose a reason code" in told
    told = client.post(address, {"approved_1": "no"}, follow=True).content.decode()
    assert "Write an amount such as 12.50." in told
    page = client.post(address, {"approved_1": "20.00", "group_1": "CO", "carc_1": "45"}, follow=True).content.decode()
    assert "Approved $20.00 of $25.00." in page and "$5.00 CO 45 Above the contract" in page


def test_a_claim_is_pended_and_released(sign_in, claim):
    client = sign_in("erin")
    assert "Choose what the claim waits for." in decide(client, claim, action="pend", reason="Which?")
    until = timezone.localdate().isoformat()
    page = decide(client, claim, action="pend", wait="review", until=until, reason="Which call?")
    assert "Is being reviewed" in page and "Which call?" in page
    assert "Back in the queue: 1 claim." in decide(client, claim, action="release")


def test_the_page_shows_what_our_own_edits_say(sign_in, cast, claim, as_owner):
    with context.acting_as(cast.alice.scope):
        twin = open_claim(snapshot=snapshot_of(cast.a, documentation=snapshot_of().documentation), by=cast.alice)
    with as_owner():
        ServiceClaim.objects.filter(pk=twin.pk).update(
            status="submitted"
        )  # as if the pharmacy's edits had been passed by
    client = sign_in("erin")
    page = client.get(reverse("pbm:claim", args=[twin.public_id])).content.decode()
    assert claim.number in page and "is not relied on" in page
    assert "does not pass the edit" in decide(client, twin, action="approve")
    assert "In spite of the edits: Two calls, two reasons." in decide(
        client, twin, action="approve", despite="Two calls, two reasons."
    )


def test_a_void_is_accepted_and_the_payment_comes_back(sign_in, cast, claim, paid):
    with context.acting_as(cast.alice.scope):
        asks = void(claim=claim, reason="Wrong patient.", by=cast.alice)
    client = sign_in("erin")
    assert "withdraws" in client.get(reverse("pbm:claim", args=[asks.public_id])).content.decode()
    assert "Accepted 1 void." in decide(client, asks, action="approve")
    page = client.get(reverse("pbm:recoupments")).content.decode()
    assert "Voided" in page and "$25.00" in page and claim.number in page


def test_an_overpayment_is_notified_and_withdrawn(sign_in, claim, paid, as_owner):
    client, address = sign_in("erin"), reverse("pbm:claim_recoup", args=[claim.public_id])
    for wrong in ({}, {"amount": "x", "reason": "y"}, {"amount": "5"}, {"amount": "9" * 15, "reason": "y"}):
        assert "Write the amount" in client.post(address, wrong, follow=True).content.decode()
    told = client.post(address, {"amount": "25.01", "reason": "Twice."}, follow=True).content.decode()
    assert "$25.00 can be taken back, and no more." in told
    page = client.post(address, {"amount": "$5", "reason": "Paid twice by mistake."}, follow=True).content.decode()
    assert "The pharmacy is told." in page and "Paid twice by mistake." in page
    with as_owner():
        notice = Recoupment.objects.get()
    gone = reverse("pbm:recoupment_withdraw", args=[notice.public_id])
    assert "The notice is withdrawn" in client.post(gone, follow=True).content.decode()
    assert "only an open notice" in client.post(gone, follow=True).content.decode()


def test_the_remittance_says_trace_and_method(sign_in, cast, claim):
    client = sign_in("erin")
    decide(client, claim, action="approve")
    page = decide(client, claim, action="pay", method="CHK", trace="100234")
    assert "Check" in page and "100234" in page
    assert "Correct it." in decide(client, cast.a.service_claim, action="pay", paid_on="2199-12-31")
    assert "is paid: it cannot become paid" in decide(client, claim, action="pay", trace="100234")


def test_the_queue_is_filtered_by_pharmacy_age_and_amount(sign_in, cast, claim):
    client = sign_in("erin")

    def shown(**query):
        return {row.number for row in client.get(reverse("pbm:claims"), query).context["rows"]}

    assert claim.number in shown() and claim.number in shown(pharmacy="ash street", least="25")
    assert shown(pharmacy=cast.a.pharmacy.npi) == shown()
    assert shown(least="25.01") == shown(age="7") == shown(pharmacy="birch") == set()
    assert client.get(reverse("pbm:claims"), {"least": "x", "age": "x"}).status_code == 200


def test_the_file_has_a_row_a_line_with_its_reasons(sign_in, claim):
    client = sign_in("erin")
    decide(client, claim, action="deny", carc="16", rarc="M51")
    text = client.get(reverse("pbm:claims_export"), {"status": "denied"}).content.decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["claim"], row["charged"], row["approved"], row["reasons"]) == (
        claim.number,
        "25.00",
        "0.00",
        "CO16/M51",
    )


def test_an_invoice_is_issued_once_and_re_adds(sign_in, cast, claim, paid, as_owner):
    client, month = sign_in("erin"), timezone.localdate().strftime("%Y-%m")
    page = client.get(reverse("pbm:invoices")).content.decode()
    assert "client-a" in page and "$25.00" in page
    asked = {"payer": cast.a.payer.pk, "client": "client-a", "program": "htn-dm", "month": month}
    answer = client.post(reverse("pbm:invoice_issue"), asked, follow=True)
    sheet = answer.context["sheet"]
    assert (sheet.row.number, sheet.row.total_cents) == ("payer-a-00001", 2500)
    assert sum(line.amount_cents for line in sheet.lines) == 2500
    assert "nothing to invoice" in client.post(reverse("pbm:invoice_issue"), asked, follow=True).content.decode()
    text = client.get(reverse("pbm:invoice_export", args=[sheet.row.public_id])).content.decode()
    assert [row["amount"] for row in csv.DictReader(io.StringIO(text))] == ["25.00"]
    assert "stands on an invoice" in client.get(reverse("pbm:invoices")).content.decode()
    for wrong in ({}, asked | {"payer": cast.b.payer.pk}, asked | {"month": "x"}):
        assert (
            "Choose what to invoice" in client.post(reverse("pbm:invoice_issue"), wrong, follow=True).content.decode()
        )
    assert (
        "has not begun"
        in client.post(reverse("pbm:invoice_issue"), asked | {"month": "2099-01"}, follow=True).content.decode()
    )
    for odd in ("9999-12", "0001-01", "x"):
        assert client.get(reverse("pbm:invoices"), {"month": odd}).status_code == 200
    with as_owner():
        assert Invoice.objects.count() == 1


def test_what_was_taken_back_is_a_credit_on_the_next_invoice(cast, claim, paid):
    today = timezone.localdate()
    asked = {"payer_id": cast.a.payer.pk, "client": "client-a", "program": "htn-dm", "month": today}
    with context.acting_as(cast.erin.scope):
        first = invoicing.issue(**asked, by=cast.erin)
    with context.acting_as(cast.alice.scope):
        asks = void(claim=claim, reason="Wrong patient.", by=cast.alice)
    with context.acting_as(cast.erin.scope):
        adjudicate.approve(claims=[asks, cast.a.service_claim], by=cast.erin)
        adjudicate.pay(claims=[cast.a.service_claim], paid_on=today, by=cast.erin)
        second = invoicing.issue(**asked, by=cast.erin)
        assert (first.total_cents, second.total_cents, second.serial) == (2500, -2500, 2)


def test_a_strangers_money_is_not_there(sign_in, cast, as_owner):
    side = cast.b
    mine = {"payer": side.payer, "pharmacy": side.pharmacy, "claim": side.service_claim}
    with as_owner():
        put_into(side, "paid")
        remittance = Remittance.objects.get()
        today = timezone.localdate()
        notice = Recoupment.objects.create(
            kind="overpaid", amount_cents=5, reason=side.canary, notified_on=today, due_on=today,
            created_by=cast.erin, **mine,
        )  # fmt: skip
        LedgerEntry.objects.create(kind="recouped", on=today, cents=-5, recoupment=notice, **mine)
        invoice = Invoice.objects.create(
            payer=side.payer, serial=1, number=side.canary, month=date(2026, 1, 1), total_cents=0, created_by=cast.erin
        )
        assert RemittanceLine.objects.count() == 1
    client = sign_in("erin")
    for name, row in [("remittance", remittance), ("invoice", invoice), ("invoice_export", invoice)]:
        assert client.get(reverse(f"pbm:{name}", args=[row.public_id])).status_code == 404
    assert client.post(reverse("pbm:recoupment_withdraw", args=[notice.public_id])).status_code == 404
    for name in ("claim_lines", "claim_recoup"):
        answer = client.post(
            reverse(f"pbm:{name}", args=[side.service_claim.public_id]), {"amount": "1", "reason": "x"}
        )
        assert answer.status_code == 404
    for name in ("remittances", "recoupments", "invoices"):
        page = client.get(reverse(f"pbm:{name}")).content.decode()
        assert side.canary not in page and remittance.number not in page


def test_dana_reads_and_does_not_decide(sign_in, claim, paid):
    client = sign_in("dana")
    assert client.get(reverse("pbm:invoices")).status_code == 200
    assert client.post(reverse("pbm:invoice_issue"), {}).status_code == 403
    assert client.post(reverse("pbm:claim_recoup", args=[claim.public_id]), {}).status_code == 403
    assert reverse("pbm:invoice_issue") not in client.get(reverse("pbm:invoices")).content.decode()
