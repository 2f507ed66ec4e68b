"""Files to download: claims as 837P or CMS-1500, a remittance as 835. Reads, and counts; who downloads is the face's to note."""

from dataclasses import dataclass
from itertools import groupby

from django.utils import timezone

from carecoord.kernel.counters import next_of
from pharmacies.billing.models import ServiceClaim, ServiceLine

from . import cms1500, cms1500_sheet, from_ledger, x12_835, x12_837p
from .checks import SERVICE
from .x12 import CannotWrite

MOST_CLAIMS = 1_000
NUMBERS = "billing_interchange"
"""The sequence that numbers interchanges: receivers refuse a number that they had before."""
KINDS = ("837", "cms1500", "plain")
"""837P; CMS-1500 for the pre-printed form; CMS-1500 with boxes, for plain paper."""


@dataclass(frozen=True, kw_only=True)
class File:
    name: str
    media_type: str
    data: bytes


def that_can_go_out(claims, who):
    """Of a query of ServiceClaims those that were sent and have public codes alone: a programme's own code stays here."""
    own = ServiceLine.objects.visible_to(who).exclude(code__regex=f"^({SERVICE.pattern})$")
    return claims.exclude(status=ServiceClaim.Status.HELD).exclude(pk__in=own.values("claim"))


def of_claims(claims, kind, who):
    """File of one of KINDS. Raises CannotWrite with every fault of every claim."""
    return as_837p(claims, who) if kind == "837" else as_cms1500(claims, who, is_plain=kind == "plain")


def as_837p(claims, who):
    """One interchange for each pharmacy and payer, one after the other. Raises CannotWrite with every fault of every claim."""
    documents = sorted(_documents(claims, who), key=_ends)
    faults, texts = [], []
    for _, mine in groupby(documents, key=_ends):
        mine = list(mine)
        ends = {"submitter": from_ledger.sender_of(mine[0]), "receiver": from_ledger.receiver_of(mine[0])}
        now = timezone.localtime()
        try:
            texts.append(x12_837p.write(mine, **ends, control=next_of(NUMBERS), at=now))
        except CannotWrite as refusal:
            faults += refusal.sentences
    if faults:
        raise CannotWrite(*dict.fromkeys(faults))
    return File(name=f"{_name(documents)}.837", media_type="application/edi-x12", data="".join(texts).encode("ascii"))


def as_cms1500(claims, who, *, is_plain=False):
    """A PDF with the sheets of all claims. Raises CannotWrite with every fault of every claim."""
    documents = _documents(claims, who)
    faults, sheets = [], []
    for document in documents:
        try:
            made = cms1500.boxes(document)
        except CannotWrite as refusal:
            faults += refusal.sentences
        else:
            sheets += made
            faults += cms1500_sheet.misfits(made)
    if faults:
        raise CannotWrite(*faults)
    name = f"{_name(documents)}{'-plain' if is_plain else ''}.pdf"
    return File(name=name, media_type="application/pdf", data=cms1500_sheet.draw(sheets, is_plain=is_plain))


def as_835(remittance, who):
    """Raises CannotWrite, also where it does not balance."""
    document = from_ledger.remittance(remittance, who)
    now = timezone.localtime()
    ends = {"sender": document.payer.id, "receiver": document.payee.npi}
    text = x12_835.write(document, **ends, control=next_of(NUMBERS), at=now)
    return File(name=f"{remittance.number}.835", media_type="application/edi-x12", data=text.encode("ascii"))


def _documents(claims, who):
    if len(claims) > MOST_CLAIMS:
        raise CannotWrite(
            f"A file holds {MOST_CLAIMS} claims at most; {len(claims)} are chosen. Choose a status or fewer claims."
        )
    documents = from_ledger.claims_of(claims, who)
    if not documents:
        raise CannotWrite(
            "There is no claim to write. Those with a programme's own code are paid here, and go into no file."
        )
    return documents


def _ends(document):
    return document.billing.npi, document.payer.id


def _name(documents):
    return documents[0].control_number if len(documents) == 1 else f"claims-{timezone.localdate():%Y%m%d}"
