"""The PBM's claim files: claims and remittances to download, and how payers are named in them."""

from datetime import date

import pytest

from carecoord.kernel.audit.models import AuditEvent
from carecoord.kernel.tenancy import context
from pharmacies.billing import adjudicate
from pharmacies.billing.models import PayerIdentity
from tests.factories.claim_files import send_one
from tests.pharmacies.billing.formats.judge import complaints

pytestmark = pytest.mark.django_db
NAMED = {
    "edi_id": "NEWID", "tax_id": "111222333", "street": "2 Main Street", "city": "Charleston", "state": "WV", "zip": "253011111",
    "contact_name": "Desk", "contact_phone": "3045550111",
}  # fmt: skip


@pytest.fixture
def sent(cast, as_owner):
    return send_one(cast, as_owner)


def test_claims_one_and_selected(sent, sign_in):
    claim, erin = sent.sent[0], sign_in("erin")
    assert complaints(erin.get(f"/pbm/claims/{claim.public_id}/837/").content.decode()) == []
    assert erin.get(f"/pbm/claims/{claim.public_id}/cms1500/?paper=plain").content.count(b" re S") > 100
    chosen = erin.post("/pbm/claims/files/", {"selected": [claim.public_id], "format": "837"})
    assert chosen.status_code == 200 and claim.number in chosen.content.decode()
    assert "Select at least one" in erin.post("/pbm/claims/files/", {"format": "837"}, follow=True).content.decode()
    for strange in (sent.b.service_claim.public_id, "nonsense"):
        assert erin.post("/pbm/claims/files/", {"selected": [claim.public_id, strange]}).status_code == 404


def test_a_remittance_as_835(sent, sign_in, as_owner):
    with context.acting_as(sent.erin.scope):
        adjudicate.approve(claims=sent.sent, by=sent.erin)
        (row,) = adjudicate.pay(claims=sent.sent, paid_on=date(2026, 11, 26), by=sent.erin)
    answer = sign_in("erin").get(f"/pbm/remittances/{row.public_id}/835/")
    text = answer.content.decode()
    assert answer["Content-Disposition"] == f'attachment; filename="{row.number}.835"'
    assert complaints(text) == [] and f"TRN*1*{row.trace}*1987654321~" in text
    with as_owner():
        assert AuditEvent.objects.filter(event="remittance.exported", row_ids=[row.pk]).count() == 1


def test_payers_are_named_by_those_who_adjudicate(sent, sign_in, as_owner):
    with as_owner():
        PayerIdentity.objects.all().delete()
    claim, payer = sent.sent[0], sent.a.payer
    refused = sign_in("erin").get(f"/pbm/claims/{claim.public_id}/837/")
    assert refused.status_code == 422 and "payer&#x27;s id for electronic claims" in refused.content.decode()
    assert sign_in("dana").post(f"/pbm/claims/payers/{payer.public_id}/", NAMED).status_code == 403
    erin = sign_in("erin")
    wrong = erin.post(f"/pbm/claims/payers/{payer.public_id}/", NAMED | {"edi_id": "a*b", "state": "wv"})
    assert wrong.status_code == 422 and "letters and digits" in wrong.content.decode()
    assert erin.post(f"/pbm/claims/payers/{sent.b.payer.public_id}/", NAMED).status_code == 404
    assert "saved" in erin.post(f"/pbm/claims/payers/{payer.public_id}/", NAMED, follow=True).content.decode()
    assert "*NEWID" in erin.get(f"/pbm/claims/{claim.public_id}/837/").content.decode()
