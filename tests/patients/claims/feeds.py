"""Small feeds as text, loaded for a payer the way that everything is loaded: receive, outbox, load."""

import io
from collections import namedtuple

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.jobs import actions as jobs
from carecoord.kernel.tenancy import context
from patients.claims import actions, export
from patients.claims.models import Delivery
from tests.conftest import as_owner

CLAIM = [
    "claim_id",
    "claim_line_number",
    "member_id",
    "dispensing_date",
    "ndc_code",
    "quantity",
    "days_supply",
    "paid_date",
    "paid_amount",
    "dispensing_provider_npi",
    "rx_number",
    "fill_number",
    "transaction_code",
    "original_claim_id",
    "authorization_number",
    "dispensing_status",
    "data_source",
]
SPAN = [
    "member_id",
    "person_id",
    "gender",
    "birth_date",
    "death_date",
    "enrollment_start_date",
    "enrollment_end_date",
    "payer_type",
    "plan",
    "first_name",
    "last_name",
    "group_id",
    "group_name",
    "data_source",
]
DEFAULTS = {
    "claim_line_number": "1",
    "member_id": "M1",
    "dispensing_date": "2025-03-01",
    "ndc_code": "00071015523",
    "quantity": "30",
    "days_supply": "30",
    "paid_amount": "10.00",
    "dispensing_provider_npi": "1679576722",
    "data_source": "test",
    "payer_type": "medicare",
    "enrollment_start_date": "2025-01-01",
    "plan": "H1234-001",
    "gender": "female",
    "birth_date": "1950-01-01",
}
LINE_OF = {
    kind: namedtuple("Line", export.columns_of(kind, decisions=kind == "medical")) for kind in ("pharmacy", "medical")
}


def claim(claim_id, **words):
    """One pharmacy claim line."""
    words = DEFAULTS | {"claim_id": claim_id} | words
    return ",".join(str(words.get(name, "")) for name in CLAIM)


def span(member_id="M1", **words):
    """One eligibility line."""
    words = DEFAULTS | {"member_id": member_id} | words
    return ",".join(str(words.get(name, "")) for name in SPAN)


def claims_file(*lines):
    return "\n".join([",".join(CLAIM), *lines, ""]).encode()


def spans_file(*lines):
    return "\n".join([",".join(SPAN), *lines, ""]).encode()


def new_payer(code="acme"):
    with as_owner():
        return Organisation.objects.create(kind=Organisation.Kind.PAYER, code=code, name=code.title())


def take(payer, content, *, name="feed.csv", format="tuva_csv", **more):
    """Receives without loading."""
    with context.acting_as(context.worker_for(payer.pk)):
        return actions.receive(payer=payer, format=format, stream=io.BytesIO(content), file_name=name, by=None, **more)


def load(payer, content, **more):
    """Receives, loads, and returns the Delivery as it then stands."""
    delivery = take(payer, content, **more)
    jobs.drain()
    return fresh(payer, delivery)


def withdraw(payer, delivery, reason="Sent by mistake"):
    with context.acting_as(context.worker_for(payer.pk)):
        actions.withdraw(delivery=delivery, reason=reason, by=None)
    jobs.drain()


def fresh(payer, delivery):
    with context.acting_as(context.worker_for(payer.pk)):
        return Delivery.objects.get(pk=delivery.pk)


def counts(delivery):
    """(lines, loaded, waiting, repeated, rejected, conflicting)"""
    d = delivery
    return (d.lines, d.loaded, d.waiting, d.repeated, d.rejected, d.conflicting)


def exported(payer, kind="pharmacy"):
    """The export's rows, as tuples with names."""
    out = io.StringIO()
    with context.acting_as(context.worker_for(payer.pk)):
        export.write_claims(payer=payer, kind=kind, out=out, decisions=kind == "medical")
    return [LINE_OF[kind](*row.split(",")) for row in out.getvalue().splitlines()[1:]]


def states(payer):
    """{claim id: state}"""
    return {line.claim_id: line.state for line in exported(payer)}


def states_of_medical(payer):
    """{(claim id, line): state}"""
    return {(line.claim_id, int(line.claim_line_number)): line.state for line in exported(payer, "medical")}
