"""X12 835: what a payer decided of claims, and paid (005010X221).

A record is a claim's payment, numbered by its CLP segment among all segments of the file. It names the claim as the 837 did
(CLM01), so the two find each other whichever comes first. Its own format, and not part of x12_837: the two come from other
systems, on other days, and a record counts something else. A payment is known by payment number, claim, payer's number and
status; what was paid in several remittances adds up, and a reversal is an amount below zero.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from ..checks import day_number, not_in_the_future
from ..fields import CENTS, ID, LINE_NUMBER, SHORT, X12_DATE, Cached, FieldFault, one_of
from ..records import words
from .reading.blocks import CONTAINER_TYPES
from .reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from .reading.records import Record, RecordFeed
from .reading.shape import Field
from .reading.x12 import Guide, Kept, Taken, component, first_of, opened, refused

GUIDE = Guide("835", "HP", ("005010X221",), "payments")
DECISIONS = {"": "", **dict.fromkeys(words("1 2 3 19 20 21"), "paid"), "4": "denied", "22": "reversed"}
UNDECIDED = frozenset(["23", "25"])
"""Forwarded to another payer without a decision; an estimate before the service."""
DECISION = Cached(one_of(DECISIONS))
OF_PAYMENTS = frozenset(words("BPR TRN CUR REF DTM N1 N3 N4 PER RDM LX TS3 TS2 PLB"))
OF_CLAIMS = frozenset(words("CAS NM1 MIA MOA REF DTM PER AMT QTY SVC LQ"))
ENDS = frozenset(words("CLP LX TS3 TS2 PLB SE"))
AHEAD_DAYS = 31
"""A payment may be dated some days after the file that tells of it."""
DATE = ("not_a_date", "out_of_range", "missing")
MONEY = ("not_a_number", "money_precision", "missing")
FIELDS = {
    "payment of a claim": (
        Field("BPR16", "Day of payment, and the version.", "date", True, "20260315", DATE),
        Field("TRN02", "Number of the payment.", "text", True, "EFT-71", ("missing", "too_long")),
        Field("CLP01", "The claim's number, as the claim (837) gave it.", "text", True, "A-1001", ("missing", "too_long")),
        Field("CLP02", "1, 2, 3, 19, 20, 21 paid; 4 denied; 22 reversed; 23 and 25 decide nothing.", "code", True, "1",
              ("missing", "unknown_code")),
        Field("CLP03", "Charge.", "money", False, "125.50", MONEY),
        Field("CLP04", "Paid for the claim; below zero in a reversal.", "money", True, "80", MONEY),
        Field("CLP05", "What the patient owes.", "money", False, "20", MONEY),
        Field("CLP07", "The payer's own number of the claim.", "text", False, "P-2001", ("too_long",)),
        Field("NM109 (QC)", "The patient's member id, or else the subscriber's (IL).", "text", False, "W123456789", ("too_long",)),
        Field("SVC03", "Paid for a line. REF*6R says which, or else the order does.", "money", False, "80", MONEY),
    )
}  # fmt: skip


@dataclass(slots=True)
class Payment:
    """The segments of a transaction that its claims share, and the sums that must agree."""

    bpr: object = None
    trn: object = None
    payee: object = None
    paid: int = 0
    adjusted: int = 0
    is_summable: bool = True


class Cutter:
    def __init__(self, found):
        self.found = found
        self.claim = None
        self.payment = Payment()

    def __iter__(self):
        for s in self.found:
            if s.id in ENDS and self.claim is not None:
                kept, self.claim = self.claim, None
                yield Record(kept.start.number, kept.raw, partial(build, kept.segments, self.payment))
            if s.id == "ST":
                self.payment = Payment()
            elif s.id == "CLP":
                self._begin(s)
            elif s.id == "SE":
                self._tally(s)
            elif self.claim is not None:
                self.claim.add(s)
            else:
                self._header(s)

    def _begin(self, s):
        if self.payment.bpr is None or self.payment.trn is None:
            raise refused("segment_order", s, "is a claim before the payment was told (BPR, TRN).")
        self.claim = Kept(s)
        self._count("paid", s, 4)

    def _header(self, s):
        if s.id not in OF_PAYMENTS:
            raise refused("segment_order", s, "does not belong where no claim is open.")
        if s.id == "BPR":
            self.payment.bpr = s
        elif s.id == "TRN":
            self.payment.trn = s
        elif s.id == "N1" and s.get(1) == "PE":
            self.payment.payee = s
        elif s.id == "PLB":
            for at in range(4, 16, 2):
                self._count("adjusted", s, at)

    def _count(self, what, s, at):
        try:
            value = CENTS.careful(s.get(at))
        except FieldFault:
            self.payment.is_summable = False
        else:
            setattr(self.payment, what, getattr(self.payment, what) + (value or 0))

    def _tally(self, s):
        """The payment (BPR02) is what was paid for the claims, less what was held back (PLB): rule of the guide."""
        one = self.payment
        if one.bpr is None:
            raise refused("missing_segment", s, "ends a transaction without a payment (BPR).")
        try:
            total = CENTS.careful(one.bpr.get(2)) or 0
        except FieldFault as fault:
            raise refused(fault.code, one.bpr, "does not say how much was paid.")
        total = -total if one.bpr.get(3) == "D" else total
        if one.is_summable and total != one.paid - one.adjusted:
            raise refused("control_total", one.bpr, "pays otherwise than its claims and adjustments add up to.")


def build(segments, payment, seen):
    take, clp = Taken(), segments[0]
    stray = next((s for s in segments[1:] if s.id not in OF_CLAIMS), None)
    if stray is not None:
        take.fault("claim", "unknown_segment", f"holds segment {stray.number}, which no payment of a claim has.")
    said = _said(take, payment, clp, segments, seen)
    if clp.get(2) in UNDECIDED:
        take.judge()
        seen.notes["no_decision"] += 1
        return []
    decision = take.read(clp, 2, DECISION)
    lines = _lines(take, segments, seen)
    take.judge()
    rest = said["paid"] - sum(paid for _, paid, _ in lines)
    rows = [(0, rest, said["charge"], said["patient"]), *((at, paid, charge, None) for at, paid, charge in lines)]
    key = "|".join((payment.trn.get(2), said["claim_id"], said["payer_claim_id"], clp.get(2)))
    return [
        ("claim_payment", (key, said["claim_id"], at, said["member_id"], "", said["paid_on"], decision, paid, charge, patient)
         + (said["payer_claim_id"], said["payee"], day_number(said["paid_on"]) * 1440, ""))
        for at, paid, charge, patient in rows
    ]  # fmt: skip


def _said(take, payment, clp, segments, seen):
    """What the payment and its claim say, by name."""
    patient = first_of(segments, "NM1", "QC", "IL")
    insured = first_of(segments, "NM1", "IL", "QC")
    said = {
        "paid_on": take.read(payment.bpr, 16, X12_DATE),
        "trace": take.read(payment.trn, 2, ID),
        "claim_id": take.read(clp, 1, ID),
        "charge": take.read(clp, 3, CENTS),
        "paid": take.read(clp, 4, CENTS),
        "patient": take.read(clp, 5, CENTS),
        "payer_claim_id": take.read(clp, 7, ID),
        "member_id": take.read(patient, 9, ID) or take.read(insured, 9, ID),
        "payee": take.read(payment.payee, 4, SHORT),
    }
    for s, at in ((payment.bpr, 16), (payment.trn, 2), (clp, 1), (clp, 2), (clp, 4)):
        if not s.get(at):
            take.fault(f"{s.id}{at:02}", "missing", "is empty, and is needed.")
    if said["paid_on"] is not None and (said["paid_on"] - seen.today).days > AHEAD_DAYS:
        not_in_the_future(take.problems, "BPR16", said["paid_on"], seen.today)
    return said


def _lines(take, segments, seen):
    """[(line of the claim, paid, charge)]. The line is what the payer gives back of the claim (REF*6R), where all lines have one
    that is a number and no two the same; else their order."""
    found = []
    for s in segments:
        if s.id == "SVC":
            found.append((s, []))
        elif found:
            found[-1][1].append(s)
    given = [component(ref, 2, 1) if (ref := first_of(more, "REF", "6R")) else "" for _, more in found]
    try:
        numbers = [LINE_NUMBER.careful(text) for text in given]
    except FieldFault:
        numbers = [None]
    if None in numbers or len(set(numbers)) < len(numbers):
        numbers = list(range(1, len(found) + 1))
        seen.notes["lines_by_order"] += 1
    return [
        (number, take.read(svc, 3, CENTS) or 0, take.read(svc, 2, CENTS))
        for number, (svc, _) in zip(numbers, found, strict=True)
    ]


def open_payments(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    found = opened(stream, GUIDE, max_bytes=max_bytes, ratio=ratio)
    return RecordFeed(iter(Cutter(found)), name=name, today=today or datetime.now(UTC).date())


FORMAT = Format(
    "x12_835",
    "X12 835 payments of claims (005010X221)",
    ("application/EDI-X12", *CONTAINER_TYPES),
    open_payments,
    counts="segment",
    fields=FIELDS,
)
